"""Many pictures on one sheet, each with a caption, for looking at them side by side.

sheet = contact_sheet(overlays, [f"{name}  {score:.2f}" ...], columns=4)
"""

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]

_PAPER, _INK = (245, 245, 245), (40, 40, 40)  # BGR
_MARGIN = 6  # pixels around each cell
_CAPTION = 20  # pixels of height below each cell
_FONT, _SCALE = cv2.FONT_HERSHEY_SIMPLEX, 0.42


def contact_sheet(
    pictures: Sequence[Image], captions: Sequence[str], columns: int = 4, cell_hw: tuple[int, int] = (240, 320)
) -> Image:
    """Pictures (h, w, 3) BGR row by row in cells of `cell_hw`, shrunk or enlarged to fit, their shape kept.

    A caption that is longer than its cell ends in `...`. No pictures give a sheet with one empty cell.
    """
    if len(pictures) != len(captions):
        raise ValueError(f"{len(pictures)} pictures need as many captions, got {len(captions)}")
    columns = max(1, min(columns, len(pictures)))
    rows = max(1, -(-len(pictures) // columns))
    height, width = cell_hw[0] + _CAPTION + 2 * _MARGIN, cell_hw[1] + 2 * _MARGIN
    sheet = np.full((rows * height, columns * width, 3), _PAPER, np.uint8)
    for i, (picture, caption) in enumerate(zip(pictures, captions, strict=True)):
        top, left = (i // columns) * height, (i % columns) * width
        _fill_cell(sheet[top : top + height, left : left + width], picture, caption, cell_hw)
    return sheet


def _fill_cell(cell: Image, picture: Image, caption: str, cell_hw: tuple[int, int]) -> None:
    fitted = _fitted(picture, cell_hw)
    height, width = fitted.shape[:2]
    top, left = _MARGIN + (cell_hw[0] - height) // 2, _MARGIN + (cell_hw[1] - width) // 2
    cell[top : top + height, left : left + width] = fitted
    baseline = (_MARGIN, _MARGIN + cell_hw[0] + _CAPTION - 5)
    cv2.putText(cell, _shortened(caption, cell_hw[1]), baseline, _FONT, _SCALE, _INK, 1, cv2.LINE_AA)


def _fitted(picture: Image, cell_hw: tuple[int, int]) -> Image:
    height, width = picture.shape[:2]
    scale = min(cell_hw[0] / height, cell_hw[1] / width)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    return cv2.resize(picture, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR).astype(np.uint8)


def _shortened(caption: str, width: int) -> str:
    shortened = caption
    while shortened and cv2.getTextSize(shortened, _FONT, _SCALE, 1)[0][0] > width:
        caption = caption[:-1]
        shortened = f"{caption}..." if caption else ""
    return shortened
