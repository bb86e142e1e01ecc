"""The cache of crops: where persons lie in them, and that nothing is decoded twice."""

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from rsn_edge.errors import InputError
from rsn_edge.keypoints.crop import Cropper
from rsn_edge.source.decode import read_picture
from tests.train.small import TINY, drawn_set
from train.data.crops import crop_persons
from train.data.samples import Samples, read_samples


@pytest.fixture(name="samples")
def _samples(tmp_path: Path) -> Samples:
    return read_samples([drawn_set(tmp_path, pictures=4)], TINY)


def test_the_middle_of_a_crop_is_what_the_network_will_see(samples: Samples, tmp_path: Path) -> None:
    crops = crop_persons(samples, TINY, 1.5, tmp_path)

    runtime = replace(TINY, mean=(0.0, 0.0, 0.0), std=(1.0, 1.0, 1.0))
    seen = Cropper(runtime).crops(read_picture(samples.pictures[0]), samples.boxes_xyxy[:1]).pixels_nchw[0]
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
    read: list[int] = []

    crop_persons(samples, TINY, 1.5, tmp_path, read.append)
    crop_persons(samples, TINY, 1.5, tmp_path, read.append)

    assert read == list(range(1, len(samples) + 1))


def test_a_changed_picture_is_cut_again(samples: Samples, tmp_path: Path) -> None:
    before = np.array(crop_persons(samples, TINY, 1.5, tmp_path).pixels[0])
    cv2.imwrite(str(samples.pictures[0]), np.full((320, 320, 3), 200, np.uint8))

    assert not np.array_equal(crop_persons(samples, TINY, 1.5, tmp_path).pixels[0], before)


@pytest.mark.parametrize("content", [None, b"", b"no picture"], ids=["missing", "empty", "text"])
def test_a_picture_that_cannot_be_read_is_named_and_leaves_no_cache(
    samples: Samples, tmp_path: Path, content: bytes | None
) -> None:
    samples.pictures[0].unlink()
    if content is not None:
        samples.pictures[0].write_bytes(content)

    with pytest.raises(InputError, match=r"000000\.png (could not be read|is empty|is not a picture)"):
        crop_persons(samples, TINY, 1.5, tmp_path)
    assert not list(tmp_path.glob("*.npy"))
