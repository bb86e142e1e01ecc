"""Which part of a picture a person is trained on: the augmentation of the RSN and MSPN code, drawn and as geometry.

Joints are (k, 2) pixels with visibility (k,): 0 unlabelled, 1 hidden, 2 visible. Nothing here touches a picture.
"""

from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from rsn_edge.keypoints.crop import affines_from_centre_size

Float64 = NDArray[np.float64]

_UPPER_THRESHOLD = 0.5  # the published code asks a normal deviate, so the upper half is preferred in 69 of 100 cases
_PREFERRED_JOINTS = 3  # a half with more labelled joints than this may be chosen
_FEWEST_JOINTS = 3
_CUT_CHANCE, _HALF_CHANCE = 0.25, 0.2
_CUT_SIDES = (0.05, 0.1, 0.75, 0.1)  # chances of top, left, bottom, right
_CUT_KEEPS = (0.25, 0.85)  # share of the box that stays
_CUT_BY_PICTURE = 0.7  # the picture ends there; otherwise only the box does
_FEWEST_AFTER_CUT = 3  # labelled joints
_SPREAD, _SCALES = 0.25, (0.65, 1.5)  # of the logarithm of the view's size; limits of its factor
_TURN_CHANCE, _TURN, _MOST_TURN = 0.6, 30.0, 80.0  # degrees
_SHIFT = 0.08  # of the view's size
_HALF_BODY_LEAST = 9  # only persons with as many labelled joints are cut in half


class Draws(Protocol):
    """Where random numbers come from; numpy's generators, old and new, are such."""

    def random(self) -> float:
        """Uniform in [0, 1)."""
        ...

    def standard_normal(self) -> float:
        """Standard normal."""
        ...


@dataclass(frozen=True, slots=True)
class Augmentation:
    """How far a person's box is varied.

    Args:
        padding: factor on width and height of the box.
        jitter: up to how much wider and higher it becomes beyond that, uniformly.
        upper: indices of the joints of the upper half of the body.
        half_body_over: only persons with more labelled joints than this are cut in half, with `half_body_chance`.
        half_body_jitter: as `jitter`, for the box of the half.
        scale: factor on the box's size, times uniform 0.75 to 1.25.
        degrees: largest rotation, drawn uniformly for half of the persons.
    """

    padding: float
    jitter: tuple[float, float]
    upper: tuple[int, ...]
    half_body_over: int
    half_body_chance: float
    half_body_jitter: tuple[float, float]
    scale: float
    degrees: float


COCO_AUGMENTATION = Augmentation(1.05, (0.6, 0.8), tuple(range(13)), 3, 0.3, (0.6, 0.8), 0.8, 45.0)
MPII_AUGMENTATION = Augmentation(1.25, (0.0, 0.0), tuple(range(7, 16)), 8, 0.5, (0.6, 0.6), 1.0, 60.0)


@dataclass(frozen=True, slots=True, eq=False)
class Person:
    """One person in the picture, and the part of the plane that the picture covers."""

    box_xyxy: Float64
    picture_xyxy: Float64
    joints_xy: Float64
    visibility: Float64


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """A turned box: what the network will see of a picture.

    Args:
        center_xy: (2,) pixels of the picture as it is.
        size_wh: (2,) pixels, in the shape of the network's input.
        degrees: rotation, as in the crop's matrix.
        mirrored: whether the picture is mirrored before it is cut and turned.
    """

    center_xy: Float64
    size_wh: Float64
    degrees: float = 0.0
    mirrored: bool = False


def sample_view(person: Person, aspect: float, how: Augmentation, draws: Draws) -> View:
    """A random view of a person, in the published order: extension, half body, scale, rotation, mirroring.

    `aspect` is the input's width / height.
    """
    low, high = person.box_xyxy.reshape(2, 2)
    view = _around((low + high) / 2, how.padding * (high - low), how.jitter, aspect, draws)
    if np.count_nonzero(person.visibility > 0) > how.half_body_over and draws.random() < how.half_body_chance:
        view = half_body(person, aspect, how, draws) or view
    size = view.size_wh * how.scale * (0.75 + 0.5 * draws.random())
    degrees = how.degrees * (2 * draws.random() - 1) if draws.random() < 0.5 else 0.0
    return replace(view, size_wh=size, degrees=degrees, mirrored=draws.random() < 0.5)


def half_body(person: Person, aspect: float, how: Augmentation, draws: Draws) -> View | None:
    """The box of the upper or lower joints alone; None where the chosen half has too few of them."""
    labelled = person.visibility > 0
    is_upper = np.isin(np.arange(len(labelled)), how.upper)
    upper, lower = person.joints_xy[labelled & is_upper], person.joints_xy[labelled & ~is_upper]
    if draws.standard_normal() < _UPPER_THRESHOLD and len(upper) > _PREFERRED_JOINTS:
        half = upper
    else:
        half = lower if len(lower) > _PREFERRED_JOINTS else upper
    if len(half) < _FEWEST_JOINTS:
        return None
    low, high = half.min(axis=0), half.max(axis=0)
    return _around((low + high) / 2, high - low, how.half_body_jitter, aspect, draws)


def fitted(size_wh: Float64, aspect: float) -> Float64:
    """The smallest size of the aspect that holds `size_wh`."""
    width, height = size_wh
    return np.array((max(width, height * aspect), max(height, width / aspect)))


def modern_view(
    person: Person, padding: tuple[float, float], aspect: float, body: Augmentation, rng: np.random.Generator
) -> tuple[View, Float64]:
    """A random view in the modern recipe: zoomed, turned, moved; and what is left of the picture (4,) if it was cut.

    People at the edge of a picture, behind a table or close to the camera show only their upper part, and a
    detector's box then holds that part alone.

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


def _around(center_xy: Float64, size_wh: Float64, jitter: tuple[float, float], aspect: float, draws: Draws) -> View:
    """The rectangle wider and higher by up to `jitter`, and then as the aspect asks for."""
    stretch = np.array((1 + jitter[0] * draws.random(), 1 + jitter[1] * draws.random()))
    return View(center_xy, fitted(size_wh * stretch, aspect))


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
