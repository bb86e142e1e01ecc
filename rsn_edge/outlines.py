"""What is seen of a body: limbs, trunk and head as convex outlines, in the order in which they hide each other.

Outlines are (m, 2): x to the right of the picture, y down, unit the body's height, origin the pelvis.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from rsn_edge.body import INDEX, Body

Float64 = NDArray[np.float64]

# Start, end, radius at each, what the limb wears.
_LIMBS = (
    ("shoulder", "elbow", 0.034, 0.027, "sleeve"),
    ("elbow", "wrist", 0.026, 0.018, "forearm"),
    ("wrist", "fingers", 0.02, 0.015, "skin"),
    ("hip", "knee", 0.053, 0.036, "thigh"),
    ("knee", "ankle", 0.037, 0.023, "shin"),
    ("ankle", "toes", 0.026, 0.018, "shoe"),
)
_SIDED = tuple(
    (f"{side}_{a}", f"{side}_{b}", f"{side}_{wears}") for side in ("left", "right") for a, b, *_, wears in _LIMBS
)
_RADII = np.tile([limb[2:4] for limb in _LIMBS], (2, 1))
_HEAD = ("nose", "left_eye", "right_eye", "left_ear", "right_ear", "head_top", "upper_neck")
_FACIAL = {"left_ear": 0.013, "right_ear": 0.013, "nose": 0.011, "left_eye": 0.0065, "right_eye": 0.0065}  # radii

_LIGHT = np.array([-0.25, -0.3])  # where the bright core of a part lies, in its radii: light from the upper left
_CORE = 0.6  # size of that core
_ARC = np.linspace(-np.pi / 2, np.pi / 2, 7)
_CIRCLE = np.stack([np.cos(np.arange(16) * np.pi / 8), np.sin(np.arange(16) * np.pi / 8)])


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


def _limbs(body: Body, girth: float) -> list[Outline]:
    starts, ends = body.at(*(limb[0] for limb in _SIDED)), body.at(*(limb[1] for limb in _SIDED))
    shift = _LIGHT * _RADII.mean(axis=1, keepdims=True)
    rims = _capsules(starts[:, :2], ends[:, :2], girth * _RADII)
    cores = _capsules(starts[:, :2] + shift, ends[:, :2] + shift, _CORE * girth * _RADII)
    nearness = (starts[:, 2] + ends[:, 2]) / 2 + 0.03  # an arm that hangs at the side is seen before the trunk
    return [
        Outline(float(near), rim, core, wears, frozenset((start, end)))
        for near, rim, core, (start, end, wears) in zip(nearness, rims, cores, _SIDED, strict=True)
    ]


def _trunk(body: Body, girth: float) -> list[Outline]:
    shoulders, hips = body.at("left_shoulder", "right_shoulder"), body.at("left_hip", "right_hip")
    thorax, pelvis, neck = body.at("thorax", "pelvis", "upper_neck")
    waist = hips + 0.35 * (shoulders - hips)
    collar = thorax - 0.023 * body.torso[:, 1]
    chest_joints = _near_side(body, ("left_shoulder", "right_shoulder", "thorax"), thorax, 0.085)
    hip_joints = _near_side(body, ("left_hip", "right_hip", "pelvis"), pelvis, 0.053)
    near = float(thorax[2] + pelvis[2]) / 2
    parts = [
        _hull((*waist, *hips), girth * np.array([0.052, 0.052, 0.056, 0.056]), near + 0.01, "hips", hip_joints),
        _hull(
            (*shoulders, *waist, collar),
            girth * np.array([0.034, 0.034, 0.052, 0.052, 0.03]),
            near + 0.02,
            "shirt",
            chest_joints,
        ),
        _hull((thorax, neck), np.array([0.036, 0.031]), near - 0.02, "skin", _near_side(body, _HEAD, neck, 0.1)),
    ]
    if body.torso[2, 2] > 0.1:  # the chest is turned to the viewer
        mark = thorax + body.torso @ (0.052, 0.086, 0.06 * girth)
        parts.append(_ellipsoid(mark, body.torso, (0.026, 0.03, 0.004), near + 0.025, "mark", chest_joints))
    return parts


def _head(body: Body) -> list[Outline]:
    skull = body.points[INDEX["skull"]]
    near = float(skull[2])
    joints = _near_side(body, _HEAD, skull, 0.012)
    parts = [_ellipsoid(skull, body.head, (0.047, 0.069, 0.06), near, "hair", joints)]
    if body.head[2, 2] > -0.25:  # a face that is turned away lies behind the hair
        face = skull + body.head @ (0.0, 0.012, 0.016)
        parts.append(_ellipsoid(face, body.head, (0.039, 0.057, 0.044), near + 0.001, "skin", joints))
    for name, radius in _FACIAL.items():
        if name in joints:
            wears = "eye" if name.endswith("eye") else "nose"
            round_ = (radius, radius * (1.4 if wears == "nose" else 1.0), radius)
            parts.append(_ellipsoid(body.points[INDEX[name]], body.head, round_, near + 0.002, wears, joints))
    return parts


def _near_side(body: Body, names: Iterable[str], centre: Float64, depth: float) -> frozenset[str]:
    """The joints that do not lie more than `depth` behind the centre of their part."""
    return frozenset(name for name in names if body.points[INDEX[name], 2] > centre[2] - depth)


def _capsules(starts: Float64, ends: Float64, radii: Float64) -> Float64:
    """Outlines (n, 14, 2) of limbs from starts (n, 2) to ends (n, 2) with round ends of radii (n, 2)."""
    along = ends - starts
    angles = np.arctan2(along[:, 1], along[:, 0])[:, None] + np.concatenate([_ARC, _ARC + np.pi])
    centres = np.concatenate([np.repeat(ends[:, None], 7, axis=1), np.repeat(starts[:, None], 7, axis=1)], axis=1)
    reach = np.repeat(radii[:, ::-1], 7, axis=1)
    rims: Float64 = centres + reach[..., None] * np.stack([np.cos(angles), np.sin(angles)], axis=2)
    return rims


def _hull(centres: tuple[Float64, ...], radii: Float64, nearness: float, wears: str, shows: frozenset[str]) -> Outline:
    circles = np.stack(centres)[:, None, :2] + radii[:, None, None] * _CIRCLE.T
    rim = cv2.convexHull(circles.reshape(-1, 2).astype(np.float32))[:, 0].astype(np.float64)
    core = (1 - _CORE) * rim.mean(axis=0) + _CORE * rim + radii.mean() * _LIGHT
    return Outline(nearness, rim, core, wears, shows)


def _ellipsoid(
    centre: Float64,
    axes: Float64,
    radii: tuple[float, float, float],
    nearness: float,
    wears: str,
    shows: frozenset[str],
) -> Outline:
    """The outline of an ellipsoid: the image of the unit circle under a root of the projected quadric."""
    projected = axes[:2] * radii
    root = np.linalg.cholesky(projected @ projected.T + 1e-9 * np.eye(2))
    rim = (root @ _CIRCLE).T
    return Outline(nearness, centre[:2] + rim, centre[:2] + _CORE * rim + min(radii) * _LIGHT, wears, shows)
