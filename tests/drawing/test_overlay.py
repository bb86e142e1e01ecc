"""Skeletons on pictures: where they are drawn, in which colours, and that nothing can break the drawing."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from rsn_edge.drawing.overlay import CENTRE, LEFT, PERSONS, RIGHT, Colour, draw_poses
from rsn_edge.people import Poses
from rsn_edge.skeleton import COCO17, MPII16, Skeleton

# A body that faces the viewer: its left is on the right of the picture.
CROSS = Skeleton("cross", ("left_hand", "right_hand", "head"), ((0, 1), (0, 2), (1, 2)), ((0, 1),), (0.1, 0.1, 0.1))
HANDS = ((80.0, 70.0), (20.0, 70.0), (50.0, 20.0))


def poses(keypoints: object, confidence: float | tuple[float, ...] = 1.0) -> Poses:
    xy = np.array(keypoints, np.float32).reshape(-1, 3, 2)
    n, scores = len(xy), np.full(xy.shape[:2], confidence, np.float32)
    return Poses(xy, scores, scores, np.full((n, 4), (10, 10, 90, 90), np.float32), np.ones(n, np.float32))


def black(height: int = 100, width: int = 100) -> NDArray[np.uint8]:
    return np.zeros((height, width, 3), np.uint8)


def near(colour: Colour) -> object:
    """Smooth lines of one pixel never quite reach their colour."""
    return pytest.approx(colour, abs=25)


@pytest.mark.parametrize("antialias", [True, False], ids=["smooth", "fast"])
def test_limbs_have_the_colour_of_their_side(antialias: bool) -> None:
    drawn = draw_poses(black(), poses(HANDS), CROSS, 0.5, antialias=antialias)

    assert tuple(drawn[70, 50]) == near(CENTRE)
    assert tuple(drawn[45, 65]) == near(LEFT)
    assert tuple(drawn[45, 35]) == near(RIGHT)


def test_joints_are_dots_in_the_colour_of_the_person() -> None:
    other = [(x + 5, y + 5) for x, y in HANDS]

    drawn = draw_poses(black(), poses([HANDS, other]), CROSS, 0.5)

    assert tuple(drawn[75, 85]) == PERSONS[1]
    assert tuple(draw_poses(black(), poses(HANDS), CROSS, 0.5)[20, 50]) == PERSONS[0]


def test_an_identity_keeps_its_colour() -> None:
    drawn = draw_poses(black(), poses(HANDS), CROSS, 0.5, np.array([len(PERSONS) + 3]))

    assert tuple(drawn[70, 80]) == PERSONS[3]


def test_dots_lie_between_pixels_where_the_joint_does() -> None:
    drawn = draw_poses(black(), poses([(80.5, 70.0), (np.nan,) * 2, (np.nan,) * 2]), CROSS, 0.5).astype(int)

    columns = drawn[70].sum(axis=1) @ np.arange(100) / drawn[70].sum()
    assert columns == pytest.approx(80.5, abs=0.2)


def test_nothing_is_drawn_far_from_joints_and_limbs() -> None:
    drawn = draw_poses(black(), poses(HANDS), CROSS, 0.5)

    rows, columns, _ = np.nonzero(drawn)
    assert (rows.min(), rows.max(), columns.min(), columns.max()) == pytest.approx((20, 70, 20, 80), abs=3)


def test_a_limb_needs_both_joints() -> None:
    drawn = draw_poses(black(), poses(HANDS, (1.0, 0.4, 1.0)), CROSS, 0.5)

    assert drawn[45, 65].any()
    assert not drawn[:, :45].any()


def test_the_input_is_left_as_it_was() -> None:
    image = black()

    draw_poses(image, poses(HANDS), CROSS, 0.5, np.array([1]))

    assert not image.any()


def test_zero_persons_give_the_picture_again() -> None:
    image = np.random.default_rng(0).integers(0, 255, (30, 40, 3), np.uint8)

    assert np.array_equal(draw_poses(image, Poses.empty(17), COCO17, 0.2), image)


@pytest.mark.parametrize("antialias", [True, False], ids=["smooth", "fast"])
@pytest.mark.parametrize("size_hw", [(1, 1), (3, 200), (100, 100)], ids=str)
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 1e6, -1e6, 3e38], ids=str)
def test_no_coordinate_breaks_the_drawing(value: float, size_hw: tuple[int, int], antialias: bool) -> None:
    wild = replace(poses([(value, 50.0), (50.0, value), (value, value)]), boxes_xyxy=np.full((1, 4), value, np.float32))

    drawn = draw_poses(black(*size_hw), wild, CROSS, 0.5, np.array([7]), antialias)

    assert drawn.shape == (*size_hw, 3)


def test_a_missing_joint_is_not_drawn() -> None:
    nobody = poses([(np.nan, np.nan)] * 3)

    assert not draw_poses(black(), nobody, CROSS, 0.0).any()


def test_a_joint_outside_the_picture_still_gives_its_limb_a_direction() -> None:
    drawn = draw_poses(black(), poses([(50.0, 50.0), (450.0, 450.0), (np.nan, np.nan)]), CROSS, 0.5)

    assert tuple(drawn[90, 90]) == near(CENTRE)


def test_followed_persons_have_a_label_and_others_none() -> None:
    pair = poses([[(np.nan, np.nan)] * 3] * 2)
    moved = replace(pair, boxes_xyxy=np.array([(20, 40, 60, 80), (20, 140, 60, 180)], np.float32))

    drawn = draw_poses(black(200, 200), moved, CROSS, 0.5, np.array([4, -1]))

    assert (drawn[:100] == PERSONS[4]).all(axis=2).any()
    assert not drawn[100:].any()


def test_lines_are_thicker_on_larger_persons() -> None:
    def painted(size: float) -> int:
        pose = poses([(200.0, 100.0), (20.0, 100.0), (np.nan, np.nan)])
        pose = replace(pose, boxes_xyxy=np.array([(0, 0, size, size)], np.float32))
        return int(np.count_nonzero(draw_poses(black(600, 600), pose, CROSS, 0.5)[:, 110].any(axis=1)))

    assert painted(60) < painted(600)


@pytest.mark.parametrize("skeleton", [COCO17, MPII16], ids=lambda skeleton: skeleton.name)
def test_sides_follow_the_names_of_joints(skeleton: Skeleton) -> None:
    k = len(skeleton.joints)
    xy = np.full((1, k, 2), np.nan, np.float32)
    xy[0, skeleton.joints.index("left_knee")] = (10, 50)
    xy[0, skeleton.joints.index("left_ankle")] = (90, 50)
    ones = np.ones((1, k), np.float32)

    drawn = draw_poses(black(), Poses(xy, ones, ones, np.zeros((1, 4), np.float32), ones[:, 0]), skeleton, 0.5)

    assert tuple(drawn[50, 50]) == near(LEFT)


def test_sides_without_names_follow_the_order_of_the_pairs() -> None:
    unnamed = replace(CROSS, joints=("a", "b", "c"))

    assert tuple(draw_poses(black(), poses(HANDS), unnamed, 0.5)[45, 65]) == near(LEFT)


def test_poses_of_another_skeleton_are_refused() -> None:
    with pytest.raises(ValueError, match="3 joints do not fit the 17 of coco17"):
        draw_poses(black(), poses(HANDS), COCO17, 0.5)
