"""Gaussian smoothing of heat-maps, with kernels that do not depend on the OpenCV release."""

from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

# What OpenCV uses for small kernels without a sigma; older releases have no row for 9 and fall back on the formula.
_TABLES: dict[int, tuple[int, ...]] = {
    3: (1, 2, 1),
    5: (1, 4, 6, 4, 1),
    7: (4, 14, 28, 36, 28, 14, 4),
    9: (4, 13, 30, 51, 60, 51, 30, 13, 4),
}


@lru_cache(maxsize=16)
def gaussian_kernel(size: int) -> NDArray[np.float64]:
    """Weights (size,) of the odd kernel `size`, sum 1; the caller leaves them as they are."""
    if size in _TABLES:
        weights = np.array(_TABLES[size], np.float64)
    else:
        sigma = 0.3 * ((size - 1) / 2 - 1) + 0.8  # OpenCV's sigma for a kernel size
        weights = np.exp(-((np.arange(size) - size // 2) ** 2) / (2 * sigma**2))
    kernel: NDArray[np.float64] = weights / weights.sum()
    return kernel


def smoothing_border(size: int) -> int:
    """How many zero cells `smoothed_maps` adds on each side: the kernel's reach and one that it does not reach."""
    return size // 2 + 1


def smoothed_maps(maps: NDArray[np.float32], size: int) -> NDArray[np.float32]:
    """Maps (m, h, w), m >= 1, smoothed with what leaks into a border of zeros: (m, h + 2 b, w + 2 b).

    b is `smoothing_border(size)`, so the outermost ring is zero. All maps lie below each other in one call of the
    filter; their borders keep them apart.
    """
    count, height, width = maps.shape
    border = smoothing_border(size)
    padded = np.zeros((count, height + 2 * border, width + 2 * border), np.float32)
    padded[:, border:-border, border:-border] = maps
    weights = gaussian_kernel(size)
    smooth = cv2.sepFilter2D(padded.reshape(-1, padded.shape[2]), -1, weights, weights)
    return np.reshape(np.asarray(smooth, np.float32), padded.shape)
