"""Which part of a picture a person is trained on: the augmentation of the RSN and MSPN code, drawn and as geometry.

Joints are (k, 2) pixels with visibility (k,): 0 unlabelled, 1 hidden, 2 visible. Nothing here touches a picture.
"""

from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Float64 = NDArray[np.float64]

_UPPER_THRESHOLD = 0.5  # the published code asks a normal deviate, so the upper half is preferred in 69 of 100 cases
_PREFERRED_JOINTS = 3  # a half with more labelled joints than this may be chosen
_FEWEST_JOINTS = 3


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


def _around(center_xy: Float64, size_wh: Float64, jitter: tuple[float, float], aspect: float, draws: Draws) -> View:
    """The rectangle wider and higher by up to `jitter`, and then as the aspect asks for."""
    stretch = np.array((1 + jitter[0] * draws.random(), 1 + jitter[1] * draws.random()))
    return View(center_xy, fitted(size_wh * stretch, aspect))
