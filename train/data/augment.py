"""Which part of a picture a person is trained on: the augmentation of the RSN and MSPN code, drawn and as geometry.

Joints are (k, 2) pixels with visibility (k,): 0 unlabelled, 1 hidden, 2 visible. Nothing here touches a picture.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Float64 = NDArray[np.float64]

_UPPER_THRESHOLD = 0.5  # the published code asks a normal deviate, so the upper half is preferred in 69 of 100 cases
_PREFERRED_JOINTS = 3  # a half with more labelled joints than this may be chosen
_FEWEST_JOINTS = 3


class Draws(Protocol):
    """Where random numbers come from; a `numpy.random.RandomState` is one."""

    def rand(self) -> float:
        """Uniform in [0, 1)."""
        ...

    def randn(self) -> float:
        """Standard normal."""
        ...


@dataclass(frozen=True, slots=True)
class Augmentation:
    """How far a person's box is varied.

    Args:
        padding: factors on width and height of the box.
        jitter: up to how much wider and higher it becomes beyond that, uniformly.
        upper: indices of the joints of the upper half of the body.
        half_body_over: only persons with more labelled joints than this are cut in half, with `half_body_chance`.
        half_body_jitter: as `jitter`, for the box of the half.
        scale: factor on the box's size, times uniform 0.75 to 1.25.
        degrees: largest rotation, drawn uniformly for half of the persons.
    """

    padding: tuple[float, float]
    jitter: tuple[float, float]
    upper: tuple[int, ...]
    half_body_over: int
    half_body_chance: float
    half_body_jitter: tuple[float, float]
    scale: float
    degrees: float


COCO_AUGMENTATION = Augmentation(
    padding=(1.05, 1.05),
    jitter=(0.6, 0.8),
    upper=tuple(range(13)),
    half_body_over=3,
    half_body_chance=0.3,
    half_body_jitter=(0.6, 0.8),
    scale=0.8,
    degrees=45.0,
)
MPII_AUGMENTATION = Augmentation(
    padding=(1.25, 1.25),
    jitter=(0.0, 0.0),
    upper=tuple(range(7, 16)),
    half_body_over=8,
    half_body_chance=0.5,
    half_body_jitter=(0.6, 0.6),
    scale=1.0,
    degrees=60.0,
)


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """A turned box: what the network will see of a picture.

    Args:
        center_xy: (2,) pixels of the picture as it is.
        size_wh: (2,) pixels, in the shape of the network's input.
        degrees: rotation, as in the crop's matrix.
        mirrored: whether the picture is mirrored before it is cut and turned (see `mirrored_view`).
    """

    center_xy: Float64
    size_wh: Float64
    degrees: float = 0.0
    mirrored: bool = False


def sample_view(
    box_xywh: Float64, joints_xy: Float64, visibility: Float64, aspect: float, how: Augmentation, draws: Draws
) -> View:
    """A random view of a person, in the published order: extension, half body, scale, rotation, mirroring.

    `aspect` is the input's width / height.
    """
    view = _extended(box_xywh, aspect, how, draws)
    if np.count_nonzero(visibility > 0) > how.half_body_over and draws.rand() < how.half_body_chance:
        view = half_body(joints_xy, visibility, aspect, how, draws) or view
    size = view.size_wh * how.scale * (0.75 + 0.5 * draws.rand())
    degrees = how.degrees * (2 * draws.rand() - 1) if draws.rand() < 0.5 else 0.0
    return replace(view, size_wh=size, degrees=degrees, mirrored=draws.rand() < 0.5)


def half_body(joints_xy: Float64, visibility: Float64, aspect: float, how: Augmentation, draws: Draws) -> View | None:
    """The box of the upper or lower joints alone; None where the chosen half has too few of them."""
    labelled = visibility > 0
    is_upper = np.isin(np.arange(len(visibility)), how.upper)
    upper, lower = joints_xy[labelled & is_upper], joints_xy[labelled & ~is_upper]
    if draws.randn() < _UPPER_THRESHOLD and len(upper) > _PREFERRED_JOINTS:
        half = upper
    else:
        half = lower if len(lower) > _PREFERRED_JOINTS else upper
    if len(half) < _FEWEST_JOINTS:
        return None
    low, high = half.min(axis=0), half.max(axis=0)
    return View((low + high) / 2, _fitted((high - low) * _stretch(how.half_body_jitter, draws), aspect))


def mirrored_joints(
    joints_xy: Float64, visibility: Float64, image_width: int, mirrored: Sequence[int]
) -> tuple[Float64, Float64]:
    """Joints and visibility in the mirror image, left and right changed (`Skeleton.mirrored`)."""
    order = list(mirrored)
    return np.stack((image_width - 1 - joints_xy[order, 0], joints_xy[order, 1]), axis=1), visibility[order]


def mirrored_view(view: View, image_width: int) -> View:
    """The box in the mirror image, centre moved and turned by the same angle as the published code does."""
    x, y = view.center_xy
    return replace(view, center_xy=np.array((image_width - 1 - x, y)))


def _extended(box_xywh: Float64, aspect: float, how: Augmentation, draws: Draws) -> View:
    size = box_xywh[2:] * np.array(how.padding) * _stretch(how.jitter, draws)
    return View(box_xywh[:2] + box_xywh[2:] / 2, _fitted(size, aspect))


def _stretch(jitter: tuple[float, float], draws: Draws) -> Float64:
    return np.array((1 + jitter[0] * draws.rand(), 1 + jitter[1] * draws.rand()))


def _fitted(size_wh: Float64, aspect: float) -> Float64:
    """The smallest box of the aspect that holds `size_wh` around the same centre."""
    width, height = size_wh
    return np.array((width, width / aspect) if width > aspect * height else (height * aspect, height))
