"""From heat-maps to keypoints: one entry for the decode profiles of both network families, and the flip test.

Axes: n persons, k joints, maps h x w cells of four input pixels. A trained map lies near 0..255.
"""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from rsn_edge.keypoints.peaks import dark_peaks, megvii_peaks, official_peaks
from rsn_edge.spec import HEATMAP_STRIDE, DecodeProfile

Float32 = NDArray[np.float32]
Float64 = NDArray[np.float64]
# (maps (m, h, w) float32, kernel size) -> peaks (m, 2) in cells, a cell's centre being its index + 0.5; heights (m,)
Profile = Callable[[NDArray[np.float32], int], tuple[Float64, NDArray[np.floating]]]

PROFILES: Mapping[DecodeProfile, Profile] = {
    "official": official_peaks,
    "megvii": megvii_peaks,
    "dark": dark_peaks,
}
NO_EVIDENCE = 0.5  # the score of a joint whose map is flat
FULL_EVIDENCE = 255.0  # the height of a training target


def decode_heatmaps(heatmaps: NDArray[np.float32], profile: DecodeProfile, blur: int) -> tuple[Float64, Float64]:
    """Keypoints (n, k, 2) in network-input pixels and their scores 0.5 + peak / 255 (n, k) from maps (n, k, h, w).

    `blur` is the kernel size in cells that the profile smooths with. A map that holds NaN or an infinity gives a
    missing joint: NaN with the score 0.5, in every profile.
    """
    count, joints, height, width = heatmaps.shape
    maps = np.asarray(heatmaps, np.float32).reshape(count * joints, height, width)
    if not len(maps):
        return np.zeros((count, joints, 2)), np.zeros((count, joints))
    finite = np.isfinite(maps.max(axis=(1, 2))) & np.isfinite(maps.min(axis=(1, 2)))
    if not finite.all():
        maps = np.where(finite[:, None, None], maps, np.float32(0))
    positions, heights = PROFILES[profile](maps, blur)
    input_xy = np.where(finite[:, None], positions * HEATMAP_STRIDE, np.nan)
    scores = np.where(finite, heights.astype(np.float64) / FULL_EVIDENCE + NO_EVIDENCE, NO_EVIDENCE)
    return input_xy.reshape(count, joints, 2), scores.reshape(count, joints)


def flip_back(heatmaps: Float32, mirrored: Sequence[int] | NDArray[np.intp]) -> Float32:
    """Maps of mirrored crops as maps of the plain ones: columns reversed, left and right joints changed back.

    `mirrored` is the skeleton's.
    """
    return heatmaps[:, np.asarray(mirrored), :, ::-1]


def merge_flipped(plain: Float32, flipped_back: Float32) -> Float32:
    """The mean of both maps: RSN and MSPN are evaluated without a shift between the two."""
    mean: Float32 = (plain + flipped_back) / np.float32(2)
    return mean
