"""Drawn people: the same for the same seed, and the truth is where they are drawn."""

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from rsn_edge.errors import InputError
from rsn_edge.figures import Scene, draw_scene, figure_clip
from rsn_edge.skeleton import COCO17, MPII16, Skeleton

SIZE_HW = (240, 320)
SEEDS = range(6)


def scene(seed: int, persons: int = 3, skeleton: Skeleton = COCO17) -> Scene:
    return draw_scene(np.random.default_rng(seed), persons, SIZE_HW, skeleton)


def clip(persons: int, frames: int, seed: int = 0) -> list[Scene]:
    return list(figure_clip(persons, frames, SIZE_HW, seed))


def test_the_same_seed_gives_the_same_scene() -> None:
    first, second = scene(5), scene(5)

    assert np.array_equal(first.image_bgr, second.image_bgr)
    assert np.array_equal(first.keypoints_xy, second.keypoints_xy, equal_nan=True)


def test_another_seed_gives_another_scene() -> None:
    assert not np.array_equal(scene(5).image_bgr, scene(6).image_bgr)


def test_a_person_of_a_clip_is_the_same_whoever_else_is_in_it() -> None:
    alone, together = clip(1, 3)[2], clip(2, 3)[2]

    assert np.array_equal(alone.keypoints_xy[0], together.keypoints_xy[0], equal_nan=True)


@pytest.mark.parametrize("drawn", [scene(0, persons=0), clip(0, 1)[0]], ids=["scene", "clip"])
def test_zero_persons_give_a_picture_and_empty_arrays(drawn: Scene) -> None:
    assert drawn.image_bgr.shape == (*SIZE_HW, 3)
    assert drawn.keypoints_xy.shape == (0, 17, 2)
    assert drawn.visibility.shape == (0, 17)
    assert drawn.boxes_xyxy.shape == (0, 4)


@pytest.mark.parametrize("size_hw", [(1, 1), (4, 90), (90, 4)], ids=str)
def test_any_size_of_picture_can_be_drawn(size_hw: tuple[int, int]) -> None:
    assert draw_scene(np.random.default_rng(0), 2, size_hw).image_bgr.shape == (*size_hw, 3)


@pytest.mark.parametrize("seed", SEEDS)
def test_joints_are_in_the_picture_or_missing(seed: int) -> None:
    drawn = scene(seed)

    present = drawn.visibility > 0
    assert np.array_equal(np.isfinite(drawn.keypoints_xy).all(axis=2), present)
    assert (drawn.keypoints_xy[present] >= 0).all()
    assert (drawn.keypoints_xy[present] <= (SIZE_HW[1] - 1, SIZE_HW[0] - 1)).all()


@pytest.mark.parametrize("seed", SEEDS)
def test_boxes_hold_the_joints_of_their_person(seed: int) -> None:
    drawn = scene(seed)

    low, high = np.nanmin(drawn.keypoints_xy, axis=1), np.nanmax(drawn.keypoints_xy, axis=1)

    assert (drawn.boxes_xyxy[:, :2] <= low).all()
    assert (drawn.boxes_xyxy[:, 2:] >= high).all()


@pytest.mark.parametrize("seed", SEEDS)
def test_visible_joints_are_painted_and_boxes_end_where_the_paint_ends(seed: int) -> None:
    empty, drawn = clip(0, 1, seed)[0], clip(1, 1, seed)[0]
    painted = np.abs(drawn.image_bgr.astype(int) - empty.image_bgr).max(axis=2) > 3

    x, y = np.rint(drawn.keypoints_xy[drawn.visibility == 2]).astype(int).T
    rows, columns = np.nonzero(painted)

    assert painted[y, x].mean() > 0.9  # paint may happen to have the colour of the wall behind it
    bounds = (columns.min(), rows.min(), columns.max(), rows.max())
    assert drawn.boxes_xyxy[0] == pytest.approx(bounds, abs=3)


def test_visible_eyes_are_dark_spots_in_a_face() -> None:
    drawn = [draw_scene(np.random.default_rng(seed), 1, (960, 960)) for seed in range(8)]
    eyes = [
        (s, xy) for s in drawn for xy, v in zip(s.keypoints_xy[0, 1:3], s.visibility[0, 1:3], strict=True) if v == 2
    ]

    values = [s.image_bgr[round(float(y)), round(float(x))].max() for s, (x, y) in eyes]

    assert len(values) > 6
    assert max(values) < 60


def test_the_face_of_who_turns_away_is_hidden() -> None:
    scenes = [s for seed in range(2) for s in clip(1, 130, seed)[::10]]
    shoulders = np.stack([s.keypoints_xy[0, 5:7, 0] for s in scenes])
    away = shoulders[:, 1] - shoulders[:, 0] > 25  # the right shoulder far to the right: seen from behind

    faces = np.stack([s.visibility[0, :3] for s in scenes])

    assert away.sum() > 3
    assert (faces[away] != 2).all()


def test_the_left_leg_is_lighter_than_the_right() -> None:
    scenes = [s for s in (scene(seed, persons=1) for seed in range(60)) if (s.visibility[0, 13:15] == 2).all()]

    knees = np.rint([s.keypoints_xy[0, 13:15] for s in scenes]).astype(int)
    left, right = (
        np.array([s.image_bgr[y, x].sum() for s, (x, y) in zip(scenes, knees[:, side], strict=True)]) for side in (0, 1)
    )

    assert len(scenes) > 20
    assert (left > right).mean() > 0.9


def test_somebody_nearer_hides_who_is_behind() -> None:
    alone, together = clip(1, 100), clip(3, 100)

    seen, left = (np.array([(s.visibility[0] == 2).sum() for s in scenes]) for scenes in (alone, together))

    assert (seen >= left).all()
    assert (seen - left).max() > 4


def test_people_of_a_clip_move_smoothly() -> None:
    frames = clip(2, 60)

    steps = [np.abs(b.keypoints_xy - a.keypoints_xy) for a, b in pairwise(frames)]

    assert np.nanmax(steps) < 0.05 * SIZE_HW[0]
    assert np.nanmax(steps) > 1


def test_people_of_a_clip_cross_each_other() -> None:
    order = [np.sign(np.diff((s.boxes_xyxy[:, 0] + s.boxes_xyxy[:, 2]) / 2))[0] for s in clip(2, 130)]

    assert {-1.0, 1.0} <= set(order)


def test_another_skeleton_has_the_same_joints_in_its_own_order() -> None:
    coco, mpii = scene(3), scene(3, skeleton=MPII16)

    shared = [name for name in COCO17.joints if name in MPII16.joints]
    in_coco, in_mpii = ([skeleton.joints.index(name) for name in shared] for skeleton in (COCO17, MPII16))

    assert len(shared) == 12
    assert np.array_equal(coco.keypoints_xy[:, in_coco], mpii.keypoints_xy[:, in_mpii], equal_nan=True)
    assert np.array_equal(coco.visibility[:, in_coco], mpii.visibility[:, in_mpii])


@pytest.mark.parametrize(
    "draw",
    [lambda odd: draw_scene(np.random.default_rng(0), 1, SIZE_HW, odd), lambda odd: figure_clip(1, 1, SIZE_HW, 0, odd)],
    ids=["scene", "clip"],
)
def test_a_joint_that_figures_do_not_have_is_named(draw: Callable[[Skeleton], object]) -> None:
    odd = replace(COCO17, name="tails", joints=("tail", *COCO17.joints[1:]))

    with pytest.raises(InputError, match=r"no joint 'tail', which the skeleton 'tails' asks for\. They have nose"):
        draw(odd)
