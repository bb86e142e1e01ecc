"""Decodes that look only around the highest cell of a map, as mmpose does: Megvii and DARK.

DARK gives the cell's index there; here half a cell is added, because the targets of RSN and MSPN put a joint
anywhere in a cell into that cell.
"""

import numpy as np
from numpy.typing import NDArray

from rsn_edge.keypoints.gaussian import smoothed_maps, smoothing_border

Float32 = NDArray[np.float32]
Float64 = NDArray[np.float64]
Cells = NDArray[np.intp]

_STEP = 0.25
_SMALLEST = 1e-10  # DARK takes the logarithm of no less
_REACH = 2.0  # cells: a Newton step beyond the window that it was read from means nothing


def megvii_peaks(maps: Float32, blur: int) -> tuple[Float64, Float32]:
    """Peaks (m, 2) of finite maps (m, h, w), a cell's centre being its index + 0.5, and the smoothed maps' heights.

    Two cells from the border and nearer there is neither a step nor the half cell, as in mmpose. A map without a
    positive cell has its peak at (-1, -1); one of zeros has the height 0, where mmpose divides by zero.
    """
    _, height, width = maps.shape
    smooth = _rescaled(maps, blur)
    x, y, heights = _highest(smooth)
    inside = (x > 1) & (x < width - 1) & (y > 1) & (y < height - 1)
    steps = np.where(inside[:, None], _STEP * np.sign(_slopes(smooth, x, y)) + 0.5, 0.0)
    return np.stack([x, y], axis=1, dtype=np.float64) + steps, heights


def dark_peaks(maps: Float32, blur: int) -> tuple[Float64, Float32]:
    """Peaks (m, 2) of finite maps (m, h, w), a cell's centre being its index + 0.5, and the raw maps' heights.

    One Newton step on the logarithm of the smoothed map from its highest raw cell (Zhang et al., Distribution-Aware
    Coordinate Representation of Keypoints), where that cell lies at least two cells inside; at most two cells on each
    axis, where mmpose goes as far as noise leads.
    """
    _, height, width = maps.shape
    x, y, heights = _highest(maps)
    inside = (x > 1) & (x < width - 2) & (y > 1) & (y < height - 2)
    steps = np.zeros((len(maps), 2))
    if inside.any():
        smooth = _rescaled(maps[inside], blur)
        steps[inside] = _newton_steps(smooth, x[inside], y[inside])
    return np.stack([x, y], axis=1, dtype=np.float64) + steps + 0.5, heights


def _highest(maps: Float32) -> tuple[Cells, Cells, Float32]:
    flat = maps.reshape(len(maps), -1)
    at = flat.argmax(axis=1)
    heights = flat[np.arange(len(maps)), at]
    y, x = np.divmod(at, maps.shape[2])
    return np.where(heights > 0, x, -1), np.where(heights > 0, y, -1), heights


def _rescaled(maps: Float32, blur: int) -> Float32:
    """Smoothed maps whose maxima are the raw ones again."""
    border = smoothing_border(blur)
    smooth = smoothed_maps(maps, blur)[:, border:-border, border:-border]
    before, after = maps.max(axis=(1, 2)), smooth.max(axis=(1, 2))
    factors = np.divide(before, after, out=np.zeros_like(before), where=after != 0)
    np.multiply(smooth, factors[:, None, None], out=smooth)
    return smooth


def _slopes(maps: Float32, x: Cells, y: Cells) -> Float64:
    """(m, 2) right minus left and below minus above; meaningless for cells on the border, which have no neighbours."""
    row = np.arange(len(maps))
    inner_x, inner_y = x.clip(1, maps.shape[2] - 2), y.clip(1, maps.shape[1] - 2)
    along_x = maps[row, y, inner_x + 1] - maps[row, y, inner_x - 1]
    along_y = maps[row, inner_y + 1, x] - maps[row, inner_y - 1, x]
    return np.stack([along_x, along_y], axis=1).astype(np.float64)


def _newton_steps(maps: Float32, x: Cells, y: Cells) -> Float64:
    """(m, 2) -H^-1 g of the maps' logarithms by central differences; no step where H is singular."""
    around = np.arange(-2, 3)
    window = maps[np.arange(len(maps))[:, None, None], y[:, None, None] + around[:, None], x[:, None, None] + around]
    log = np.log(np.maximum(window, np.float32(_SMALLEST)).astype(np.float64))
    gx, gy = (log[:, 2, 3] - log[:, 2, 1]) / 2, (log[:, 3, 2] - log[:, 1, 2]) / 2
    hxx = (log[:, 2, 4] - 2 * log[:, 2, 2] + log[:, 2, 0]) / 4
    hyy = (log[:, 4, 2] - 2 * log[:, 2, 2] + log[:, 0, 2]) / 4
    hxy = (log[:, 3, 3] - log[:, 1, 3] - log[:, 3, 1] + log[:, 1, 1]) / 4
    determinant = hxx * hyy - hxy**2
    downhill = np.stack([hxy * gy - hyy * gx, hxy * gx - hxx * gy], axis=1)
    solvable = (determinant != 0)[:, None]
    steps: Float64 = np.divide(downhill, determinant[:, None], out=np.zeros_like(downhill), where=solvable)
    return np.clip(steps, -_REACH, _REACH)
