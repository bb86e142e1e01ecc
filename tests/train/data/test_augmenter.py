"""Augmented crops: the joints stay where the pixels are, and chance depends on the place in the stream alone."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from rsn_edge.skeleton import COCO17
from rsn_edge.spec import VARIANTS
from tests.train.small import TINY, drawn_crops
from train.data.batch import Augmenter, Batch
from train.data.crops import Crops

BOTH = pytest.mark.parametrize("modern", [True, False], ids=["modern", "official"])
NOSE, LEFT, RIGHT = 0, 5, 6  # joints


@pytest.fixture(name="dots")
def _dots() -> Crops:
    """40 black crops with dots on the nose and the shoulders of somebody who faces us."""
    joints = np.zeros((40, 17, 2))
    joints[:, [NOSE, LEFT, RIGHT]] = (48, 30), (60, 50), (36, 50)
    pixels = np.zeros((40, 96, 96, 3), np.uint8)
    for x, y in joints[0, [NOSE, LEFT, RIGHT]].astype(int):
        pixels[:, y - 1 : y + 2, x - 1 : x + 2] = 255
    visibility = np.where(np.isin(np.arange(17), (NOSE, LEFT, RIGHT)), 2.0, 0.0)
    boxes, pictures = np.tile((28.0, 18.0, 68.0, 78.0), (40, 1)), np.tile((0.0, 0.0, 95.0, 95.0), (40, 1))
    return Crops(
        pixels, boxes, pictures, joints, np.tile(visibility, (40, 1)), np.ones((40, 17), np.bool_), np.ones(40)
    )


def _batch(crops: Crops, modern: bool, rows: list[int], positions: list[int]) -> Batch:
    return Augmenter(crops, TINY, modern, seed=1).batch(np.array(rows), np.array(positions), (64, 64))


@pytest.mark.parametrize("joint", [NOSE, LEFT, RIGHT], ids=["nose", "left", "right"])
def test_joints_lie_on_their_pixels_mirrored_or_not(dots: Crops, joint: int) -> None:
    batch = _batch(dots, False, list(range(40)), list(range(40)))

    inside = np.flatnonzero(batch.joints_xyv[:, joint, 2])
    x, y = batch.joints_xyv[inside, joint, :2].round().astype(int).T
    assert len(inside) > 20
    assert (batch.pixels_nhwc[inside, y, x].max(axis=1) > 100).all()


def test_left_stays_the_persons_own_left_in_the_mirror(dots: Crops) -> None:
    batch = _batch(dots, False, list(range(40)), list(range(40)))

    # Turned by 45 degrees at most, somebody who faces us has the left shoulder at the right, whatever its colour.
    assert (batch.joints_xyv[:, LEFT, 0] > batch.joints_xyv[:, RIGHT, 0]).all()


def test_the_modern_recipe_keeps_most_joints_in_sight(dots: Crops) -> None:
    batch = _batch(dots, True, list(range(40)), list(range(40)))

    inside = np.flatnonzero(batch.joints_xyv[:, NOSE, 2])
    x, y = batch.joints_xyv[inside, NOSE, :2].round().astype(int).T
    assert len(inside) > 20
    assert np.mean(batch.pixels_nhwc[inside, y, x].max(axis=1) > 60) > 0.7  # something may lie over it


@BOTH
def test_a_batch_is_what_its_members_are_alone(tmp_path: Path, modern: bool) -> None:
    crops = drawn_crops(tmp_path)
    together = _batch(crops, modern, [0, 3, 1], [7, 1000, 12])

    alone = _batch(crops, modern, [3], [1000])

    assert np.array_equal(together.pixels_nhwc[1], alone.pixels_nhwc[0])
    assert np.array_equal(together.joints_xyv[1], alone.joints_xyv[0])
    assert together.areas[1] == alone.areas[0]


@BOTH
def test_another_place_in_the_stream_is_another_crop(dots: Crops, modern: bool) -> None:
    batch = _batch(dots, modern, [0, 0], [1, 2])

    assert not np.array_equal(batch.joints_xyv[0], batch.joints_xyv[1])


@BOTH
@pytest.mark.parametrize("input_hw", [(64, 64), (192, 144)])
def test_joints_outside_the_crop_do_not_count(tmp_path: Path, modern: bool, input_hw: tuple[int, int]) -> None:
    crops = drawn_crops(tmp_path)
    batch = Augmenter(crops, VARIANTS["rsn-nano"], modern, 0).batch(np.arange(8), np.arange(8), input_hw)

    xy, counted = batch.joints_xyv[..., :2], batch.joints_xyv[..., 2] > 0
    outside = ((xy < 0) | (xy > np.array(input_hw[::-1]) - 1)).any(axis=2)
    assert batch.pixels_nhwc.shape == (8, *input_hw, 3)
    assert counted.any()
    assert not (counted & outside).any()


def test_what_was_cut_away_with_the_picture_does_not_count(tmp_path: Path) -> None:
    crops = drawn_crops(tmp_path)
    upper = replace(crops, picture_xyxy=crops.picture_xyxy * (1, 1, 1, 0.5))

    batch = _batch(upper, False, list(range(8)), list(range(8)))

    below = crops.joints_xy[:8, :, 1] > upper.picture_xyxy[:8, None, 3]
    both_sides = below & below[:, COCO17.mirrored]  # the crop may be mirrored
    assert both_sides.any()
    assert not (batch.joints_xyv[..., 2].astype(bool) & both_sides).any()
