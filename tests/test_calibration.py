"""The calibration file, and whose pictures it was made with."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rsn_edge.calibration import (
    METHODS,
    Calibration,
    coco_ids,
    leaked,
    noted_images,
    read_calibration,
    write_calibration,
)
from rsn_edge.errors import ArtefactError

MADE = Calibration(
    weights_sha256="ab",
    crops=2,
    crops_sha256="cd",
    image_ids=(7, 139),
    source="coco-mini:train2017",
    coverage={"small": 1, "large": 1},
    ranges={
        "b": {**dict.fromkeys(METHODS, (-0.1, 3.0)), "mse": (0.0, 2.5)},
        "a": {**dict.fromkeys(METHODS, (0.0, 1e-30)), "mse": (0.0, 0.0)},
    },
    chosen="mse",
    methods={"b": "max"},
)


def exact(calibration: Calibration) -> Calibration:
    """With ranges of float32."""
    ranges = {
        name: {method: (float(np.float32(low)), float(np.float32(high))) for method, (low, high) in by_method.items()}
        for name, by_method in calibration.ranges.items()
    }
    return replace(calibration, ranges=ranges)


def test_what_is_written_is_read(tmp_path: Path) -> None:
    write_calibration(tmp_path / "c.json", MADE)

    assert read_calibration(tmp_path / "c.json") == exact(MADE)


def test_a_tensor_has_the_range_of_its_own_method_or_of_all() -> None:
    assert MADE.selected("mse") == {"a": (0.0, 0.0), "b": (-0.1, 3.0)}


@pytest.mark.parametrize(
    "change",
    [{"schema": "rsn-edge/calibration/2"}, {"ranges": {"a": {"max": ["0x1p+0", "0x1p+1"]}}}, {"chosen": "best"},
     {"ranges": {"a": {"max": ["-inf", "0x1p+1"]}}}, {"ranges": {"a": {"max": ["0x0p+0", "0x1p+1"]}}},
     {"more": 1}],
    ids=["schema", "without-0", "method", "infinite", "method-lacking", "more"],
)  # fmt: skip
def test_another_file_is_one_sentence(tmp_path: Path, change: dict[str, Any]) -> None:
    write_calibration(tmp_path / "c.json", MADE)
    content = json.loads((tmp_path / "c.json").read_text()) | change
    (tmp_path / "c.json").write_text(json.dumps(content))

    with pytest.raises(ArtefactError, match="is not a calibration of this version"):
        read_calibration(tmp_path / "c.json")


def test_a_picture_of_cocos_has_twelve_digits() -> None:
    names = [
        "000000000139.jpg",
        "COCO_val2014_000000000042.png",
        "000000000659_0.jpg",
        "7.jpg",
        "20240101123456789.jpg",
    ]

    assert coco_ids(names) == {139, 42, 659}


def test_pictures_in_common_are_a_leak() -> None:
    assert leaked(MADE.image_ids, ["000000000139.jpg", "000000000140.jpg", "7.jpg"]) == (139,)


def test_a_file_notes_its_pictures() -> None:
    assert noted_images({"rsn_edge.calibration_images": "7,139"}) == (7, 139)
    assert noted_images({}) == noted_images({"rsn_edge.calibration_images": ""}) == ()
