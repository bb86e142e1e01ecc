"""The flip test: heat-maps of mirrored crops, turned back and averaged with those of the plain crops.

Axes: heat-maps (n, k, h, w). RSN and MSPN are evaluated without a shift between the two.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Float32 = NDArray[np.float32]


def flip_back(heatmaps: Float32, mirrored: Sequence[int] | NDArray[np.intp]) -> Float32:
    """Maps of mirrored crops as maps of the plain ones: columns reversed, left and right joints changed back.

    `mirrored` is the skeleton's.
    """
    return heatmaps[:, np.asarray(mirrored), :, ::-1]


def merge_flipped(plain: Float32, flipped_back: Float32) -> Float32:
    """The mean of both maps."""
    mean: Float32 = (plain + flipped_back) / np.float32(2)
    return mean
