"""Sheets of persons as networks read them."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from rsn_edge.drawing.overlay import LEFT, RIGHT
from tests.train.small import TINY
from train.validate import Judged, comparison_sheet, worst_sheet

FIRST_CELL = (slice(35, 320), slice(10, 220))  # of the sheet, below the legend


@pytest.fixture(name="pictures")
def _pictures(tmp_path: Path) -> list[Path]:
    """One all red, one all green."""
    paths = [tmp_path / "red.png", tmp_path / "green.png"]
    for path, channel in zip(paths, (2, 1), strict=True):
        picture = np.zeros((100, 80, 3), np.uint8)
        picture[..., channel] = 200
        cv2.imwrite(str(path), picture)
    return paths


def _judged(picture: Path, *oks: float, offset: float = 10.0) -> Judged:
    m = len(oks)
    truth = np.zeros((m, 17, 3))
    truth[..., :2], truth[:, 5:7, 2] = [40, 50], 2
    return Judged(picture, np.tile([0.0, 0, 80, 100], (m, 1)), truth, truth[..., :2] + offset, np.array(oks))


def test_the_worst_of_all_sets_comes_first(pictures: list[Path]) -> None:
    red, green = pictures

    sheet = worst_sheet([_judged(red, 0.9), _judged(green, 0.1)], TINY)

    assert sheet is not None
    blue, green_light, red_light = np.median(sheet[FIRST_CELL], axis=(0, 1))
    assert (blue, red_light) == (0, 0)
    assert green_light == 200


def test_truth_and_network_have_a_colour_each(pictures: list[Path]) -> None:
    sheet = worst_sheet([_judged(pictures[0], 0.5)], TINY)

    assert sheet is not None
    cell = sheet[FIRST_CELL]
    truth, network = (np.argwhere((cell == colour).all(axis=2)).mean(axis=0) for colour in (RIGHT, LEFT))
    assert (network > truth + 10).all()


def test_there_is_room_for_24(pictures: list[Path]) -> None:
    full, fuller = (worst_sheet([_judged(pictures[0], *[0.5] * count)], TINY) for count in (24, 30))

    assert full is not None
    assert fuller is not None
    np.testing.assert_array_equal(full, fuller)


def test_a_place_beyond_all_pictures_is_drawn_at_the_edge(pictures: list[Path]) -> None:
    assert worst_sheet([_judged(pictures[0], 0.0, offset=1e30)], TINY) is not None


@pytest.mark.parametrize("gone", [True, False], ids=["gone", "nobody"])
def test_nobody_gives_no_sheet(tmp_path: Path, gone: bool) -> None:
    judged = _judged(tmp_path / "gone.png", *[0.5] * gone)

    assert worst_sheet([judged], TINY) is None


def test_who_has_no_labelled_joint_is_not_shown(pictures: list[Path]) -> None:
    judged = _judged(pictures[0], 0.5)
    judged.truth_xyv[..., 2] = 0

    assert worst_sheet([judged], TINY) is None


def test_two_networks_stand_side_by_side(pictures: list[Path]) -> None:
    red, green = pictures
    before, after = ([_judged(red, oks), _judged(green, oks)] for oks in (0.2, 0.8))

    sheet = comparison_sheet({"before": before, "after": after}, TINY)

    assert sheet is not None
    width = sheet.shape[1] // 4
    cells = [np.median(sheet[35:320, 10 + i * width : (i + 1) * width - 10], axis=(0, 1)) for i in range(4)]
    assert [int(np.argmax(cell)) for cell in cells] == [2, 2, 1, 1]


def test_nobody_is_compared_where_nobody_is(pictures: list[Path]) -> None:
    assert comparison_sheet({"before": [], "after": []}, TINY) is None


def test_twelve_are_compared_at_most(pictures: list[Path]) -> None:
    full, fuller = (comparison_sheet({"after": [_judged(pictures[0], *[0.5] * n)]}, TINY) for n in (12, 30))

    assert full is not None
    assert fuller is not None
    np.testing.assert_array_equal(full, fuller)
