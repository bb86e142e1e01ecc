"""Contact sheets: cells in order, shapes kept, captions below."""

import numpy as np
import pytest
from numpy.typing import NDArray

from rsn_edge.drawing.overlay import contact_sheet


def plain(height: int, width: int, colour: tuple[int, int, int]) -> NDArray[np.uint8]:
    return np.full((height, width, 3), colour, np.uint8)


RED, GREEN, BLUE = (0, 0, 255), (0, 255, 0), (255, 0, 0)


def where(sheet: NDArray[np.uint8], colour: tuple[int, int, int]) -> tuple[int, int, int, int]:
    rows, columns = np.nonzero((sheet == colour).all(axis=2))
    return int(rows.min()), int(columns.min()), int(rows.max()) + 1, int(columns.max()) + 1


def test_pictures_fill_the_sheet_row_by_row() -> None:
    pictures = [plain(10, 10, colour) for colour in (RED, GREEN, BLUE)]

    sheet = contact_sheet(pictures, ["", "", ""], columns=2, cell_hw=(40, 40))

    red, green, blue = (where(sheet, colour) for colour in (RED, GREEN, BLUE))
    assert red[0] == green[0] < blue[0]
    assert red[1] == blue[1] < green[1]


@pytest.mark.parametrize(
    ("size_hw", "fitted_hw"),
    [((10, 40), (10, 40)), ((100, 400), (10, 40)), ((400, 100), (40, 10)), ((3, 3), (40, 40)), ((1, 900), (1, 40))],
    ids=str,
)
def test_pictures_keep_their_shape(size_hw: tuple[int, int], fitted_hw: tuple[int, int]) -> None:
    sheet = contact_sheet([plain(*size_hw, RED)], [""], cell_hw=(40, 40))

    top, left, bottom, right = where(sheet, RED)
    assert (bottom - top, right - left) == fitted_hw


def test_a_caption_stands_below_its_picture() -> None:
    with_caption, without = (contact_sheet([plain(40, 90, RED)], [text], cell_hw=(40, 90)) for text in ("frame 3", ""))

    rows, _, _ = np.nonzero(with_caption != without)
    assert rows.min() >= where(without, RED)[2]


def test_a_long_caption_stays_in_its_cell() -> None:
    pictures = [plain(40, 90, RED)] * 2

    long, short = (contact_sheet(pictures, [text, ""], cell_hw=(40, 90)) for text in ("caption " * 20, ""))

    _, columns, _ = np.nonzero(long != short)
    assert columns.max() < long.shape[1] // 2


def test_no_pictures_give_an_empty_sheet() -> None:
    sheet = contact_sheet([], [], cell_hw=(40, 90))

    assert sheet.shape[0] >= 40
    assert len(np.unique(sheet)) == 1


def test_captions_must_match_pictures() -> None:
    with pytest.raises(ValueError, match="1 pictures need as many captions, got 2"):
        contact_sheet([plain(4, 4, RED)], ["a", "b"])
