"""What users may name as data of a detector."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from rsn_edge.errors import InputError
from train.data.keypoint_set import open_set
from train.detector.boxes import unpeopled_pictures


@pytest.fixture(name="root")
def _root(tmp_path: Path) -> Path:
    for name in (
        "own/instances.json",
        "coco/annotations/instances_walk.json",
        "coco/annotations/instances_train2017.json",
    ):
        (tmp_path / name).parent.mkdir(exist_ok=True, parents=True)
        (tmp_path / name).write_text(json.dumps({"images": [], "annotations": []}))
    for name in ("own/images", "coco/walk", "coco/train2017", "empty", "rooms"):
        (tmp_path / name).mkdir()
    for name in ("train_1.jpg", "train_2.JPG", "dev_1.jpg"):
        cv2.imwrite(str(tmp_path / "rooms" / name), np.zeros((8, 8, 3), np.uint8))
    return tmp_path


@pytest.mark.parametrize(
    ("text", "annotations", "pictures", "weight"),
    [
        ("own", "own/instances.json", "own/images", 1),
        ("own@0.5", "own/instances.json", "own/images", 0.5),
        ("own/instances.json", "own/instances.json", "own/images", 1),
        ("coco", "coco/annotations/instances_train2017.json", "coco/train2017", 1),
        ("coco:walk@2", "coco/annotations/instances_walk.json", "coco/walk", 2),
    ],
)
def test_annotated_sets(root: Path, text: str, annotations: str, pictures: str, weight: float) -> None:
    one = open_set(f"{root}/{text}", "train2017", None, root)

    assert (one.annotations, one.pictures, one.weight) == (root / annotations, root / pictures, weight)
    assert not unpeopled_pictures(f"{root}/{text}")[0]


def test_drawn_people_are_annotated(tmp_path: Path) -> None:
    assert open_set("synthetic:2", "", None, tmp_path).annotations.is_file()
    assert not unpeopled_pictures("synthetic:2")[0]


@pytest.mark.parametrize(
    ("text", "names", "weight"),
    [("rooms", ["dev_1.jpg", "train_1.jpg", "train_2.JPG"], 1), ("rooms/train_*@3", ["train_1.jpg", "train_2.JPG"], 3),
     ("rooms/dev_1.jpg", ["dev_1.jpg"], 1)],
    ids=["folder", "glob", "picture"],
)  # fmt: skip
def test_pictures_of_nobody(root: Path, text: str, names: list[str], weight: float) -> None:
    found, factor = unpeopled_pictures(f"{root}/{text}")

    assert ([path.name for path in found], factor) == (names, weight)


def test_a_glob_without_pictures_is_named(root: Path) -> None:
    with pytest.raises(InputError, match="no picture matches"):
        unpeopled_pictures(f"{root}/rooms/*.png")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [("nowhere", "there is no data"), ("coco:run", "no COCO split 'run'"), ("empty", "no COCO split"),
     ("own@much", "'much' .* is not a weight")],
)  # fmt: skip
def test_what_is_not_there_is_named(root: Path, text: str, sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        open_set(f"{root}/{text}", "train2017", None, root)
