"""What is seen of a body: limbs, trunk and head as convex outlines, in the order in which they hide each other.

Outlines are (m, 2): x to the right of the picture, y down, unit the body's height, origin the pelvis.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray

from rsn_edge.body import Body

Float64 = NDArray[np.float64]

# Start, end, radius at each, what the limb wears.
_LIMBS = (
    ("shoulder", "elbow", (0.034, 0.027), "sleeve"),
    ("elbow", "wrist", (0.026, 0.018), "forearm"),
    ("wrist", "fingers", (0.02, 0.015), "skin"),
    ("hip", "knee", (0.053, 0.036), "thigh"),
    ("knee", "ankle", (0.037, 0.023), "shin"),
    ("ankle", "toes", (0.026, 0.018), "shoe"),
)
_HEAD = ("nose", "left_eye", "right_eye", "left_ear", "right_ear", "head_top", "upper_neck")
_FACIAL = {"left_ear": 0.013, "right_ear": 0.013, "nose": 0.011, "left_eye": 0.0065, "right_eye": 0.0065}  # radii
# Middles of balls that fill a part, from its own middle; columns are x, y, z of the part's own frame.
_SKULL_BALLS = np.array([(0.0, -0.021, 0.0), (0.0, 0.021, 0.0), (0.0, 0.0, -0.012), (0.0, 0.0, 0.012)])
_FACE_BALLS = np.array([(0.0, -0.006, 0.016), (0.0, 0.03, 0.016)])
_MARK_BALLS = np.array([(-0.016, 0.0, 0.0), (0.016, 0.0, 0.0), (0.0, -0.02, 0.0), (0.0, 0.02, 0.0)])

_LIGHT = np.array([-0.25, -0.3])  # where the bright core of a part lies, in its radii: light from the upper left
_CORE = 0.6  # size of that core
_CIRCLE = np.stack([np.cos(np.arange(16) * np.pi / 8), np.sin(np.arange(16) * np.pi / 8)], axis=1)


@dataclass(frozen=True, slots=True, eq=False)
class Outline:
    """A convex part of a body.

    Args:
        nearness: to the viewer; nearer parts hide farther ones.
        rim, core: (m, 2) outlines of the part and of its bright middle.
        wears: what gives it its colour: `skin`, `hair`, `left_sleeve` ...
        shows: the joints that are seen where this part is seen.
    """

    nearness: float
    rim: Float64
    core: Float64
    wears: str
    shows: frozenset[str]


def outlines_of_body(body: Body, girth: float) -> list[Outline]:
    """All parts, the farthest first; `girth` scales the thickness of trunk and limbs, 1 for a slim adult."""
    parts = [*_limbs(body, girth), *_trunk(body, girth), *_head(body)]
    return sorted(parts, key=lambda part: part.nearness)


def _limbs(body: Body, girth: float) -> Iterator[Outline]:
    for side in ("left", "right"):
        for start, end, radii, wears in _LIMBS:
            joints = f"{side}_{start}", f"{side}_{end}"
            ends = body.at(*joints)
            near = ends[:, 2].mean() + 0.03  # an arm that hangs at the side is seen before the trunk
            yield _outline(ends, girth * np.array(radii), near, f"{side}_{wears}", frozenset(joints))


def _trunk(body: Body, girth: float) -> Iterator[Outline]:
    shoulders, hips = body.at("left_shoulder", "right_shoulder"), body.at("left_hip", "right_hip")
    thorax, pelvis, neck = body.at("thorax", "pelvis", "upper_neck")
    waist = hips + 0.35 * (shoulders - hips)
    collar = thorax - 0.023 * body.torso[:, 1]
    chest = _near_side(body, ("left_shoulder", "right_shoulder", "thorax"), thorax, 0.085)
    lap = _near_side(body, ("left_hip", "right_hip", "pelvis"), pelvis, 0.053)
    near = (thorax[2] + pelvis[2]) / 2
    yield _outline([*waist, *hips], girth * np.array([0.052, 0.052, 0.056, 0.056]), near + 0.01, "hips", lap)
    radii = girth * np.array([0.034, 0.034, 0.052, 0.052, 0.03])
    yield _outline([*shoulders, *waist, collar], radii, near + 0.02, "shirt", chest)
    yield _outline([thorax, neck], (0.036, 0.031), near - 0.02, "skin", _near_side(body, _HEAD, neck, 0.1))
    if body.torso[2, 2] > 0.1:  # the chest is turned to the viewer
        mark = thorax + (np.array([0.052, 0.086, 0.06 * girth]) + _MARK_BALLS) @ body.torso.T
        yield _outline(mark, 0.01, near + 0.025, "mark", chest)


def _head(body: Body) -> Iterator[Outline]:
    skull = body.points["skull"]
    joints = _near_side(body, _HEAD, skull, 0.012)
    yield _outline(skull + _SKULL_BALLS @ body.head.T, 0.048, skull[2], "hair", joints)
    if body.head[2, 2] > -0.25:  # a face that is turned away lies behind the hair
        yield _outline(skull + _FACE_BALLS @ body.head.T, 0.039, skull[2] + 0.001, "skin", joints)
    for name, radius in _FACIAL.items():
        if name in joints:
            wears = "eye" if name.endswith("eye") else "nose"
            yield _outline(body.at(name), radius, skull[2] + 0.002, wears, joints)


def _near_side(body: Body, names: Iterable[str], centre: Float64, depth: float) -> frozenset[str]:
    """The joints that do not lie more than `depth` behind the centre of their part."""
    return frozenset(name for name in names if body.points[name][2] > centre[2] - depth)


def _outline(centres: ArrayLike, radius: ArrayLike, nearness: float, wears: str, shows: frozenset[str]) -> Outline:
    """A part that is stretched over balls with these centres (m, 3) and radii, one or (m,)."""
    middles = np.asarray(centres)[:, :2]
    radii = np.broadcast_to(radius, len(middles))
    core = _hull(middles + radii.mean() * _LIGHT, _CORE * radii)
    return Outline(nearness, _hull(middles, radii), core, wears, shows)


def _hull(middles: Float64, radii: Float64) -> Float64:
    circles = middles[:, None] + radii[:, None, None] * _CIRCLE
    hull: Float64 = cv2.convexHull(circles.reshape(-1, 2).astype(np.float32))[:, 0].astype(np.float64)
    return hull
