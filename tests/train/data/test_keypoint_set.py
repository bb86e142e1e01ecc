"""What a name of data means."""

from pathlib import Path

import pytest

from rsn_edge.errors import InputError
from rsn_edge.skeleton import COCO17, MPII16
from tests.mpii_files import PEOPLE, write_list
from train.data.keypoint_set import KeypointSet, open_set


@pytest.fixture(name="root")
def _root(tmp_path: Path) -> Path:
    for name in ("annotations/person_keypoints_val2017.json", "photos/person_keypoints.json", "own/mine.json"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("{}")
    for name in ("val2017", "photos/images", "own/images"):
        (tmp_path / name).mkdir()
    return tmp_path


def _open(root: Path, text: str) -> KeypointSet:
    return open_set(f"{root}{text}", "val2017", COCO17, root / "drawn")


@pytest.mark.parametrize(
    ("text", "annotations", "pictures", "name"),
    [("", "annotations/person_keypoints_val2017.json", "val2017", "val2017"),
     (":val2017", "annotations/person_keypoints_val2017.json", "val2017", "val2017"),
     ("/annotations/person_keypoints_val2017.json", "annotations/person_keypoints_val2017.json", "val2017", "val2017"),
     ("/photos", "photos/person_keypoints.json", "photos/images", "photos"),
     ("/own/mine.json", "own/mine.json", "own/images", "own")],
    ids=["coco", "split", "coco-json", "folder", "json"],
)  # fmt: skip
def test_every_form_is_found(root: Path, text: str, annotations: str, pictures: str, name: str) -> None:
    found = _open(root, text)

    assert found == KeypointSet(root / annotations, root / pictures)
    assert found.name == name


@pytest.mark.parametrize(("text", "weight"), [("/photos@1.5", 1.5), (":val2017@2", 2.0), ("/photos", 1.0)])
def test_a_weight_stands_behind_an_at(root: Path, text: str, weight: float) -> None:
    assert _open(root, text).weight == weight


@pytest.mark.parametrize(
    ("text", "sentence"),
    [("/nowhere", "there is no data"), (":test2017", "there is no COCO split 'test2017'"),
     ("/photos/images", "there is no COCO split 'val2017'"), ("/photos@many", "'many' in .* is not a weight"),
     ("/photos@0", "'0' in .* is not a weight")],
    ids=["nowhere", "split", "no-annotations", "word", "zero"],
)  # fmt: skip
def test_what_is_not_there_is_named(root: Path, text: str, sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        _open(root, text)


def test_annotations_without_pictures_are_named(root: Path) -> None:
    (root / "own/images").rmdir()

    with pytest.raises(InputError, match=r"the pictures of .* were not found"):
        _open(root, "/own/mine.json")


def test_a_list_is_a_set_of_mpii(tmp_path: Path) -> None:
    found = open_set(f"{write_list(tmp_path / 'train.json', PEOPLE)}@2", "train2017", MPII16, tmp_path / "cache")

    assert (found.pictures, found.weight) == (tmp_path / "images", 2)
    assert found.annotations.is_relative_to(tmp_path / "cache")
    assert found.name.startswith("mpii-train-")


def test_an_empty_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "own.json").touch()

    with pytest.raises(InputError, match=r"own\.json is empty"):
        open_set(str(tmp_path / "own.json"), "", COCO17, tmp_path)


def test_drawn_people_are_drawn_once(tmp_path: Path) -> None:
    first = open_set("synthetic:2@3", "", MPII16, tmp_path)
    written = first.annotations.stat().st_mtime_ns

    assert first.weight == 3
    assert len(list(first.pictures.iterdir())) == 2
    assert open_set("synthetic:2@3", "", MPII16, tmp_path).annotations.stat().st_mtime_ns == written
    assert open_set("synthetic:2", "", MPII16, tmp_path, seed=1).annotations != first.annotations
