"""Where the peaks of heat-maps lie: the three decodes, and the smoothing before them, the same under every OpenCV.

The official one, of the test code of RSN and MSPN, goes a quarter cell from the first peak towards the second, the
second largest cell of the whole smoothed map, most often a neighbour of the first. Megvii and DARK look only around the
highest cell, as mmpose does. DARK gives the cell's index there; here half a cell is added, because the targets of RSN
and MSPN put a joint anywhere in a cell into that cell.
"""

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

Float32 = NDArray[np.float32]
Float64 = NDArray[np.float64]
Cells = NDArray[np.intp]

_STEP = 0.25
# The official code pads each map with ten zero cells. Its arg-max of a map without a positive cell is the first of
# them, and a second peak there pulls the first towards the upper left corner.
_OFFICIAL_BORDER = 10
_SMALLEST = 1e-10  # DARK takes the logarithm of no less
_REACH = 2.0  # cells: a Newton step beyond the window that it was read from means nothing


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


def official_peaks(maps: NDArray[np.float32], blur: int) -> tuple[NDArray[np.float64], NDArray[np.float32]]:
    """Peaks (m, 2) of finite maps (m, h, w), a cell's centre being its index + 0.5, and the raw map's heights there.

    Equal to the official recipe, which smooths in float64, up to the order of cells that differ by float32 rounding;
    for kernels up to 19 cells, beyond which the official border of ten is too narrow for a defined result.
    """
    count, height, width = maps.shape
    rows, padded_width = np.arange(count), width + 2 * smoothing_border(blur)
    smooth = smoothed_maps(maps, blur).reshape(count, -1)
    first = smooth.argmax(axis=1)
    smooth[rows, first] = 0.0
    second = smooth.argmax(axis=1)
    first_xy, second_xy = (_cells(flat, padded_width, smoothing_border(blur)) for flat in (first, second))
    towards = second_xy - first_xy
    distance = np.hypot(towards[:, 0], towards[:, 1])[:, None]  # 0, or at least 1
    cells = np.clip(first_xy + _STEP * towards / np.maximum(distance, 1.0), 0, (width - 1, height - 1))
    x, y = np.rint(cells).astype(np.intp).T
    return cells + 0.5, maps[rows, y, x]


def _cells(flat: NDArray[np.intp], padded_width: int, border: int) -> NDArray[np.float64]:
    y, x = np.divmod(flat, padded_width)
    cells = np.stack([x, y], axis=1) - float(border)
    cells[flat == 0] = -_OFFICIAL_BORDER  # the outermost ring is zero: its first cell stands for the official one
    return cells


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
