"""Bytes of still pictures to pixels."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from rsn_edge.errors import InputError
from rsn_edge.source.decode import decode_picture, is_animated, picture_format, read_picture
from tests.source.crafted import (
    ANIMATED_GIF,
    CMYK_JPEG,
    encoded,
    jpeg_with_orientation,
    png_that_claims,
    red_left,
)

RED = np.array([0, 0, 255])


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (encoded(red_left(), ".jpg"), "JPEG"),
        (encoded(red_left(), ".png"), "PNG"),
        (encoded(red_left(), ".bmp"), "BMP"),
        (encoded(red_left(), ".webp"), "WebP"),
        (encoded(red_left(), ".tif"), "TIFF"),
        (encoded(red_left(), ".ppm"), "PNM"),
    ],
    ids=["jpg", "png", "bmp", "webp", "tif", "ppm"],
)
def test_a_picture_is_known_by_its_first_bytes_and_decodes_to_bgr(content: bytes, name: str) -> None:
    image = decode_picture(content, Path("x"))

    assert picture_format(content) == name
    assert image.shape == (40, 60, 3)
    assert np.abs(image[20, 10] - RED.astype(int)).max() < 8


@pytest.mark.parametrize(
    ("orientation", "size", "red_at"),
    [(1, (40, 60), (20, 10)), (3, (40, 60), (20, 50)), (6, (60, 40), (10, 20)), (8, (60, 40), (50, 20))],
    ids=["upright", "upside-down", "turn right", "turn left"],
)
def test_exif_orientation_is_applied(orientation: int, size: tuple[int, int], red_at: tuple[int, int]) -> None:
    image = decode_picture(jpeg_with_orientation(red_left(), orientation), Path("x"))

    assert image.shape[:2] == size
    assert image[red_at][2] > 240


def test_sixteen_bits_are_cut_to_their_upper_eight() -> None:
    image = decode_picture(encoded(np.full((4, 5), 0x1234, np.uint16), ".png"), Path("x"))

    assert image.shape == (4, 5, 3)
    assert (image == 0x12).all()


def test_grey_becomes_bgr() -> None:
    assert (decode_picture(encoded(np.full((4, 5), 77, np.uint8), ".png"), Path("x")) == 77).all()


def test_four_inks_become_the_colour_that_they_print() -> None:
    assert np.abs(decode_picture(CMYK_JPEG, Path("x"))[3, 3] - RED.astype(int)).max() < 8


def test_transparency_is_ignored() -> None:
    transparent = np.dstack([red_left(), np.zeros((40, 60), np.uint8)])

    assert (decode_picture(encoded(transparent, ".png"), Path("x")) == red_left()).all()


def test_one_pixel_is_a_picture() -> None:
    assert decode_picture(encoded(np.full((1, 1, 3), 9, np.uint8), ".png"), Path("x")).shape == (1, 1, 3)


def test_an_animation_gives_its_first_picture() -> None:
    assert is_animated(ANIMATED_GIF)
    assert (decode_picture(ANIMATED_GIF, Path("x")) == RED).all()


def test_a_still_gif_is_not_animated() -> None:
    still = ANIMATED_GIF[: ANIMATED_GIF.index(b"!\xf9\x04")] + b";"

    assert (decode_picture(still, Path("x")) == RED).all()
    assert cv2.__version__ < "4.12" or not is_animated(still)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "is empty (0 bytes). Copy it once more."),
        (b"just some text\n" * 9, "not a picture"),
        (encoded(red_left(), ".png")[:60], "damaged"),
        (b"\xff\xd8\xff\xe0" + b"\0" * 50, "damaged"),
        (png_that_claims(100_000, 100_000), "more than 2^30 pixels"),
    ],
    ids=["empty", "text", "cut png", "jpeg head only", "bomb"],
)
def test_what_is_no_picture_is_one_sentence_with_the_file_name(content: bytes, says: str, tmp_path: Path) -> None:
    path = tmp_path / "holiday.jpg"
    path.write_bytes(content)

    with pytest.raises(InputError, match=r"holiday\.jpg") as caught:
        read_picture(path)

    assert says in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_missing_picture_is_an_input_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="No such file"):
        read_picture(tmp_path / "none.jpg")


def test_bad_pictures_leave_no_remarks_of_opencv(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(InputError):
        decode_picture(png_that_claims(100_000, 100_000), Path("x"))

    assert capfd.readouterr().err == ""
