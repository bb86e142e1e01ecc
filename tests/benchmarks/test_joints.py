"""Joint measures on persons whose errors are made by hand."""

import numpy as np
import pytest

from benchmarks.joints import (
    Pairs,
    joint_angle_errors,
    joint_similarity,
    limb_length_error,
    swap_rate,
)
from rsn_edge.figures import draw_scene
from rsn_edge.keypoints.oks import coco_oks
from rsn_edge.skeleton import COCO17, MPII16, Skeleton

LEFT = [left for left, _ in COCO17.flip_pairs]
RIGHT = [right for _, right in COCO17.flip_pairs]


def upright(count: int = 2) -> Pairs:
    """People with arms and legs stretched sideways and down, 100 pixels a limb, read without an error."""
    places = dict.fromkeys(COCO17.joints, (0.0, -60.0))
    for side, sign in (("left", 1.0), ("right", -1.0)):
        for name, at in (
            ("shoulder", (50, 0)), ("elbow", (150, 0)), ("wrist", (250, 0)),
            ("hip", (30, 200)), ("knee", (30, 300)), ("ankle", (30, 400)), ("eye", (10, -70)), ("ear", (20, -60)),
        ):  # fmt: skip
            places[f"{side}_{name}"] = (sign * at[0], at[1])
    xy = np.tile(np.array([places[joint] for joint in COCO17.joints], np.float64), (count, 1, 1))
    return Pairs(xy.copy(), np.concatenate([xy, np.full((count, 17, 1), 2.0)], axis=2), np.full(count, 250.0**2))


def moved(pairs: Pairs, joint: str, by: tuple[float, float]) -> Pairs:
    predicted = pairs.predicted_xy.copy()
    predicted[:, COCO17.joints.index(joint)] += by
    return Pairs(predicted, pairs.truth_xyv, pairs.areas)


def without_labels(pairs: Pairs, *joints: str) -> Pairs:
    truth = pairs.truth_xyv.copy()
    truth[:, [COCO17.joints.index(joint) for joint in joints], 2] = 0
    return Pairs(pairs.predicted_xy, truth, pairs.areas)


def test_without_an_error_everything_is_perfect() -> None:
    pairs = upright()

    assert joint_similarity(pairs, COCO17).min() == 1
    assert (swap_rate(pairs, COCO17), limb_length_error(pairs, COCO17)) == (0, 0)
    assert set(joint_angle_errors(pairs, COCO17).values()) == {0}


def test_the_mean_over_joints_is_cocos_oks() -> None:
    rng, scene = np.random.default_rng(5), draw_scene(np.random.default_rng(5), 3, (240, 320))
    truth = np.concatenate([np.nan_to_num(scene.keypoints_xy), scene.visibility[..., None]], axis=2).astype(np.float64)
    areas, boxes = np.array([900.0, 4000.0, 12000.0]), np.zeros((3, 4))
    predicted = truth[..., :2] + rng.normal(0, 4, (3, 17, 2))

    oks = np.nanmean(joint_similarity(Pairs(predicted, truth, areas), COCO17), axis=1)

    np.testing.assert_allclose(oks, np.diag(coco_oks(predicted, truth, boxes, areas, COCO17.sigmas)), atol=1e-12)


def test_a_labelled_joint_that_was_not_read_has_similarity_0_and_one_without_label_none() -> None:
    pairs = without_labels(moved(upright(1), "nose", (np.nan, np.nan)), "left_eye")

    similarity = joint_similarity(pairs, COCO17)[0]

    assert similarity[0] == 0
    assert np.flatnonzero(np.isnan(similarity)).tolist() == [1]


def test_exchanged_sides_are_swapped() -> None:
    pairs = upright(1)
    predicted = pairs.predicted_xy.copy()
    predicted[:, LEFT + RIGHT] = predicted[:, RIGHT + LEFT]

    assert swap_rate(Pairs(predicted, pairs.truth_xyv, pairs.areas), COCO17) == 1


def test_sides_that_lie_close_together_cannot_be_swapped() -> None:
    pairs = upright(1)
    truth = pairs.truth_xyv * [0.001, 1, 1]

    assert np.isnan(swap_rate(Pairs(truth[..., :2], truth, pairs.areas), COCO17))


def test_a_bent_elbow_is_off_by_its_angle() -> None:
    errors = joint_angle_errors(moved(upright(), "left_wrist", (-100, 100)), COCO17)

    assert errors == pytest.approx({"elbow": 45, "knee": 0, "shoulder": 0, "hip": 0})


def test_a_forearm_read_too_long_is_off_by_its_share() -> None:
    error = limb_length_error(moved(upright(), "left_wrist", (40, 0)), COCO17)

    assert error == pytest.approx(40 / 8)  # one of eight limbs


def test_a_limb_that_points_at_the_camera_does_not_count() -> None:
    pairs = upright(1)
    truth = pairs.truth_xyv.copy()
    wrist, elbow = COCO17.joints.index("left_wrist"), COCO17.joints.index("left_elbow")
    truth[:, wrist, :2] = truth[:, elbow, :2] + 1

    assert limb_length_error(Pairs(pairs.predicted_xy, truth, pairs.areas), COCO17) == 0


def test_a_joint_that_is_not_labelled_is_in_no_limb_and_no_angle() -> None:
    pairs = moved(without_labels(upright(), "left_wrist"), "left_wrist", (77, 99))

    assert limb_length_error(pairs, COCO17) == 0
    assert joint_angle_errors(pairs, COCO17)["elbow"] == 0


@pytest.mark.parametrize("skeleton", [COCO17, MPII16], ids=lambda skeleton: skeleton.name)
def test_nobody_has_no_figures(skeleton: Skeleton) -> None:
    k = len(skeleton.joints)
    nobody = Pairs(np.zeros((0, k, 2)), np.zeros((0, k, 3)), np.zeros(0))

    figures = [swap_rate(nobody, skeleton), limb_length_error(nobody, skeleton)]

    assert np.isnan([*figures, *joint_angle_errors(nobody, skeleton).values()]).all()


def test_a_skeleton_without_arms_and_legs_has_no_limbs() -> None:
    wheel = Skeleton("wheel", ("hub", "valve"), ((0, 1),), (), (0.1, 0.1))
    pairs = Pairs(np.zeros((1, 2, 2)), np.ones((1, 2, 3)), np.ones(1))

    assert np.isnan([limb_length_error(pairs, wheel), swap_rate(pairs, wheel)]).all()
