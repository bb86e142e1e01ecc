"""The cache of pictures."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from rsn_edge.errors import InputError, OutputError
from tests.full_disk import largest_file
from train.detector.boxes import BoxedPictures, KeptPictures, keep_pictures, pictures_of_nobody

SIZES_HW = [(40, 60), (600, 960), (5, 3), (1000, 20)]


def _many(folder: Path) -> BoxedPictures:
    """So many pictures that the loss of one is bearable."""
    paths = [folder / f"{number:02}.png" for number in range(24)]
    for number, path in enumerate(paths):
        cv2.imwrite(str(path), np.full((*SIZES_HW[number % len(SIZES_HW)], 3), number, np.uint8))
    return pictures_of_nobody(paths, 1.0)


def _kept(boxed: BoxedPictures, folder: Path) -> KeptPictures:
    return keep_pictures(boxed, folder / "cache", lambda _sentence: None)


def test_small_pictures_are_kept_as_they_are(tmp_path: Path) -> None:
    kept = _kept(_many(tmp_path), tmp_path)

    assert [kept[row].shape[:2] for row in (0, 2)] == [SIZES_HW[0], SIZES_HW[2]]
    assert [(kept[row] == row).all() for row in range(24)] == [True] * 24


def test_large_pictures_are_reduced(tmp_path: Path) -> None:
    kept = _kept(_many(tmp_path), tmp_path)

    assert [kept[row].shape[:2] for row in (1, 3)] == [(300, 480), (480, 10)]
    np.testing.assert_allclose(kept.scales_xy[[1, 3]], [[0.5, 0.5], [0.5, 0.48]])


def test_the_second_time_no_picture_is_read(tmp_path: Path) -> None:
    boxed = _many(tmp_path)
    _kept(boxed, tmp_path)
    written = {path: path.stat().st_mtime_ns for path in (tmp_path / "cache").iterdir()}

    _kept(boxed, tmp_path)

    assert {path: path.stat().st_mtime_ns for path in (tmp_path / "cache").iterdir()} == written


@pytest.mark.parametrize("content", [None, b"", b"no picture"], ids=["missing", "empty", "text"])
def test_what_cannot_be_read_is_left_out_and_said(tmp_path: Path, content: bytes | None) -> None:
    boxed, said = _many(tmp_path), list[str]()
    boxed.paths[2].unlink()
    if content is not None:
        boxed.paths[2].write_bytes(content)

    kept = keep_pictures(boxed, tmp_path / "cache", said.append)

    assert kept.sizes_hw[2].tolist() == [0, 0]
    assert (kept[3] == 3).all()
    assert said[0].startswith("1 of 24 pictures are left out, because these pictures cannot be read: 02.png (why: ")


def test_a_picture_of_another_size_than_annotated_is_left_out(tmp_path: Path) -> None:
    boxed = _many(tmp_path)
    boxed.sizes_hw[0] = 41, 60

    assert _kept(boxed, tmp_path).sizes_hw[0].tolist() == [0, 0]
    (reasons,) = (tmp_path / "cache").glob("*-unreadable.txt")
    assert "is 60x40 pixels, but was annotated at 60x41" in reasons.read_text()


def test_where_too_many_are_lost_it_stops_and_leaves_no_cache(tmp_path: Path) -> None:
    boxed = _many(tmp_path)
    for path in boxed.paths[:2]:
        path.unlink()

    with pytest.raises(InputError, match=r"more than 5 % of the 24 pictures .*00\.png could not be read"):
        _kept(boxed, tmp_path)
    assert not list((tmp_path / "cache").iterdir())


def test_a_full_disk_is_one_sentence(tmp_path: Path) -> None:
    boxed = _many(tmp_path)

    with largest_file(10_000), pytest.raises(OutputError, match=r"pictures-.*\.raw could not be written"):
        _kept(boxed, tmp_path)
    assert not list((tmp_path / "cache").iterdir())
