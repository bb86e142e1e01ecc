"""An articulated body in three dimensions: joint angles in, joints out.

Axes, for a body that faces the viewer: x to the right of the picture (the person's left), y down, z towards the
viewer. Unit: the body's height; the origin is the pelvis. Angles are radians. Pairs are always (left, right).
Trunk, arms and legs have the fractions of body height of Drillis and Contini, as Winter's biomechanics textbook prints
them.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rsn_edge.skeleton import COCO17, MPII16

Float64 = NDArray[np.float64]

JOINTS = (*COCO17.joints, *(name for name in MPII16.joints if name not in COCO17.joints))

SIDES = np.array([1.0, -1.0])  # sign of x
_TRUNK, _NECK = 0.288, 0.062  # pelvis to shoulder line, shoulder line to the base of the skull
_UPPER_ARM, _FOREARM, _FINGERS = 0.186, 0.146, 0.07
_THIGH, _SHANK, _FOOT = 0.245, 0.246, 0.1
_SHOULDER, _HIP = 0.103, 0.064  # half breadths, between the centres of the joints
_FACE = {
    "nose": (0.0, 0.008, 0.062),
    "left_eye": (0.019, -0.008, 0.049),
    "right_eye": (-0.019, -0.008, 0.049),
    "left_ear": (0.043, 0.004, -0.004),
    "right_ear": (-0.043, 0.004, -0.004),
    "head_top": (0.0, -0.06, 0.0),
}

# Rows: raise (forwards), spread (sideways), bend of elbow or knee, and for arms where the elbow's bend points to:
# 0 forwards, 90 inwards and upwards. Columns: at rest, standard deviation when active, least, most. Degrees.
_ARM = np.deg2rad([(0, 70, -45, 170), (9, 55, 0, 150), (14, 55, 0, 145), (25, 45, 0, 90)])
_LEG = np.deg2rad([(0, 38, -25, 105), (4, 14, -4, 45), (5, 45, 0, 135)])
_TORSO = np.deg2rad([(2, 9, -15, 45), (0, 10, -30, 30), (0, 7, -20, 20)])  # lean, twist, tilt
_HEAD = np.deg2rad([(4, 10, -25, 35), (0, 25, -65, 65), (0, 7, -20, 20)])  # nod, turn, tilt


@dataclass(frozen=True, slots=True, eq=False)
class Stance:
    """The joint angles of a body.

    Args:
        facing: 0 looks at the viewer, pi / 2 to the right of the picture, pi away from the viewer.
        pitch: of the camera; positive looks down on the body.
        sway: the whole body turned in the picture plane.
        torso: (3,) lean forwards, twist, tilt sideways. head: the same for the head on the torso.
        arms: (2, 4) raise forwards, spread sideways, bend of the elbow, direction of that bend.
        legs: (2, 3) raise forwards, spread sideways, bend of the knee.
    """

    facing: float
    pitch: float
    sway: float
    torso: Float64
    head: Float64
    arms: Float64
    legs: Float64


@dataclass(frozen=True, slots=True, eq=False)
class Body:
    """Points (3,) as seen by the viewer, and the rotations (3, 3) of torso and head.

    Points are JOINTS, the skull's middle, and the tips of fingers and toes.
    """

    points: Mapping[str, Float64]
    torso: Float64
    head: Float64

    def at(self, *names: str) -> Float64:
        """The named points, (names, 3)."""
        return np.stack([self.points[name] for name in names])


def body_from_stance(stance: Stance) -> Body:
    """The points of a body; every segment keeps its length whatever the angles."""
    view = _rotation(stance.pitch, stance.facing, stance.sway)
    torso = view @ _rotation(*stance.torso)
    head = torso @ _rotation(*stance.head)
    thorax = torso @ (0.0, -_TRUNK, 0.0)
    neck = thorax + torso @ (0.0, -_NECK, 0.0)
    skull = neck + head @ (0.0, -0.052, 0.012)
    shoulders = thorax + SIDES[:, None] * torso[:, 0] * _SHOULDER
    hips = SIDES[:, None] * view[:, 0] * _HIP
    pairs = _arm_points(shoulders, torso, stance.arms) | _leg_points(hips, view, stance.legs)
    points = {"pelvis": np.zeros(3), "thorax": thorax, "upper_neck": neck, "skull": skull}
    points |= {name: skull + head @ offset for name, offset in _FACE.items()}
    for name, pair in pairs.items():
        points[f"left_{name}"], points[f"right_{name}"] = pair
    return Body(points, torso, head)


def random_stance(rng: np.random.Generator) -> Stance:
    """A plausible pose within the joints' limits: every limb between at rest and in full action, seen from anywhere.

    Half of the bodies turn their front to the viewer, the others any side.
    """
    facing = rng.normal(0.0, 0.6) if rng.random() < 0.5 else rng.uniform(-np.pi, np.pi)
    return Stance(
        facing=float(facing),
        pitch=float(rng.normal(0.08, 0.08)),
        sway=float(rng.normal(0.0, 0.06)),
        torso=_angles(rng, _TORSO, rng.uniform(0.3, 1.0)),
        head=_angles(rng, _HEAD, rng.uniform(0.3, 1.0)),
        arms=np.stack([_angles(rng, _ARM, rng.uniform(0.1, 1.0)) for _ in SIDES]),
        legs=np.stack([_angles(rng, _LEG, rng.uniform(0.05, 1.0) ** 2) for _ in SIDES]),
    )


def walking_stance(step: float, facing: float) -> Stance:
    """A walking body; `step` is the phase of the gait, 2 pi for two steps, `facing` as in Stance."""
    swing = np.sin(step) * SIDES  # the left leg is in front where it is positive
    lift = 0.5 + 0.5 * np.cos(step + np.array([0.0, np.pi]))  # a knee bends most while its leg swings forwards
    arms = np.stack([-0.45 * swing, np.full(2, 0.14), 0.35 - 0.2 * swing, np.full(2, 0.35)], axis=1)
    legs = np.stack([0.08 + 0.42 * swing, np.full(2, 0.03), 0.1 + 0.75 * lift**2], axis=1)
    torso = np.array([0.05, 0.12 * np.sin(step), 0.02 * np.cos(step)])
    return Stance(facing, 0.06, 0.0, torso, np.array([0.05, -0.1 * np.sin(step), 0.0]), arms, legs)


def _angles(rng: np.random.Generator, joint: Float64, activity: float) -> Float64:
    rest, spread, least, most = joint.T
    angles: Float64 = np.clip(rng.normal(rest, spread * activity), least, most)
    return angles


def _rotation(pitch: float, yaw: float, roll: float) -> Float64:
    """Yaw about the vertical first, then pitch about the horizontal, then roll in the picture plane, (3, 3)."""
    (cp, cy, cr), (sp, sy, sr) = np.cos((pitch, yaw, roll)), np.sin((pitch, yaw, roll))
    about_y = np.array([(cy, 0.0, sy), (0.0, 1.0, 0.0), (-sy, 0.0, cy)])
    about_x = np.array([(1.0, 0.0, 0.0), (0.0, cp, sp), (0.0, -sp, cp)])
    about_z = np.array([(cr, -sr, 0.0), (sr, cr, 0.0), (0.0, 0.0, 1.0)])
    turned: Float64 = about_z @ about_x @ about_y
    return turned


def _arm_points(shoulders: Float64, torso: Float64, arms: Float64) -> dict[str, Float64]:
    """The joints of both arms and the finger tips, each (2, 3)."""
    turn = arms[:, 3]
    inwards = np.stack([-0.7 * SIDES * np.sin(turn), -0.3 - 0.5 * np.sin(turn), np.cos(turn)], axis=1)
    upper, lower = _limb(arms, inwards)
    elbows = shoulders + _UPPER_ARM * upper @ torso.T
    wrists = elbows + _FOREARM * lower @ torso.T
    fingers = wrists + _FINGERS * lower @ torso.T
    return {"shoulder": shoulders, "elbow": elbows, "wrist": wrists, "fingers": fingers}


def _leg_points(hips: Float64, view: Float64, legs: Float64) -> dict[str, Float64]:
    """The joints of both legs and the tips of the toes, each (2, 3)."""
    backwards = np.tile((0.0, 0.5, -1.0), (2, 1))
    upper, lower = _limb(legs, backwards)
    knees = hips + _THIGH * upper @ view.T
    ankles = knees + _SHANK * lower @ view.T
    # A foot stands at a right angle to its shank, the toes a little outwards and down.
    ahead = _across(lower, np.stack([0.25 * SIDES, np.full(2, 0.2), np.ones(2)], axis=1))
    toes = ankles + _FOOT * (0.93 * ahead + 0.36 * lower) @ view.T
    return {"hip": hips, "knee": knees, "ankle": ankles, "toes": toes}


def _limb(angles: Float64, bend: Float64) -> tuple[Float64, Float64]:
    """Unit directions (2, 3) of the upper and the lower segment; the lower one bends towards `bend` (2, 3)."""
    rise, spread, flexion = angles[:, :3].T
    upper = np.stack([SIDES * np.sin(spread), np.cos(spread) * np.cos(rise), np.cos(spread) * np.sin(rise)], axis=1)
    lower = np.cos(flexion)[:, None] * upper + np.sin(flexion)[:, None] * _across(upper, bend)
    return upper, lower


def _across(along: Float64, towards: Float64) -> Float64:
    """Unit vectors (2, 3) at a right angle to `along`, in the plane of `along` and `towards`."""
    across = towards - np.sum(towards * along, axis=1, keepdims=True) * along
    unit: Float64 = across / np.maximum(np.linalg.norm(across, axis=1, keepdims=True), 1e-9)
    return unit
