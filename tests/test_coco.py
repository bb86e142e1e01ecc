"""COCO files: what is read, what is written, and what is refused."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rsn_edge.coco import (
    boxes_json,
    corner_boxes,
    find_split,
    image_ids_by_key,
    picture_keys,
    read_annotations,
    results_json,
)  # fmt: skip
from rsn_edge.errors import InputError
from rsn_edge.people import Persons, Poses
from rsn_edge.skeleton import COCO17, MPII16, Skeleton

TWO_JOINTS = Skeleton("two", ("head", "foot"), (), (), (0.05, 0.05))
PERSON = {"id": 1, "name": "person"}
STREET = {"id": 7, "file_name": "street.jpg", "height": 480, "width": 640}
PARK = {"id": 3, "file_name": "park.jpg"}


def annotation(**values: Any) -> dict[str, Any]:
    return {"image_id": 7, "category_id": 1, "bbox": [10, 20, 30, 40], "keypoints": [1, 2, 2, 3, 4, 1], **values}


def file(tmp_path: Path, content: Any) -> Path:
    path = tmp_path / "some.json"
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return path


def coco(*annotations: dict[str, Any], categories: tuple[dict[str, Any], ...] = (PERSON,)) -> dict[str, Any]:
    return {"images": [STREET, PARK], "annotations": list(annotations), "categories": list(categories)}


def test_annotations_come_as_parallel_arrays(tmp_path: Path) -> None:
    path = file(
        tmp_path, coco(annotation(id=11, area=600.5), annotation(id=12, image_id=3, iscrowd=1, num_keypoints=1))
    )

    read = read_annotations(path, TWO_JOINTS)

    assert (read.image_ids.tolist(), read.file_names) == ([7, 3], ("street.jpg", "park.jpg"))
    assert read.sizes_hw.tolist() == [[480, 640], [0, 0]]
    assert (read.annotation_ids.tolist(), read.owners.tolist()) == ([11, 12], [7, 3])
    assert read.boxes_xyxy.tolist() == [[10, 20, 40, 60]] * 2
    assert read.keypoints.tolist() == [[[1, 2, 2], [3, 4, 1]]] * 2
    assert (read.areas.tolist(), read.crowd.tolist(), read.labelled.tolist()) == ([600.5, 1200], [False, True], [2, 1])


def test_a_person_without_keypoints_has_none_labelled(tmp_path: Path) -> None:
    box_only = {"image_id": 7, "category_id": 1, "bbox": [0, 0, 5, 5]}

    read = read_annotations(file(tmp_path, coco(annotation(), box_only)), TWO_JOINTS)

    assert read.labelled.tolist() == [2, 0]
    assert (read.keypoints[1] == 0).all()


def test_boxes_can_be_read_from_a_file_without_keypoints(tmp_path: Path) -> None:
    path = file(tmp_path, coco({"image_id": 7, "category_id": 1, "bbox": [0, 0, 5, 5]}))

    assert read_annotations(path, skeleton=None).keypoints.shape == (1, 0, 3)


def test_the_only_category_is_a_person_whatever_it_is_called(tmp_path: Path) -> None:
    path = file(tmp_path, coco(annotation(category_id=5), categories=({"id": 5, "name": "skier"},)))

    assert read_annotations(path, TWO_JOINTS).category_id == 5


def test_other_categories_are_left_out(tmp_path: Path) -> None:
    path = file(
        tmp_path, coco(annotation(), annotation(category_id=18), categories=(PERSON, {"id": 18, "name": "dog"}))
    )

    assert len(read_annotations(path, TWO_JOINTS).owners) == 1


def test_annotations_are_grouped_by_picture_in_their_order(tmp_path: Path) -> None:
    path = file(tmp_path, coco(annotation(image_id=3), annotation(), annotation(image_id=3), annotation(image_id=99)))

    rows = read_annotations(path, TWO_JOINTS).rows_by_picture()

    assert [own.tolist() for own in rows] == [[1], [0, 2]]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        pytest.param("{", "some.json is not JSON", id="broken"),
        pytest.param([{"image_id": 7, "keypoints": []}], "is a list of results, not an annotation file", id="results"),
        pytest.param({"images": []}, "no list of annotations", id="no annotations"),
        pytest.param({"annotations": [], "images": {}}, "no list of images", id="images of another form"),
        pytest.param(7, "no list of images and no list of annotations", id="a number"),
        pytest.param(coco(), "has no annotation of a person", id="nobody"),
        pytest.param(
            coco(annotation(), categories=({"id": 1, "name": "cat"}, {"id": 2, "name": "dog"})),
            "categories cat, dog, and none of them is called person",
            id="wrong categories",
        ),
        pytest.param(
            coco(annotation(keypoints=[1, 2, 2] * 14)), "labels 14 joints a person, and .* 'two' has 2", id="k"
        ),
        pytest.param(coco(annotation(keypoints=[])), "boxes of persons but no keypoints", id="instances"),
        pytest.param(coco(annotation(bbox=[1, 2, 3])), "no COCO annotation file", id="box of three numbers"),
        pytest.param(coco(annotation(bbox=[1, 2, float("nan"), 4])), "four finite numbers", id="NaN in a box"),
        pytest.param(coco(annotation(keypoints=["a"] * 6)), "no COCO annotation file", id="words for numbers"),
        pytest.param(coco({"image_id": 7, "keypoints": [1] * 6}), "KeyError.*bbox", id="no box"),
        pytest.param(coco(annotation(image_id=10**30)), "OverflowError", id="a huge id"),
        pytest.param(coco(annotation(id=float("inf"))), "OverflowError", id="an infinite id"),
        pytest.param(coco(annotation(iscrowd=[0, 1])), "one number is meant", id="a list of crowds"),
        pytest.param(coco(annotation(bbox=[0, 0, 1e99, 1])), "four finite numbers", id="a huge box"),
        pytest.param(coco(annotation(keypoints=[1e99] * 6)), "not finite", id="huge keypoints"),
        pytest.param("[" * 100_000, "is not JSON", id="a thousand brackets"),
        pytest.param({"images": ["street.jpg"], "annotations": [annotation()]}, "no COCO", id="pictures as names"),
    ],
)
def test_a_file_of_another_form_is_one_sentence(tmp_path: Path, content: Any, sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        read_annotations(file(tmp_path, content), TWO_JOINTS)


def test_a_missing_file_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"none\.json could not be read: No such file or directory\. Check its name"):
        read_annotations(tmp_path / "none.json")


def test_a_split_is_found_in_cocos_layout(tmp_path: Path) -> None:
    (tmp_path / "annotations").mkdir()
    (tmp_path / "annotations" / "person_keypoints_val2017.json").touch()
    (tmp_path / "val2017").mkdir()

    assert find_split(tmp_path, "val2017") == (
        tmp_path / "annotations" / "person_keypoints_val2017.json",
        tmp_path / "val2017",
    )


def test_a_missing_split_names_what_is_missing(tmp_path: Path) -> None:
    (tmp_path / "val2017").mkdir()

    with pytest.raises(InputError, match=r"person_keypoints_val2017\.json missing.*--coco-root"):
        find_split(tmp_path, "val2017")


def test_image_ids_are_found_by_the_endings_of_names_that_only_one_picture_has(tmp_path: Path) -> None:
    content = coco(annotation())
    content["images"] += [{"id": 8, "file_name": "a/twice.jpg"}, {"id": 9, "file_name": "b/twice.jpg"}]

    ids = image_ids_by_key(file(tmp_path, content))

    assert ids == {"street.jpg": 7, "park.jpg": 3, "a/twice.jpg": 8, "b/twice.jpg": 9}


def test_image_ids_of_a_results_list_are_found_by_number(tmp_path: Path) -> None:
    ids = image_ids_by_key(file(tmp_path, [{"image_id": 139}, {"image_id": 7}, {"image_id": 7}]))

    assert ids == {"139": 139, "7": 7}


@pytest.mark.parametrize(
    ("path", "image_id", "keys"),
    [
        pytest.param("a1/COCO_0139.jpg", None, ["a1/COCO_0139.jpg", "COCO_0139.jpg", "139"], id="a number at the end"),
        pytest.param("/7.png", 5, ["//7.png", "7.png", "5"], id="a given id"),
        pytest.param("frame12b.jpg", None, ["frame12b.jpg"], id="no number at the end"),
        pytest.param("", None, [], id="no name"),
    ],
)
def test_a_picture_is_known_by_the_endings_of_its_path_and_its_number(
    path: str, image_id: int | None, keys: list[str]
) -> None:
    assert picture_keys(path, image_id) == keys


def test_boxes_of_nobody_have_four_columns() -> None:
    assert corner_boxes([]).shape == (0, 4)


def poses(scores: list[list[float]], person_scores: list[float]) -> Poses:
    n, k = len(scores), len(scores[0])
    xy = np.arange(n * k * 2, dtype=np.float32).reshape(n, k, 2) + np.float32(0.1234567)
    joint_scores = np.array(scores, np.float32)
    boxes = np.tile(np.array([[10, 20, 40, 60]], np.float32), (n, 1))
    return Poses(xy, joint_scores, joint_scores, boxes, np.array(person_scores, np.float32))


def test_results_hold_every_joint_and_the_detectors_score_times_the_mean_joint_score() -> None:
    results = results_json(139, poses([[0.5, 1.0], [0.6, 0.6]], [1.0, 0.5]), category_id=5)

    assert [(result["image_id"], result["category_id"]) for result in results] == [(139, 5)] * 2
    assert results[0]["keypoints"] == [0.123, 1.123, 0.5, 2.123, 3.123, 1.0]
    np.testing.assert_allclose([result["score"] for result in results], [0.75, 0.3], rtol=1e-6)


def test_boxes_become_detections_with_width_and_height() -> None:
    persons = Persons(np.array([[10, 20, 40, 60]], np.float32), np.array([0.5], np.float32))

    assert boxes_json(139, persons, category_id=5) == [
        {"image_id": 139, "category_id": 5, "bbox": [10, 20, 30, 40], "score": 0.5}
    ]


def test_a_missing_joint_lies_in_the_middle_of_the_box_with_score_0_and_json_stays_strict() -> None:
    some = poses([[0.5, 1.0]], [1.0])
    some.keypoints_xy[0, 0] = np.nan

    text = json.dumps(results_json(139, some), allow_nan=False)

    assert json.loads(text)[0]["keypoints"][:3] == [25, 40, 0]


@pytest.mark.parametrize("skeleton", [COCO17, MPII16], ids=lambda skeleton: skeleton.name)
def test_nobody_gives_no_results(skeleton: Skeleton) -> None:
    assert results_json(139, Poses.empty(len(skeleton.joints))) == []
