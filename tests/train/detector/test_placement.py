"""Where pictures come to lie on a canvas."""

import numpy as np
import pytest

from train.detector.canvas import Placement, grid, place

RNG = np.random.default_rng


def test_a_box_is_scaled_and_moved() -> None:
    boxes, seen = Placement((10, 20, 30, 60), (100, 0, 140, 40), False).on_canvas(np.array([[12.0, 30, 20, 50]]))

    assert boxes.tolist() == [[104, 10, 120, 30]]
    assert seen.tolist() == [1]


def test_a_box_is_mirrored_within_its_tile() -> None:
    boxes, _ = Placement((0, 0, 10, 10), (20, 0, 40, 20), True).on_canvas(np.array([[1.0, 2, 4, 8]]))

    assert boxes.tolist() == [[32, 4, 38, 16]]


def test_a_box_ends_with_its_tile() -> None:
    boxes, seen = Placement((0, 0, 10, 10), (0, 0, 10, 10), False).on_canvas(
        np.array([[-5.0, 0, 5, 10], [20, 0, 30, 5]])
    )

    assert boxes[0].tolist() == [0, 0, 5, 10]
    assert seen.tolist() == [0.5, 0]


def test_no_boxes_are_no_boxes() -> None:
    assert Placement((0, 0, 1, 1), (0, 0, 1, 1), True).on_canvas(np.zeros((0, 4)))[0].shape == (0, 4)


@pytest.mark.parametrize("scale", [0.02, 0.4, 1.0, 7.3])
@pytest.mark.parametrize("size_hw", [(1, 1), (300, 40), (97, 400)])
def test_a_picture_lies_in_its_tile(size_hw: tuple[int, int], scale: float) -> None:
    for seed in range(30):
        placed = place(size_hw, (10, 20, 90, 60), (scale, scale), RNG(seed))
        (x1, y1, x2, y2), (left, top, right, bottom) = placed.source, placed.target

        assert 0 <= x1 < x2 <= size_hw[1]
        assert 0 <= y1 < y2 <= size_hw[0]
        assert 10 <= left < right <= 90
        assert 20 <= top < bottom <= 60


def test_a_picture_keeps_its_scale() -> None:
    placed = place((200, 300), (0, 0, 320, 320), (0.8, 0.6), RNG(0))

    assert placed.source == (0, 0, 300, 200)
    assert (placed.target[2] - placed.target[0], placed.target[3] - placed.target[1]) == (240, 120)


@pytest.mark.parametrize(("rows", "columns"), [(1, 2), (2, 2), (3, 3)])
def test_tiles_fill_the_canvas(rows: int, columns: int) -> None:
    covered = np.zeros((96, 192), int)
    for left, top, right, bottom in grid((96, 192), rows, columns, RNG(5)):
        covered[top:bottom, left:right] += 1

    assert (covered == 1).all()
