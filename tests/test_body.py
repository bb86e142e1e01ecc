"""The articulated body: segments keep their lengths, left is left, limbs stay within their limits."""

import numpy as np
import pytest
from numpy.typing import NDArray

from rsn_edge.body import JOINTS, Stance, body_from_stance, random_stance, walking_stance

STANDING = Stance(0.0, 0.0, 0.0, np.zeros(3), np.zeros(3), np.zeros((2, 4)), np.zeros((2, 3)))
TIPS = ("left_fingers", "right_fingers", "left_toes", "right_toes")
SEGMENTS = {
    "upper arm": ("left_shoulder", "left_elbow", 0.186),
    "forearm": ("right_elbow", "right_wrist", 0.146),
    "thigh": ("left_hip", "left_knee", 0.245),
    "shank": ("right_knee", "right_ankle", 0.246),
    "trunk": ("pelvis", "thorax", 0.288),
}


def points(stance: Stance, *names: str) -> NDArray[np.float64]:
    return body_from_stance(stance).at(*names)


@pytest.mark.parametrize(("start", "end", "length"), SEGMENTS.values(), ids=SEGMENTS)
def test_a_segment_keeps_its_length_in_every_pose(start: str, end: str, length: float) -> None:
    rng = np.random.default_rng(0)
    stances = [random_stance(rng) for _ in range(50)] + [walking_stance(t, t / 3) for t in range(20)]

    lengths = [np.linalg.norm(np.diff(points(stance, start, end), axis=0)) for stance in stances]

    assert lengths == pytest.approx([length] * len(stances), abs=1e-9)


def test_the_left_of_a_body_that_faces_the_viewer_is_on_the_right_of_the_picture() -> None:
    left, right, nose, skull = points(STANDING, "left_wrist", "right_wrist", "nose", "skull")

    assert left[0] > 0 > right[0]
    assert nose[2] > skull[2]


def test_a_body_that_looks_to_the_right_shows_its_right_side() -> None:
    stance = Stance(np.pi / 2, 0.0, 0.0, np.zeros(3), np.zeros(3), np.zeros((2, 4)), np.zeros((2, 3)))

    left, right, nose, skull = points(stance, "left_shoulder", "right_shoulder", "nose", "skull")

    assert nose[0] > skull[0]
    assert right[2] > left[2]


def test_knees_bend_backwards_and_elbows_forwards() -> None:
    bent = Stance(
        0.0, 0.0, 0.0, np.zeros(3), np.zeros(3), np.full((2, 4), (0, 0, 1, 0.0)), np.full((2, 3), (0, 0, 1.0))
    )

    elbow, wrist, knee, ankle = points(bent, "left_elbow", "left_wrist", "left_knee", "left_ankle")

    assert wrist[2] > elbow[2]
    assert ankle[2] < knee[2]


def test_turned_elbows_bend_inwards() -> None:
    arms = np.full((2, 4), (0, 0, 1, np.pi / 2))
    stance = Stance(0.0, 0.0, 0.0, np.zeros(3), np.zeros(3), arms, np.zeros((2, 3)))

    wrists, elbows = points(stance, "left_wrist", "right_wrist"), points(stance, "left_elbow", "right_elbow")

    assert np.sign(wrists - elbows)[:, 0].tolist() == [-1, 1]


def test_raised_arms_point_forwards_and_spread_arms_sideways() -> None:
    arms = np.array([(np.pi / 2, 0, 0, 0), (0, np.pi / 2, 0, 0)])
    stance = Stance(0.0, 0.0, 0.0, np.zeros(3), np.zeros(3), arms, np.zeros((2, 3)))

    left, right = points(stance, "left_wrist", "right_wrist") - points(stance, "left_shoulder", "right_shoulder")

    assert left == pytest.approx((0, 0, 0.332))
    assert right == pytest.approx((-0.332, 0, 0))


def test_random_joints_stay_within_their_limits() -> None:
    rng = np.random.default_rng(1)
    stances = [random_stance(rng) for _ in range(200)]

    elbows, knees = (np.rad2deg([getattr(s, limb)[:, 2] for s in stances]) for limb in ("arms", "legs"))

    assert elbows.min() >= 0
    assert elbows.max() <= 145
    assert knees.min() >= 0
    assert knees.max() <= 135


def test_walking_moves_smoothly() -> None:
    steps = np.linspace(0, 2 * np.pi, 101)

    path = np.stack([points(walking_stance(step, 0.5), *TIPS, *JOINTS) for step in steps])

    assert np.abs(np.diff(path, axis=0)).max() < 0.03
    assert path[0] == pytest.approx(path[-1], abs=1e-9)


def test_a_body_has_every_joint_and_its_tips() -> None:
    assert set(body_from_stance(STANDING).points) == {"skull", *TIPS, *JOINTS}
