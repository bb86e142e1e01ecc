"""A picture fitted into a detector's canvas without distortion, and the way back for its boxes.

Pictures and canvases are (h, w, 3) uint8 in BGR order; boxes are x1, y1, x2, y2 in pixels.
"""

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from rsn_edge.people import Float32, Persons
from rsn_edge.spec import Colour

Triple = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class LetterboxRule:
    """How a family of detectors fits pictures into its canvas.

    Args:
        centred: the padding lies on both sides, else all of it to the right and below.
        average: shrinks by averaging areas, else bilinearly as when enlarging.
        whole: makes the scaled width and height whole numbers.
        pad_value: grey level of the padding.
    """

    centred: bool = False
    average: bool = False
    whole: Callable[[float], int] = round
    pad_value: int = 114


@dataclass(frozen=True, slots=True, eq=False)
class Letterbox:
    """A filled canvas (h, w, 3) uint8, with canvas pixels per picture pixel (x, y), the picture's top-left corner
    in the canvas (x, y), and the picture's width and height.
    """

    canvas_bgr: NDArray[np.uint8]
    scale_xy: tuple[float, float]
    offset_xy: tuple[int, int]
    size_wh: tuple[int, int]

    def persons(self, boxes_xyxy: Float32, scores: Float32) -> Persons:
        """Persons of the picture from boxes (n, 4) of the canvas, clipped; those in the padding are left out."""
        offset, scale, size = (np.array(pair * 2, np.float32) for pair in (self.offset_xy, self.scale_xy, self.size_wh))
        boxes = np.asarray(np.clip((boxes_xyxy - offset) / scale, 0, size), np.float32)
        inside = (boxes[:, 2] > boxes[:, 0]) & (boxes[:, 3] > boxes[:, 1])
        return Persons(boxes, scores)[inside]


def letterbox(image_bgr: NDArray[np.uint8], canvas_hw: tuple[int, int], rule: LetterboxRule) -> Letterbox:
    """The picture as large as it fits into a canvas of `canvas_hw`, its shape kept."""
    (height, width), (canvas_h, canvas_w) = image_bgr.shape[:2], canvas_hw
    scale = min(canvas_w / width, canvas_h / height)
    new_w, new_h = max(1, rule.whole(width * scale)), max(1, rule.whole(height * scale))
    # Of an odd padding the smaller half goes to the left and above.
    left, top = ((canvas_w - new_w) // 2, (canvas_h - new_h) // 2) if rule.centred else (0, 0)
    canvas = np.full((canvas_h, canvas_w, 3), rule.pad_value, np.uint8)
    cv2.resize(
        image_bgr,
        (new_w, new_h),
        dst=canvas[top : top + new_h, left : left + new_w],
        interpolation=cv2.INTER_AREA if rule.average and scale < 1 else cv2.INTER_LINEAR,
    )
    return Letterbox(canvas, (new_w / width, new_h / height), (left, top), (width, height))


def fill_tensor(tensor: Float32, canvas_bgr: NDArray[np.uint8], colour: Colour, mean: Triple, std: Triple) -> None:
    """Writes (canvas - mean) / std into `tensor` (1, 3, h, w); colour, mean and std in the order of its channels."""
    planes = cv2.split(canvas_bgr)
    for plane, channel, m, s in zip(planes if colour == "bgr" else planes[::-1], tensor[0], mean, std, strict=True):
        channel[...] = plane
        channel -= m
        channel *= 1 / s
