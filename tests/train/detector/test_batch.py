"""Canvases as a batch."""

import numpy as np
import pytest

from train.detector.canvas import Canvas, batch_of, touched_cells


def _canvas(persons: int, incomplete: int = 0) -> Canvas:
    boxes, tile = np.tile((8.0, 8, 24, 40), (persons, 1)), np.tile((0.0, 0, 32, 64), (incomplete, 1))
    return Canvas(np.zeros((64, 64, 3), np.uint8), boxes, np.full(persons, 0.3), np.zeros((0, 4)), tile)


def test_persons_know_their_canvas() -> None:
    batch = batch_of([_canvas(2), _canvas(0), _canvas(1)])

    assert batch.owners.tolist() == [0, 0, 2]
    assert batch.boxes_xyxy.shape == (3, 4)
    assert batch.input_hw == (64, 64)


def test_incomplete_tiles_are_marked_on_their_canvas_only() -> None:
    batch = batch_of([_canvas(0), _canvas(0, incomplete=1)])

    assert batch.incomplete.sum(axis=(1, 2)).tolist() == [0, 32]
    assert not batch.ignored.any()


@pytest.mark.parametrize(
    ("region", "cells"),
    [((0, 0, 8, 8), [(0, 0)]), ((7.5, 0, 8.5, 8), [(0, 0), (0, 1)]), ((18, 25, 19, 26), [(3, 2)]), ((0, 0, 0, 0), [])],
    ids=["one", "two", "small", "empty"],
)
def test_a_cell_is_touched_by_any_part(region: tuple[float, ...], cells: list[tuple[int, int]]) -> None:
    touched = touched_cells(np.array([region], float), (32, 32))

    assert [tuple(cell) for cell in np.argwhere(touched).tolist()] == cells
