"""What `--coco` names: a split, an annotation file, a test set; and what cannot be scored."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from benchmarks.coco_set import open_set
from rsn_edge.errors import InputError
from rsn_edge.skeleton import COCO17, MPII16
from tests.benchmarks.drawn_set import write_split


def changed(path: Path, change: Callable[[dict[str, Any]], object]) -> Path:
    content = json.loads(path.read_text())
    change(content)
    path.write_text(json.dumps(content))
    return path


def test_a_split_in_cocos_layout(tmp_path: Path) -> None:
    annotations = write_split(tmp_path, "val2017")

    found = open_set("val2017", tmp_path, COCO17)

    assert (found.name, found.annotations, found.pictures) == ("val2017", annotations, tmp_path / "val2017")
    assert found.labelled


def test_a_file_of_a_folder_that_is_not_in_cocos_layout(tmp_path: Path) -> None:
    annotations = write_split(tmp_path, "val2017").rename(tmp_path / "person_keypoints.json")
    (tmp_path / "val2017").rename(tmp_path / "images")

    found = open_set(str(annotations), Path("nowhere"), COCO17)

    assert (found.name, found.pictures) == (tmp_path.name, tmp_path / "images")


def test_a_file_in_cocos_layout_finds_the_pictures_of_its_split(tmp_path: Path) -> None:
    found = open_set(str(write_split(tmp_path, "val2017")), Path("nowhere"), COCO17)

    assert (found.name, found.pictures) == ("val2017", tmp_path / "val2017")


@pytest.mark.parametrize("folder", ["test2017", "test-dev2017"])
def test_a_test_set_has_pictures_and_no_truth(tmp_path: Path, folder: str) -> None:
    path = changed(write_split(tmp_path, folder), lambda content: content.pop("annotations"))
    path.rename(path.with_name("image_info_test-dev2017.json"))

    found = open_set("test-dev2017", tmp_path, COCO17)

    assert (found.labelled, found.pictures) == (False, tmp_path / folder)
    assert (len(found.truth.image_ids), found.truth.keypoints.shape) == (3, (0, 17, 3))


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda c: c["annotations"][0].pop("area"), "1 annotations of .* have no 'area'"),
        (lambda c: c["annotations"][0].pop("id"), "1 annotations of .* have no 'id'"),
        (lambda c: c["annotations"][0].update(id=c["annotations"][1]["id"]), "several annotations of .* the same id"),
        (lambda c: c.pop("annotations"), "it has no list of annotations"),
        (lambda c: c["annotations"].clear(), "has no annotation of a person"),
        (lambda c: c["annotations"][0].update(bbox=[1, 2]), "is no COCO annotation file"),
    ],
    ids=["no-area", "no-id", "same-id", "no-annotations", "empty", "bbox"],
)
def test_what_cannot_be_scored_is_one_sentence(
    tmp_path: Path, change: Callable[[dict[str, Any]], object], sentence: str
) -> None:
    changed(write_split(tmp_path), change)

    with pytest.raises(InputError, match=sentence):
        open_set("val2017", tmp_path, COCO17)


def test_a_split_that_is_not_there_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"there is no COCO split 'val2014' in .*name DIR with --coco-root"):
        open_set("val2014", tmp_path, COCO17)


def test_another_number_of_joints_is_one_sentence(tmp_path: Path) -> None:
    write_split(tmp_path)

    with pytest.raises(InputError, match="labels 17 joints a person, and the skeleton 'mpii16' has 16"):
        open_set("val2017", tmp_path, MPII16)


def test_a_broken_picture_list_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "annotations").mkdir()
    (tmp_path / "annotations" / "image_info_test2017.json").write_text('{"images": [{"id": 1}]}')

    with pytest.raises(InputError, match="is no list of COCO's pictures"):
        open_set("test2017", tmp_path, COCO17)
