"""The sheet shows what the network got."""

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from export.crop_set import CropSet, picture_from_feed, write_crop_sheet
from rsn_edge.spec import DETECTORS, VARIANTS, Spec

NANO = VARIANTS["rsn-nano"]
SPECS: dict[str, Spec] = {"bgr": NANO, "rgb": replace(NANO, colour="rgb"), "detector": DETECTORS["person-nano"]}


def crops_for(spec: Spec, count: int = 1) -> CropSet:
    pixels = np.random.default_rng(0).integers(0, 256, (count, *spec.input_hw, 3)).astype(np.uint8)
    return CropSet(pixels, ("000000000139.jpg",) * count, np.zeros(count, np.float32), "noise")


@pytest.mark.parametrize("name", SPECS)
def test_a_feed_is_turned_back_to_its_pixels(name: str) -> None:
    crops = crops_for(SPECS[name])

    (feed,) = crops.feeds(SPECS[name])

    assert np.array_equal(picture_from_feed(feed, SPECS[name]), crops.pixels_nhwc[0])


@pytest.mark.parametrize(("count", "rows"), [(1, 1), (30, 2), (600, 22)])
def test_a_sheet_has_a_cell_for_each_crop_and_an_end(tmp_path: Path, count: int, rows: int) -> None:
    write_crop_sheet(tmp_path / "sheet.jpg", crops_for(replace(NANO, input_hw=(32, 32)), count), NANO)

    sheet = cv2.imread(str(tmp_path / "sheet.jpg"))
    assert sheet is not None
    assert sheet.shape[0] // 160 == rows
