"""Training targets: each joint as five Gaussian bumps of falling width, and which stage learns which of them.

Axes: n samples, k joints; joints_xyv (n, k, 3) are network-input pixels and COCO's visibility (0 not labelled,
1 hidden, 2 visible).
"""

from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from rsn_edge.keypoints.peaks import gaussian_kernel
from rsn_edge.spec import HEATMAP_STRIDE

Float32 = NDArray[np.float32]
Float64 = NDArray[np.float64]

TARGET_KERNELS = (15, 11, 9, 7, 5)  # cells, coarse to fine
_PEAK = 255.0


def heatmap_targets(joints_xyv: Float64, input_hw: tuple[int, int]) -> Float32:
    """Targets (n, 5, k, h, w), one a kernel; zero for joints that are not labelled or lie outside the map.

    A map's maximum is 255, as in the official code; next to a border, where the smoothing reflects, it need not lie in
    the joint's own cell.
    """
    height, width = (side // HEATMAP_STRIDE for side in input_hw)
    # Truncation is towards zero, as in the official code: less than a cell left of the map is column 0.
    cells = np.trunc(np.nan_to_num(joints_xyv[..., :2], nan=-np.inf) / HEATMAP_STRIDE)
    inside = np.all((cells >= 0) & (cells < (width, height)), axis=-1)
    x, y = np.moveaxis(np.where(inside[..., None], cells, 0).astype(np.intp), -1, 0)
    peaks = np.where(inside & (joints_xyv[..., 2] >= 1), _PEAK, 0.0)
    count, joints = x.shape
    targets = np.empty((count, len(TARGET_KERNELS), joints, height, width), np.float32)
    for level, kernel in enumerate(TARGET_KERNELS):
        along_x, along_y = _bumps(width, kernel)[x], _bumps(height, kernel)[y]
        scale = peaks / (along_x.max(axis=-1) * along_y.max(axis=-1))
        np.multiply((scale[..., None] * along_y)[..., None], along_x[..., None, :], out=targets[:, level])
    return targets


def visibility_inside(joints_xyv: Float64, input_hw: tuple[int, int]) -> Float64:
    """Visibility (n, k), 0 where the joint left the crop: what the official code trains with."""
    height, width = input_hw
    x, y, visibility = np.moveaxis(joints_xyv, -1, 0)
    return np.where((x >= 0) & (x <= width - 1) & (y >= 0) & (y <= height - 1), visibility, 0.0)


def target_levels(stages: int) -> tuple[tuple[int, ...], ...]:
    """For each stage, which target its four heads learn, coarse to fine: the last stage learns the finer four."""
    return ((0, 1, 2, 3),) * (stages - 1) + ((1, 2, 3, 4),)


@lru_cache(maxsize=32)
def _bumps(length: int, kernel: int) -> Float64:
    """(length, length): row i is a 1 in cell i after smoothing, mirrored at the ends."""
    return np.asarray(cv2.sepFilter2D(np.eye(length), -1, gaussian_kernel(kernel), np.ones(1)))
