"""Skeletons on a picture.

    overlay = draw_poses(image_bgr, poses, COCO17, threshold=0.2)

Limbs tell the sides of the body: orange left, blue right, white between them. Dots and labels tell persons: an
identity keeps its colour from frame to frame.
"""

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from rsn_edge.people import Poses
from rsn_edge.skeleton import Skeleton

Image = NDArray[np.uint8]
Ids = NDArray[np.int64]
Colour = tuple[int, int, int]  # BGR

# Orange and blue are told apart by nearly everyone, also by those who confuse red and green.
CENTRE: Colour = (225, 225, 225)
LEFT: Colour = (30, 150, 255)
RIGHT: Colour = (255, 150, 40)
PERSONS: tuple[Colour, ...] = (
    (80, 220, 80), (230, 80, 230), (60, 230, 250), (90, 90, 250), (240, 230, 70), (170, 130, 250), (60, 160, 160),
    (190, 250, 190), (200, 90, 130), (140, 200, 250), (110, 130, 40), (220, 180, 220),
)  # fmt: skip
DARK: Colour = (20, 20, 20)

_LIMB, _DOT = 1 / 120, 1 / 95  # limb thickness and dot radius as shares of a person's size
_FRACTION_BITS = 4  # of the coordinates given to OpenCV
_FARTHEST = 30_000.0  # pixels: farther points would overflow OpenCV's fixed-point coordinates
_FONT = cv2.FONT_HERSHEY_SIMPLEX

_PAPER, _INK = (245, 245, 245), (40, 40, 40)  # BGR, of a contact sheet
_MARGIN = 6  # pixels around each cell
_CAPTION = 20  # pixels of height below each cell
_SCALE = 0.42  # of its letters


def draw_poses(
    image_bgr: Image,
    poses: Poses,
    skeleton: Skeleton,
    threshold: float,
    ids: Ids | None = None,
    antialias: bool = True,
) -> Image:
    """A copy of the picture (h, w, 3) with the joints of at least `threshold` confidence and the limbs between them.

    `ids` (n,) are identities, -1 where nobody is followed; who has one gets a label `id  score`. `antialias` draws
    smooth lines with a dark edge, for files; without it drawing is twice as fast, for live windows.
    """
    if poses.joints != len(skeleton.joints):
        raise ValueError(f"poses of {poses.joints} joints do not fit the {len(skeleton.joints)} of {skeleton.name}")
    image: Image = image_bgr.copy()
    numbers = np.arange(len(poses)) if ids is None else np.where(ids < 0, np.arange(len(poses)), ids)
    edges = np.array(skeleton.edges, np.intp).reshape(-1, 2)
    limb_sides = _limb_sides(skeleton, edges)
    points = _fixed_point(poses.keypoints_xy)
    shown = poses.visible(threshold)
    for i, number in enumerate(numbers.tolist()):
        colour = PERSONS[number % len(PERSONS)]
        limbs = shown[i][edges].all(axis=1)
        size = _person_size(poses.boxes_xyxy[i], image)
        _draw_limbs(image, points[i][edges[limbs]], limb_sides[limbs], size, antialias)
        _draw_dots(image, points[i][shown[i]], colour, size, antialias)
        if ids is not None and ids[i] >= 0:
            _draw_label(image, f"{ids[i]}  {poses.certainty[i]:.2f}", poses.boxes_xyxy[i], colour)
    return image


def _limb_sides(skeleton: Skeleton, edges: NDArray[np.intp]) -> NDArray[np.int64]:
    """(edges,): 1 for limbs of the left, -1 of the right, 0 for those in the middle or across it."""
    sides = np.zeros(len(skeleton.joints), np.int64)
    for first, second in skeleton.flip_pairs:
        swapped = "right" in skeleton.joints[first].lower() or "left" in skeleton.joints[second].lower()
        sides[first], sides[second] = (-1, 1) if swapped else (1, -1)
    limb_sides: NDArray[np.int64] = np.sign(sides[edges].sum(axis=1))
    return limb_sides


def _fixed_point(pixels: NDArray[np.float32]) -> NDArray[np.int32]:
    near = np.clip(np.nan_to_num(pixels.astype(np.float64)), -_FARTHEST, _FARTHEST)
    fixed: NDArray[np.int32] = np.rint(near * 2**_FRACTION_BITS).astype(np.int32)
    return fixed


def _person_size(box_xyxy: NDArray[np.float32], image: Image) -> float:
    """The longer side of a box in pixels, at most that of the picture; half the picture where the box is no box."""
    picture = float(max(image.shape[:2]))
    left, top, right, bottom = box_xyxy.astype(float).tolist()
    size = max(right - left, bottom - top)  # NaN where an edge is, and compares as false
    return min(size, picture) if size > 0 else picture / 2


def _draw_limbs(image: Image, limbs: NDArray[np.int32], sides: NDArray[np.int64], size: float, antialias: bool) -> None:
    """Limbs (l, 2, 2) in fixed point."""
    thickness = max(1, round(size * _LIMB))
    if antialias:  # the edge itself need not be smooth: it is one pixel wide and costs half as much so
        cv2.polylines(image, list(limbs), False, DARK, thickness + 2, cv2.LINE_8, _FRACTION_BITS)
    for side, colour in ((0, CENTRE), (-1, RIGHT), (1, LEFT)):
        line = cv2.LINE_AA if antialias else cv2.LINE_8
        cv2.polylines(image, list(limbs[sides == side]), False, colour, thickness, line, _FRACTION_BITS)


def _draw_dots(image: Image, dots: NDArray[np.int32], colour: Colour, size: float, antialias: bool) -> None:
    """Joints (j, 2) in fixed point."""
    radius = max(1, round(size * _DOT))
    one = 2**_FRACTION_BITS
    for dot in dots.tolist():
        if antialias:
            cv2.circle(image, dot, (radius + 1) * one, DARK, -1, cv2.LINE_8, _FRACTION_BITS)
        cv2.circle(image, dot, radius * one, colour, -1, cv2.LINE_AA if antialias else cv2.LINE_8, _FRACTION_BITS)


def _draw_label(image: Image, text: str, box_xyxy: NDArray[np.float32], colour: Colour) -> None:
    """Above the box, or as near to that as the picture allows; nothing where the picture is too small for it."""
    height, width = image.shape[:2]
    scale = max(0.4, max(height, width) / 1800)
    (text_width, text_height), below = cv2.getTextSize(text, _FONT, scale, 1)
    room = np.array([width - text_width - 4, height - text_height - below - 4])
    if (room < 0).any():
        return
    corner = np.nan_to_num(box_xyxy[:2].astype(np.float64)) - (0, text_height + below + 4)
    left, top = np.clip(corner, 0, room).astype(int).tolist()
    cv2.rectangle(image, (left, top), (left + text_width + 4, top + text_height + below + 4), colour, -1)
    cv2.putText(image, text, (left + 2, top + text_height + 2), _FONT, scale, DARK, 1, cv2.LINE_AA)


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
