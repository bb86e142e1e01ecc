"""The cache of crops: where persons lie in them, and that nothing is decoded twice."""

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from rsn_edge.errors import InputError, OutputError
from rsn_edge.keypoints.crop import Cropper, affines_from_boxes
from rsn_edge.source.decode import read_picture
from tests.full_disk import largest_file
from tests.train.small import TINY, drawn_set
from train.data.crops import Samples, crop_persons, read_samples


@pytest.fixture(name="samples")
def _samples(tmp_path: Path) -> Samples:
    return read_samples([drawn_set(tmp_path, pictures=4)], TINY)


@pytest.fixture(name="many")
def _many(tmp_path: Path) -> Samples:
    """So many persons that the loss of a picture is bearable."""
    return read_samples([drawn_set(tmp_path, pictures=32)], TINY)


def test_the_middle_of_a_crop_is_what_the_network_will_see(samples: Samples, tmp_path: Path) -> None:
    crops = crop_persons(samples, TINY, 1.5, tmp_path)

    runtime = replace(TINY, mean=(0.0, 0.0, 0.0), std=(1.0, 1.0, 1.0))
    affines = affines_from_boxes(samples.boxes_xyxy[:1], TINY.input_hw, TINY.padding)
    seen = Cropper(runtime).crops_at(read_picture(samples.pictures[0]), affines)[0]
    assert crops.pixels.shape[1:] == (96, 96, 3)
    assert np.abs(crops.pixels[0, 16:80, 16:80].transpose(2, 0, 1) - seen).max() <= 1


def test_persons_keep_their_place_in_the_crop(samples: Samples, tmp_path: Path) -> None:
    crops = crop_persons(samples, TINY, 1.5, tmp_path)

    middle = (crops.boxes_xyxy[:, :2] + crops.boxes_xyxy[:, 2:]) / 2
    side = (crops.boxes_xyxy[:, 2:] - crops.boxes_xyxy[:, :2]).max(axis=1)
    assert np.allclose(middle, 48)
    assert np.allclose(side, 64 / 1.25)


def test_where_the_picture_ends_is_known(samples: Samples, tmp_path: Path) -> None:
    crops = crop_persons(samples, TINY, 1.5, tmp_path)

    row = int(np.argmax(crops.picture_xyxy[:, 1]))
    top = round(crops.picture_xyxy[row, 1])
    assert top > 3
    assert not crops.pixels[row, : top - 1].any()
    assert crops.pixels[row, top + 1 :].any()


def test_the_second_time_no_picture_is_read(samples: Samples, tmp_path: Path) -> None:
    crop_persons(samples, TINY, 1.5, tmp_path)
    written = {path: path.stat().st_mtime_ns for path in tmp_path.glob("crops-*")}

    crop_persons(samples, TINY, 1.5, tmp_path)

    assert len(written) == 2
    assert written == {path: path.stat().st_mtime_ns for path in tmp_path.glob("crops-*")}


def test_a_changed_picture_is_cut_again(samples: Samples, tmp_path: Path) -> None:
    before = np.array(crop_persons(samples, TINY, 1.5, tmp_path).pixels[0])
    cv2.imwrite(str(samples.pictures[0]), np.full((320, 320, 3), 200, np.uint8))

    assert not np.array_equal(crop_persons(samples, TINY, 1.5, tmp_path).pixels[0], before)


@pytest.mark.parametrize("content", [None, b"", b"no picture"], ids=["missing", "empty", "text"])
def test_whose_picture_cannot_be_read_is_left_out(many: Samples, tmp_path: Path, content: bytes | None) -> None:
    whole = crop_persons(many, TINY, 1.5, tmp_path)
    _spoil(many.pictures[3], content)

    crops = crop_persons(many, TINY, 1.5, tmp_path)

    kept = [row for row, picture in enumerate(many.pictures) if picture != many.pictures[3]]
    assert len(crops) == len(kept) < len(many)
    np.testing.assert_array_equal(crops.pixels, whole.pixels[kept])
    np.testing.assert_array_equal(crops.joints_xy, whole.joints_xy[kept])
    np.testing.assert_array_equal(crops.weights, many.weights[kept])


def test_who_is_left_out_is_said_in_every_run_and_written_down(many: Samples, tmp_path: Path) -> None:
    _spoil(many.pictures[3], b"no picture")
    said: list[str] = []

    for _ in range(2):
        crop_persons(many, TINY, 1.5, tmp_path, said.append)

    (reasons,) = tmp_path.glob("crops-*-unreadable.txt")
    lost = many.pictures.count(many.pictures[3])
    named = f"because these pictures cannot be read: {many.pictures[3].name} (why: {reasons})."
    assert said == [f"{lost} of {len(many)} persons are left out, {named}"] * 2
    assert f"{many.pictures[3]} is not a picture" in reasons.read_text()


def test_a_repaired_picture_is_back(many: Samples, tmp_path: Path) -> None:
    good = many.pictures[3].read_bytes()
    _spoil(many.pictures[3], b"no picture")
    crop_persons(many, TINY, 1.5, tmp_path)
    many.pictures[3].write_bytes(good)

    assert len(crop_persons(many, TINY, 1.5, tmp_path)) == len(many)


def test_where_too_many_are_lost_it_stops_and_leaves_no_cache(samples: Samples, tmp_path: Path) -> None:
    _spoil(samples.pictures[0], None)

    with pytest.raises(InputError, match=r"more than 5 % of the \d+ persons .*first: .*000000\.png could not be read"):
        crop_persons(samples, TINY, 1.5, tmp_path / "cache")
    assert not list((tmp_path / "cache").iterdir())


def test_a_full_disk_is_one_sentence_and_leaves_no_cache(samples: Samples, tmp_path: Path) -> None:
    with largest_file(100_000), pytest.raises(OutputError, match=r"crops-.*\.raw could not be written: File too large"):
        crop_persons(samples, TINY, 1.5, tmp_path / "cache")
    assert not list((tmp_path / "cache").iterdir())


def _spoil(picture: Path, content: bytes | None) -> None:
    picture.unlink()
    if content is not None:
        picture.write_bytes(content)
