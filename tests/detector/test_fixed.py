"""Persons that no network finds."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rsn_edge.detector.fixed import BoxFile, WholeFrame
from rsn_edge.errors import InputError
from rsn_edge.frame import Frame

ANNOTATIONS = {
    "images": [
        {"id": 1, "file_name": "a/street.jpg"},
        {"id": 2, "file_name": "b/street.jpg"},
        {"id": 3, "file_name": "b/park.jpg"},
    ],
    "annotations": [
        {"image_id": 1, "category_id": 1, "bbox": [10, 20, 30, 40]},
        {"image_id": 2, "category_id": 1, "bbox": [1, 2, 3, 4]},
        {"image_id": 3, "category_id": 1, "bbox": [5, 5, 10, 10]},
        {"image_id": 3, "category_id": 1, "bbox": [0, 0, 500, 500]},
        {"image_id": 3, "category_id": 1, "bbox": [0, 0, 90, 20], "iscrowd": 1},
        {"image_id": 3, "category_id": 18, "bbox": [0, 0, 50, 50]},
    ],
    "categories": [{"id": 1, "name": "person"}, {"id": 18, "name": "dog"}],
}
DETECTIONS = [
    {"image_id": 139, "category_id": 1, "bbox": [10, 20, 30, 40], "score": 0.3},
    {"image_id": 139, "category_id": 1, "bbox": [50, 20, 30, 40], "score": 0.9},
    {"image_id": 139, "category_id": 18, "bbox": [0, 0, 30, 40], "score": 0.95},
    {"image_id": 7, "category_id": 1, "bbox": [-5, 0, 300, 40], "score": 0.5},
]


def frame(source: str) -> Frame:
    return Frame(np.zeros((100, 200, 3), np.uint8), source=source)


def boxes(tmp_path: Path, content: Any) -> BoxFile:
    path = tmp_path / "boxes.json"
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return BoxFile(path)


def test_the_whole_frame_is_one_person() -> None:
    found = WholeFrame().detect(frame("x.jpg"))

    assert found.boxes_xyxy.tolist() == [[0, 0, 200, 100]]
    assert found.scores.tolist() == [1]


@pytest.mark.parametrize(
    ("source", "first"),
    [
        pytest.param("/data/a/street.jpg", [10, 20, 40, 60], id="folder and name"),
        pytest.param("b/street.jpg", [1, 2, 4, 6], id="same name, other folder"),
        pytest.param("/elsewhere/park.jpg", [5, 5, 15, 15], id="a name that is unique"),
    ],
)
def test_annotated_boxes_are_matched_by_file_name(tmp_path: Path, source: str, first: list[float]) -> None:
    assert boxes(tmp_path, ANNOTATIONS).detect(frame(source)).boxes_xyxy[0].tolist() == first


def test_annotated_persons_score_1_are_clipped_and_are_neither_crowds_nor_dogs(tmp_path: Path) -> None:
    found = boxes(tmp_path, ANNOTATIONS).detect(frame("park.jpg"))

    assert found.boxes_xyxy.tolist() == [[5, 5, 15, 15], [0, 0, 200, 100]]
    assert found.scores.tolist() == [1, 1]


def test_an_annotated_picture_without_persons_is_known_and_empty(tmp_path: Path) -> None:
    content = ANNOTATIONS | {"images": [*ANNOTATIONS["images"], {"id": 9, "file_name": "empty.jpg"}]}
    file = boxes(tmp_path, content)

    assert len(file.detect(frame("empty.jpg"))) == 0
    assert file.unknown == 0


@pytest.mark.parametrize("source", ["lake.jpg", "street.jpg"], ids=["not in the file", "a name that two have"])
def test_an_unknown_picture_has_no_persons_and_is_counted(tmp_path: Path, source: str) -> None:
    file = boxes(tmp_path, ANNOTATIONS)

    assert len(file.detect(frame(source))) == 0
    assert file.unknown == 1


@pytest.mark.parametrize("name", ["000000000139.jpg", "COCO_val2014_000000000139.jpg", "139.png"])
def test_detections_are_matched_by_the_pictures_number_and_sorted(tmp_path: Path, name: str) -> None:
    found = boxes(tmp_path, DETECTIONS).detect(frame(f"/data/{name}"))

    assert found.boxes_xyxy.tolist() == [[50, 20, 80, 60], [10, 20, 40, 60]]
    np.testing.assert_allclose(found.scores, [0.9, 0.3])


def test_detections_are_clipped_to_the_frame(tmp_path: Path) -> None:
    assert boxes(tmp_path, DETECTIONS).detect(frame("7.jpg")).boxes_xyxy.tolist() == [[0, 0, 200, 40]]


def test_an_empty_list_of_detections_knows_no_picture(tmp_path: Path) -> None:
    file = boxes(tmp_path, [])

    assert len(file.detect(frame("7.jpg"))) == 0
    assert file.unknown == 1


@pytest.mark.parametrize("source", ["cat.jpg", "clip.mp4", ""], ids=["no number", "a video", "a camera"])
def test_a_source_without_a_number_is_unknown_to_detections(tmp_path: Path, source: str) -> None:
    file = boxes(tmp_path, DETECTIONS)

    assert len(file.detect(frame(source))) == 0
    assert file.unknown == 1


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        pytest.param("{", "is not JSON", id="broken"),
        pytest.param('{"a": 1}', "no list of images", id="another form"),
        pytest.param([{"image_id": 1, "score": 1.0}], "bbox", id="results without boxes"),
        pytest.param([{"image_id": 1, "bbox": [1, 2, 3], "score": 1.0}], "detections", id="three numbers"),
        pytest.param([[1, 2, 3, 4]], "detections", id="a list of lists"),
        pytest.param([DETECTIONS[0] | {"score": float("nan")}], "no finite number", id="a score that is no number"),
        pytest.param([DETECTIONS[0] | {"score": 1e99}], "no finite number", id="a score beyond all bounds"),
        pytest.param([DETECTIONS[0] | {"score": [0.5]}], "one number is meant", id="a list of scores"),
        pytest.param([DETECTIONS[0] | {"image_id": 10**30}], "OverflowError", id="a huge id"),
        pytest.param([DETECTIONS[0] | {"image_id": float("inf")}], "OverflowError", id="an infinite id"),
        pytest.param([DETECTIONS[0] | {"bbox": [0, 0, 1e99, 1]}], "four finite numbers", id="a huge box"),
        pytest.param([DETECTIONS[0] | {"bbox": [3e38, 0, 3e38, 1]}], "four finite numbers", id="a far corner"),
    ],
)
def test_a_file_of_another_form_is_one_sentence(tmp_path: Path, content: Any, sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        boxes(tmp_path, content)


def test_frames_without_an_entry_are_counted_in_one_sentence(tmp_path: Path) -> None:
    file = boxes(tmp_path, ANNOTATIONS)

    for name in ("park.jpg", "lake.jpg", "sea.jpg"):
        file.detect(frame(name))

    assert (file.asked, file.unknown) == (3, 2)
    assert file.notes == (f"2 of 3 frames have no entry in {tmp_path / 'boxes.json'}",)


def test_nothing_is_noted_where_every_frame_has_an_entry(tmp_path: Path) -> None:
    file = boxes(tmp_path, ANNOTATIONS)
    file.detect(frame("park.jpg"))

    assert file.notes == ()


def test_a_file_that_is_not_there_tells_what_else_boxes_can_be(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"all could not be read: there is no such file\. .*whole"):
        BoxFile(tmp_path / "all")
