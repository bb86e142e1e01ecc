"""The decode of the official test code of RSN and MSPN: the first peak, a quarter cell towards the second.

The second peak is the second largest cell of the whole smoothed map, most often a neighbour of the first.
"""

import numpy as np
from numpy.typing import NDArray

from rsn_edge.keypoints.gaussian import smoothed_maps, smoothing_border

_STEP = 0.25
# The official code pads each map with ten zero cells. Its arg-max of a map without a positive cell is the first of
# them, and a second peak there pulls the first towards the upper left corner.
_OFFICIAL_BORDER = 10


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
