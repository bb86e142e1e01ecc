"""Joints near their true places, by the size of the torso."""

import numpy as np
import pytest

from rsn_edge.keypoints.pck import near_joints, torso_sizes
from rsn_edge.skeleton import COCO17, Skeleton

PAIR = Skeleton("pair", ("front", "back"), (), (), (0.1, 0.1))
BOX = np.array([[0, 0, 40, 90]], np.float32)
SIZES = np.array([10.0])
TRUTH = np.array([[[0.0, 0, 2], [50, 50, 1]]])


def _torso(**labelled: tuple[float, float]) -> np.ndarray:
    truth = np.zeros((1, 17, 3))
    for name, xy in labelled.items():
        truth[0, COCO17.joints.index(name)] = *xy, 2
    return truth


@pytest.mark.parametrize(
    ("predicted", "share"),
    [([[0, 0], [50, 50]], 1), ([[2, 0], [50, 48]], 1), ([[2.1, 0], [50, 50]], 0.5), ([[np.nan] * 2, [50, 50]], 0.5)],
    ids=["exact", "just-near", "too-far", "missing"],
)
def test_a_joint_is_right_within_a_share_of_the_size(predicted: list[list[float]], share: float) -> None:
    assert near_joints(np.array([predicted]), TRUTH, SIZES, 0.2).mean() == share


def test_joints_without_a_label_do_not_count() -> None:
    truth = TRUTH * [[[1], [1]]]
    truth[0, 0, 2] = 0

    assert near_joints(np.array([[[99.0, 99], [50, 50]]]), truth, SIZES, 0.2).tolist() == [True]


def test_nobody_has_no_joints() -> None:
    assert near_joints(np.zeros((0, 2, 2)), np.zeros((0, 2, 3)), np.zeros(0), 0.2).shape == (0,)
    assert torso_sizes(np.zeros((0, 2, 3)), np.zeros((0, 4)), PAIR).shape == (0,)


@pytest.mark.parametrize(
    ("labelled", "size"),
    [({"left_shoulder": (0, 0), "right_hip": (30, 40), "right_shoulder": (6, 0), "left_hip": (0, 8)}, 50),
     ({"right_shoulder": (6, 0), "left_hip": (0, 8)}, 10), ({"left_shoulder": (0, 0), "left_hip": (0, 8)}, 90)],
    ids=["the-longer", "the-only", "the-box"],
)  # fmt: skip
def test_a_torso_is_its_diagonal(labelled: dict[str, tuple[float, float]], size: float) -> None:
    assert torso_sizes(_torso(**labelled), BOX, COCO17).tolist() == [size]


def test_a_skeleton_without_a_torso_goes_by_the_box() -> None:
    assert torso_sizes(np.ones((1, 2, 3)), BOX, PAIR).tolist() == [90]
