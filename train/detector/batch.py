"""Canvases of one size as a batch, and what the cells of the network's map must not be told.

Axes: b canvases, n persons in all of them, h x w cells.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

import numpy as np
from numpy.typing import NDArray

from rsn_edge.spec import DETECTOR_STRIDE

from .canvas import Canvas

Float32 = NDArray[np.float32]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Canvases:
    """b canvases.

    Args:
        pixels_nhwc: (b, H, W, 3) uint8 BGR.
        boxes_xyxy: (n, 4) pixels of the canvas.
        owners: (n,) whose of the b.
        trust: (n,) what the place of each box counts.
        ignored: (b, h, w) cells that touch a region which is neither person nor background.
        incomplete: (b, h, w) cells where there may be persons without a box.
    """

    pixels_nhwc: NDArray[np.uint8]
    boxes_xyxy: Float32
    owners: NDArray[np.int64]
    trust: Float32
    ignored: Mask
    incomplete: Mask

    @property
    def input_hw(self) -> tuple[int, int]:
        """Height and width of the canvases."""
        return self.pixels_nhwc.shape[1], self.pixels_nhwc.shape[2]


def batch_of(canvases: Sequence[Canvas]) -> Canvases:
    """The canvases, all of one size, as a batch."""
    counts = [len(canvas.boxes_xyxy) for canvas in canvases]
    return Canvases(
        pixels_nhwc=np.stack([canvas.pixels for canvas in canvases]),
        boxes_xyxy=np.concatenate([canvas.boxes_xyxy for canvas in canvases]).astype(np.float32),
        owners=np.repeat(np.arange(len(canvases)), counts),
        trust=np.concatenate([canvas.trust for canvas in canvases]).astype(np.float32),
        ignored=np.stack([touched_cells(canvas.ignored_xyxy, canvas.pixels.shape[:2]) for canvas in canvases]),
        incomplete=np.stack([touched_cells(canvas.incomplete_xyxy, canvas.pixels.shape[:2]) for canvas in canvases]),
    )


def touched_cells(regions_xyxy: NDArray[np.float64], canvas_hw: tuple[int, ...]) -> Mask:
    """Cells (h, w) of which at least a part lies in one of the regions (r, 4)."""
    touched = np.zeros([side // DETECTOR_STRIDE for side in canvas_hw[:2]], np.bool_)
    for left, top, right, bottom in (regions_xyxy / DETECTOR_STRIDE).tolist():
        touched[int(top) : ceil(bottom), int(left) : ceil(right)] = True
    return touched
