"""Overlay pictures."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from rsn_edge.errors import OutputError
from rsn_edge.sink.files import OutputNames
from rsn_edge.sink.pictures import pictures_sink
from rsn_edge.skeleton import COCO17
from tests.sink.crafted import THRESHOLD, frame, nobody, two_persons


def test_an_overlay_is_the_source_with_skeletons_on_it(tmp_path: Path) -> None:
    with pictures_sink(OutputNames(tmp_path / "out", numbered=False), COCO17, THRESHOLD) as sink:
        sink.write(frame(0, "a.png", size_hw=(200, 100)), two_persons())

    image = cv2.imread(str(tmp_path / "out" / "a.png"))

    assert image is not None
    assert image.shape == (200, 100, 3)
    assert (image[100:120, 5:40] != 90).any()
    assert (image[150:] == 90).all()


@pytest.mark.parametrize(
    ("source", "name"), [("a.png", "a.png"), ("a.JPG", "a.JPG"), ("a.webp", "a.jpg"), ("photo", "photo.jpg")]
)
def test_png_stays_png_and_everything_else_is_jpeg(source: str, name: str, tmp_path: Path) -> None:
    with pictures_sink(OutputNames(tmp_path, numbered=False), COCO17, THRESHOLD) as sink:
        sink.write(frame(0, source), nobody())

    assert sink.written == [tmp_path / name]
    assert sink.written[0].read_bytes().startswith(b"\x89PNG" if name.endswith("png") else b"\xff\xd8\xff")


def test_one_pixel_can_be_written(tmp_path: Path) -> None:
    with pictures_sink(OutputNames(tmp_path, numbered=False), COCO17, THRESHOLD) as sink:
        sink.write(frame(0, "dot.png", size_hw=(1, 1), grey=7), nobody())

    assert sink.written == [tmp_path / "dot.png"]
    assert np.asarray(cv2.imread(str(tmp_path / "dot.png"))).tolist() == [[[7, 7, 7]]]


def test_a_folder_that_cannot_be_made_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("a file is in the way")

    with pytest.raises(OutputError, match="out is a file, not a folder"):
        pictures_sink(OutputNames(tmp_path / "out", numbered=False), COCO17, THRESHOLD).write(
            frame(0, "a.png"), nobody()
        )


def test_a_single_picture_can_have_a_name_of_its_own(tmp_path: Path) -> None:
    with pictures_sink(tmp_path / "result.png", COCO17, THRESHOLD) as sink:
        sink.write(frame(0, "a.jpg"), nobody())

    assert sink.written == [tmp_path / "result.png"]


def test_a_picture_that_is_too_wide_for_its_format_is_one_sentence(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    sink = pictures_sink(OutputNames(tmp_path, numbered=False), COCO17, THRESHOLD)

    with pytest.raises(OutputError, match="such a picture of 65501 x 2 pixels"):
        sink.write(frame(0, "a.jpg", size_hw=(2, 65_501)), nobody())

    assert capfd.readouterr().err == ""
    assert list(tmp_path.iterdir()) == []
