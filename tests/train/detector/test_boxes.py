"""Boxes from annotation files: who is to be ignored, trusted, or missing."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rsn_edge.errors import InputError
from train.data.keypoint_set import KeypointSet
from train.detector.boxes import BoxedPictures, annotated_pictures, joined, pictures_of_nobody

IMAGES = [{"id": 5, "file_name": "a.jpg", "height": 40, "width": 60}, {"id": 9, "file_name": "b.jpg"}]


def _person(image: int, **more: Any) -> dict[str, Any]:
    return {"id": 1, "image_id": image, "category_id": 1, "bbox": [10, 10, 20, 30], **more}


def _read(folder: Path, persons: list[dict[str, Any]], **more: Any) -> BoxedPictures:
    content = {"images": IMAGES, "annotations": persons, "categories": [{"id": 1, "name": "person"}], **more}
    (folder / "set.json").write_text(json.dumps(content))
    return annotated_pictures(KeypointSet(folder / "set.json", folder, 1.5))


def test_pictures_keep_their_persons(tmp_path: Path) -> None:
    boxed = _read(tmp_path, [_person(9), _person(9, iscrowd=1)])

    assert boxed.paths == (tmp_path / "a.jpg", tmp_path / "b.jpg")
    assert boxed.boxes_xyxy[0].tolist() == [10, 10, 30, 40]
    assert boxed.owners.tolist() == [1, 1]
    assert boxed.ignored.tolist() == [False, True]
    assert boxed.peopled.tolist() == [False, True]
    assert boxed.weights.tolist() == [1.5, 1.5]


def test_a_box_without_extent_is_left_out(tmp_path: Path) -> None:
    assert len(_read(tmp_path, [_person(5), _person(5, bbox=[1, 1, 0, 9])]).owners) == 1


def test_a_box_that_nobody_drew_is_trusted_less(tmp_path: Path) -> None:
    boxed = _read(tmp_path, [_person(5, id=1), _person(5, id=2, box_from_joints=1)])

    assert boxed.trust.tolist() == [1, 0.3]


@pytest.mark.parametrize(
    ("info", "person", "complete"),
    [({}, {}, True), ({"all_persons_labelled": False}, {}, False),
     ({"all_persons_labelled": True}, {"main": True}, True), ({}, {"main": True}, False), (None, {}, True)],
    ids=["usual", "denied", "said", "main", "null"],
)  # fmt: skip
def test_whether_everybody_has_a_box(tmp_path: Path, info: Any, person: dict[str, Any], complete: bool) -> None:
    assert _read(tmp_path, [_person(5, **person)], info=info).complete.tolist() == [complete] * 2


def test_a_picture_speaks_for_itself(tmp_path: Path) -> None:
    images = [IMAGES[0] | {"all_persons_boxed": True}, IMAGES[1] | {"all_persons_boxed": False}]

    assert _read(tmp_path, [_person(5)], images=images).complete.tolist() == [True, False]


def test_other_categories_are_no_persons(tmp_path: Path) -> None:
    categories = [{"id": 1, "name": "person"}, {"id": 2, "name": "dog"}]

    assert len(_read(tmp_path, [_person(5), _person(5, category_id=2)], categories=categories).owners) == 1


def test_a_person_in_an_unknown_picture_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="a person in picture 77, which it does not list"):
        _read(tmp_path, [_person(77)])


def test_joined_parts_keep_their_owners(tmp_path: Path) -> None:
    part = _read(tmp_path, [_person(9)])

    whole = joined([pictures_of_nobody([tmp_path / "room.jpg"], 2.0), part, part])

    assert len(whole) == 5
    assert np.flatnonzero(whole.peopled).tolist() == [2, 4]
    assert whole.weights.tolist() == [2, 1.5, 1.5, 1.5, 1.5]
