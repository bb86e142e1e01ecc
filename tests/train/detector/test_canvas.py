"""Canvases: boxes lie on the pixels that they were drawn around, and chance depends on seed and place alone."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from rsn_edge.errors import InputError
from tests.train.detector.small import maker, painted
from train.detector.canvas import Canvas

BOX = (120, 60, 240, 270)


def _red(canvas: Canvas) -> NDArray[np.bool_]:
    """Where a person is painted, in any light but a grey one."""
    blue, green, red = (canvas.pixels[..., channel].astype(int) for channel in range(3))
    return np.asarray(red > np.maximum(blue, green) + 40)


def _inside(canvas: Canvas, boxes: NDArray[np.float64], margin: int) -> NDArray[np.bool_]:
    """Pixels in one of the boxes, each so much larger to all sides."""
    inside = np.zeros(canvas.pixels.shape[:2], np.bool_)
    for left, top, right, bottom in boxes.round().astype(int).tolist():
        first, last = np.maximum((top - margin, left - margin), 0), np.maximum((bottom + margin, right + margin), 0)
        inside[first[0] : last[0], first[1] : last[1]] = True
    return inside


@pytest.mark.parametrize("size_hw", [(192, 192), (64, 128), (320, 320)], ids=str)
def test_a_box_lies_on_the_person(tmp_path: Path, size_hw: tuple[int, int]) -> None:
    canvases = maker(tmp_path, painted(tmp_path, BOX, "a.png"), painted(tmp_path, None, "b.png"))
    compared = 0
    for position in range(60):
        canvas = canvases.canvas(position, size_hw)
        red, boxes = _red(canvas), np.concatenate([canvas.boxes_xyxy, canvas.ignored_xyxy])

        assert not (red & ~_inside(canvas, boxes, 2)).any()
        kernels = [_inside(canvas, box[None], -4) for box in boxes]
        coloured = [kernel for kernel in kernels if red[kernel].any()]  # the others are grey
        assert all(red[kernel].all() for kernel in coloured)
        compared += len(coloured)
    assert compared > 40


def test_the_same_place_is_the_same_canvas(tmp_path: Path) -> None:
    people = painted(tmp_path, BOX, "a.png")
    canvas, again, elsewhere, otherwise = (
        maker(tmp_path, people, seed=seed).canvas(position, (96, 96))
        for position, seed in ((7, 0), (7, 0), (8, 0), (7, 1))
    )

    np.testing.assert_array_equal(canvas.pixels, again.pixels)
    np.testing.assert_array_equal(canvas.boxes_xyxy, again.boxes_xyxy)
    assert not np.array_equal(canvas.pixels, elsewhere.pixels)
    assert not np.array_equal(canvas.pixels, otherwise.pixels)


def test_a_crowd_is_to_be_ignored(tmp_path: Path) -> None:
    canvas = maker(tmp_path, painted(tmp_path, (0, 0, 400, 300), "a.png", ignored=True)).canvas(0, (96, 96))

    assert len(canvas.boxes_xyxy) == 0
    assert len(canvas.ignored_xyxy) >= 1


def test_somebody_too_small_is_to_be_ignored(tmp_path: Path) -> None:
    people = maker(tmp_path, painted(tmp_path, (200, 150, 203, 156), "a.png"))
    told = [people.canvas(position, (96, 96)) for position in range(20)]

    assert sum(len(canvas.boxes_xyxy) for canvas in told) == 0
    assert sum(len(canvas.ignored_xyxy) for canvas in told) > 5


@pytest.mark.parametrize("complete", [True, False])
def test_tiles_with_unknown_persons_are_marked(tmp_path: Path, complete: bool) -> None:
    canvas = maker(tmp_path, painted(tmp_path, BOX, "a.png", complete=complete)).canvas(3, (96, 96))

    assert (len(canvas.incomplete_xyxy) == 0) == complete


def test_a_fifth_is_without_persons(tmp_path: Path) -> None:
    canvases = maker(tmp_path, painted(tmp_path, (0, 0, 400, 300), "a.png"), painted(tmp_path, None, "b.png"))

    empty = [len(canvases.canvas(position, (64, 64)).boxes_xyxy) == 0 for position in range(300)]

    assert 0.15 < np.mean(empty) < 0.27


def test_a_picture_is_drawn_as_often_as_it_weighs(tmp_path: Path) -> None:
    often, seldom = (
        painted(tmp_path, (0, 0, 400, 300), "a.png"),
        painted(tmp_path, (0, 0, 400, 300), "b.png", complete=False),
    )
    often.weights[:] = 4
    canvases = maker(tmp_path, often, seldom)
    tiles = [canvases.canvas(position, (64, 64)) for position in range(300)]

    share = sum(len(canvas.incomplete_xyxy) for canvas in tiles) / sum(len(canvas.boxes_xyxy) for canvas in tiles)

    assert share == pytest.approx(0.2, abs=0.04)


def test_somebody_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no picture with a person"):
        maker(tmp_path, painted(tmp_path, None, "b.png"))
