"""Which part of a crop a person is trained on in the modern recipe: zoomed, turned, moved, and often cut off.

People at the edge of a picture, behind a table or close to the camera show only their upper part, and a detector's box
then holds that part alone. Joints are (k, 2) pixels with visibility (k,), boxes (4,) x1, y1, x2, y2.
"""

import numpy as np
from numpy.typing import NDArray

from rsn_edge.keypoints.crop import affines_from_centre_size

from .augment import Augmentation, Person, View, fitted, half_body

Float64 = NDArray[np.float64]

_CUT_CHANCE, _HALF_CHANCE = 0.25, 0.2
_CUT_SIDES = (0.05, 0.1, 0.75, 0.1)  # chances of top, left, bottom, right
_CUT_KEEPS = (0.25, 0.85)  # share of the box that stays
_CUT_BY_PICTURE = 0.7  # the picture ends there; otherwise only the box does
_FEWEST_AFTER_CUT = 3  # labelled joints
_SPREAD, _SCALES = 0.25, (0.65, 1.5)  # of the logarithm of the view's size; limits of its factor
_TURN_CHANCE, _TURN, _MOST_TURN = 0.6, 30.0, 80.0  # degrees
_SHIFT = 0.08  # of the view's size
_HALF_BODY_LEAST = 9  # only persons with as many labelled joints are cut in half


def modern_view(
    person: Person, padding: tuple[float, float], aspect: float, body: Augmentation, rng: np.random.Generator
) -> tuple[View, Float64]:
    """A random view of a person, and what is left of the picture (4,) where it was cut.

    `aspect` is the input's width / height; of `body` only what concerns halves of the body is read.
    """
    box, picture, drawn = person.box_xyxy, person.picture_xyxy, rng.random()
    half = None
    if drawn < _CUT_CHANCE:
        box, picture = _cut(person, rng)
    elif drawn < _CUT_CHANCE + _HALF_CHANCE and body.half_body_chance:
        half = half_body(person, aspect, body, rng) if (person.visibility > 0).sum() >= _HALF_BODY_LEAST else None
    centre = half.center_xy if half else (box[:2] + box[2:]) / 2
    size = half.size_wh if half else fitted(np.maximum((box[2:] - box[:2]) * padding, 1.0), aspect)
    size = size * np.clip(np.exp(rng.normal(0, _SPREAD)), *_SCALES)
    turned = rng.random() < _TURN_CHANCE
    degrees = float(np.clip(rng.normal(0, _TURN), -_MOST_TURN, _MOST_TURN)) if turned else 0.0
    centre = centre + rng.uniform(-_SHIFT, _SHIFT, 2) * size
    return View(centre, size, degrees, bool(rng.random() < 0.5)), picture


def affine_of_view(view: View, picture_width: int, input_hw: tuple[int, int]) -> Float64:
    """The affine (2, 3) from network input to the picture as it is, mirroring included."""
    x, y = view.center_xy
    centre = np.array([(picture_width - 1 - x if view.mirrored else x, y)])
    affine: Float64 = affines_from_centre_size(centre, view.size_wh[None], input_hw, view.degrees)[0]
    if view.mirrored:
        affine[0] *= -1
        affine[0, 2] += picture_width - 1
    return affine


def _cut(person: Person, rng: np.random.Generator) -> tuple[Float64, Float64]:
    """Box and picture after one side of the person was cut off; unchanged where too little would be left."""
    side = int(rng.choice(4, p=_CUT_SIDES))
    axis, far = (1, 0, 1, 0)[side], side >= 2
    keep, by_picture = rng.uniform(*_CUT_KEEPS), rng.random() < _CUT_BY_PICTURE
    low, high = person.box_xyxy[axis], person.box_xyxy[axis + 2]
    at = low + keep * (high - low) if far else high - keep * (high - low)
    position = person.joints_xy[person.visibility > 0, axis]
    kept = np.count_nonzero(position < at if far else position > at)
    box, picture = person.box_xyxy.copy(), person.picture_xyxy.copy()
    if kept < _FEWEST_AFTER_CUT:
        return box, picture
    edge = axis + 2 * far
    box[edge] = at
    if by_picture:
        picture[edge] = min(picture[edge], at) if far else max(picture[edge], at)
    return box, picture
