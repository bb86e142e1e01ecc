"""Pictures of canvases to look at: persons green, what is ignored red, incomplete tiles blue."""

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from rsn_edge.drawing.sheet import contact_sheet

from .canvas import Canvas

_COLUMNS = 6
_GREEN, _RED, _BLUE = (60, 220, 60), (60, 60, 230), (230, 140, 40)  # BGR


def canvas_sheet(canvases: Sequence[Canvas]) -> NDArray[np.uint8]:
    """The canvases side by side with all boxes drawn."""
    captions = [f"{len(canvas.boxes_xyxy)} persons, {len(canvas.ignored_xyxy)} ignored" for canvas in canvases]
    return contact_sheet([_marked(canvas) for canvas in canvases], captions, _COLUMNS, canvases[0].pixels.shape[:2])


def _marked(canvas: Canvas) -> NDArray[np.uint8]:
    picture: NDArray[np.uint8] = canvas.pixels.copy()
    kinds = (canvas.incomplete_xyxy, _BLUE), (canvas.ignored_xyxy, _RED), (canvas.boxes_xyxy, _GREEN)
    for boxes, colour in kinds:
        for left, top, right, bottom in boxes.round().astype(int).tolist():
            cv2.rectangle(picture, (left, top), (right - 1, bottom - 1), colour, 1)
    return picture
