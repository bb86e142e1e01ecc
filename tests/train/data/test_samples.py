"""Whom one trains on, and what the sets' own remarks mean."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rsn_edge.errors import InputError
from rsn_edge.skeleton import COCO17
from tests.train.small import TINY
from train.data.crops import Samples, read_samples
from train.data.keypoint_set import KeypointSet


def _person(**changes: Any) -> dict[str, Any]:
    joints = [[10.0 + joint, 20.0 + joint, 2] for joint in range(17)]
    usual = {"id": 1, "image_id": 7, "bbox": [10, 20, 40, 60], "area": 1000, "iscrowd": 0}
    return usual | {"keypoints": np.ravel(joints).tolist(), "category_id": 1} | changes


def _write(folder: Path, people: list[dict[str, Any]], info: dict[str, Any] | None = None) -> KeypointSet:
    file = folder / "people.json"
    content = {"images": [{"id": 7, "file_name": "a.png"}], "annotations": people, "info": info or {}}
    file.write_text(json.dumps(content))
    return KeypointSet(file, folder, weight=0.5)


def _read(folder: Path, *people: dict[str, Any]) -> Samples:
    return read_samples([_write(folder, [_person(), *people])], TINY)


def test_a_person_is_read_as_annotated(tmp_path: Path) -> None:
    samples = _read(tmp_path)

    assert samples.pictures == (tmp_path / "a.png",)
    assert samples.boxes_xyxy.tolist() == [[10, 20, 50, 80]]
    assert samples.joints_xyv[0, 3].tolist() == [13, 23, 2]
    assert samples.weights.tolist() == [0.5]


@pytest.mark.parametrize(
    "changes",
    [{"iscrowd": 1}, {"bbox": [10, 20, 40, 11]}, {"bbox": [10, 20, 5, 60]}, {"main": False},
     {"keypoints": [1.0, 1.0, 2.0] * 3 + [0.0] * 42}],
    ids=["crowd", "low", "narrow", "not-main", "three-joints"],
)  # fmt: skip
def test_some_persons_teach_nothing(tmp_path: Path, changes: dict[str, Any]) -> None:
    assert len(_read(tmp_path, _person(id=2, **changes))) == 1


def test_joints_that_a_set_never_labels_are_unknown(tmp_path: Path) -> None:
    samples = read_samples([_write(tmp_path, [_person()], {"unlabelled_joints": ["nose", "left_ear"]})], TINY)

    assert [COCO17.joints[i] for i in np.flatnonzero(~samples.known[0])] == ["nose", "left_ear"]


def test_sets_are_joined(tmp_path: Path) -> None:
    one = _write(tmp_path, [_person(), _person(id=2)])

    samples = read_samples([one, KeypointSet(one.annotations, tmp_path, 3.0)], TINY)

    assert samples.weights.tolist() == [0.5, 0.5, 3.0, 3.0]
    assert len(samples.pictures) == len(samples.known) == 4


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [(lambda people: people[0].update(iscrowd=1), "has nobody to train on"),
     (lambda people: people[0].update(image_id=8), "has a person in picture 8"),
     (lambda people: people[0].update(keypoints=[1.0, 1.0, 2.0] * 16), "labels 16 joints a person"),
     (lambda people: people.clear(), "has no annotation of a person")],
    ids=["nobody", "stranger", "other-skeleton", "empty"],
)  # fmt: skip
def test_a_set_that_teaches_nothing_is_named(
    tmp_path: Path, spoil: Callable[[list[dict[str, Any]]], None], sentence: str
) -> None:
    people = [_person()]
    spoil(people)

    with pytest.raises(InputError, match=rf"people\.json {sentence}"):
        read_samples([_write(tmp_path, people)], TINY)


def test_an_unknown_joint_among_the_remarks_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="'tail', which is no joint"):
        read_samples([_write(tmp_path, [_person()], {"unlabelled_joints": ["tail"]})], TINY)
