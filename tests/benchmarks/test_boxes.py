"""Whose boxes: the annotated ones, a file's, a detector's."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks.boxes import Boxes, open_boxes
from benchmarks.coco_set import CocoSet, open_set
from rsn_edge.backend.protocol import BackendChoice
from rsn_edge.errors import InputError
from rsn_edge.skeleton import COCO17
from tests.benchmarks.drawn_set import write_split


@pytest.fixture(name="drawn")
def _drawn(tmp_path: Path) -> CocoSet:
    write_split(tmp_path)
    return open_set("val2017", tmp_path, COCO17)


def boxes(drawn: CocoSet, label: Path | str) -> Boxes:
    return open_boxes(str(label), drawn, "person-nano", "official", BackendChoice(threads=1))


def detections(path: Path, *entries: dict[str, Any]) -> Path:
    usual = {"image_id": 12, "category_id": 1, "bbox": [-10, 20, 500, 40], "score": 0.001}
    path.write_text(json.dumps([usual | entry for entry in entries]))
    return path


def test_a_list_of_detections_is_taken_as_it_is(drawn: CocoSet, tmp_path: Path) -> None:
    path = detections(tmp_path / "d.json", {}, {"score": 0.9}, {"category_id": 2}, {"image_id": 4711})

    persons = boxes(drawn, path).source

    assert isinstance(persons, list)
    assert [len(own) for own in persons] == [0, 2, 0]
    assert persons[1].boxes_xyxy[1].tolist() == [-10, 20, 490, 60]  # neither clipped nor thresholded
    assert persons[1].scores.tolist() == pytest.approx([0.9, 0.001])


def test_an_annotation_file_is_matched_by_file_name(drawn: CocoSet) -> None:
    content = json.loads(drawn.annotations.read_text())
    for image in content["images"]:
        image["id"] += 500
    for entry in content["annotations"]:
        entry["image_id"] += 500
    path = drawn.annotations.with_name("other_ids.json")
    path.write_text(json.dumps(content))

    persons = boxes(drawn, path).source

    assert isinstance(persons, list)
    np.testing.assert_array_equal(np.concatenate([own.boxes_xyxy for own in persons]), drawn.truth.boxes_xyxy)


def test_boxes_of_another_set_are_refused(drawn: CocoSet, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no box of .* is on a picture of this set"):
        boxes(drawn, detections(tmp_path / "d.json", {"image_id": 4711}))


def test_a_missing_file_is_one_sentence(drawn: CocoSet, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"none\.json could not be read"):
        boxes(drawn, tmp_path / "none.json")
