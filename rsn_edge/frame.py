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
        if image is None:  # what cv2.imread returns for a file that it cannot read
            raise ValueError("there is no picture: cv2.imread gives None where a file is missing or broken")
        if not isinstance(image, np.ndarray) or image.ndim != 3 or image.shape[2] != 3 or image.dtype != np.uint8:
            kind = f"{image.shape} {image.dtype}" if isinstance(image, np.ndarray) else type(image).__name__
            raise ValueError(f"a frame is an array (h, w, 3) uint8 in BGR order, got {kind}")
        if not image.size:
            raise ValueError(f"a frame has at least one pixel, got {image.shape}")

    @property
    def size_hw(self) -> tuple[int, int]:
        """Height and width in pixels."""
        height, width = self.image_bgr.shape[:2]
        return height, width
