"""One picture on its way through the pipeline, with where and when it was taken."""

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """A picture (h, w, 3) uint8 in BGR order.

    Args:
        index: position in its source, from 0.
        t_capture_ns: monotonic clock when it was taken (cameras) or read (files), nanoseconds.
        pts: media time in seconds, exact; None where the source has no clock of its own.
        source: name of where it came from; for pictures the file's path.
    """

    image_bgr: NDArray[np.uint8]
    index: int = 0
    t_capture_ns: int = 0
    pts: Fraction | None = None
    source: str = ""

    def __post_init__(self) -> None:
        image = self.image_bgr
        if image.ndim != 3 or image.shape[2] != 3 or image.dtype != np.uint8:
            raise ValueError(f"a frame is (h, w, 3) uint8 in BGR order, got {image.shape} {image.dtype}")

    @property
    def size_hw(self) -> tuple[int, int]:
        """Height and width in pixels."""
        height, width = self.image_bgr.shape[:2]
        return height, width
