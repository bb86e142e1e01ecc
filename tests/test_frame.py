"""A frame is a colour picture of bytes, and anything else is refused."""

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from rsn_edge.frame import Frame


def test_a_frame_knows_its_height_and_width() -> None:
    assert Frame(np.zeros((48, 64, 3), np.uint8)).size_hw == (48, 64)


def test_a_frame_stands_alone_by_default() -> None:
    frame = Frame(np.zeros((1, 1, 3), np.uint8))
    assert (frame.index, frame.t_capture_ns, frame.pts, frame.source) == (0, 0, None, "")


@pytest.mark.parametrize(
    "image",
    [np.zeros((4, 4), np.uint8), np.zeros((4, 4, 4), np.uint8), np.zeros((4, 4, 3)), np.zeros((3, 4, 4), np.uint8)],
    ids=["grey", "with-alpha", "float", "channels-first"],
)
def test_what_is_not_a_colour_picture_is_refused(image: NDArray[np.uint8]) -> None:
    with pytest.raises(ValueError, match=r"a frame is an array \(h, w, 3\) uint8"):
        Frame(image)


def test_what_cv2_gives_for_a_missing_file_is_called_by_its_name() -> None:
    with pytest.raises(ValueError, match=r"cv2\.imread"):
        Frame(cv2.imread("no-such-file.jpg"))  # type: ignore[arg-type]


@pytest.mark.parametrize("shape", [(0, 4, 3), (4, 0, 3)], ids=["no-row", "no-column"])
def test_a_frame_has_at_least_one_pixel(shape: tuple[int, int, int]) -> None:
    with pytest.raises(ValueError, match="at least one pixel"):
        Frame(np.zeros(shape, np.uint8))


def test_the_picture_is_not_copied() -> None:
    image = np.zeros((2, 2, 3), np.uint8)
    assert Frame(image).image_bgr is image
