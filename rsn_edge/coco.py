"""COCO files: annotations in as parallel arrays, results out as COCO's evaluation takes them, folders in its layout."""

import json
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from rsn_edge.errors import InputError
from rsn_edge.people import Float32, Persons, Poses
from rsn_edge.skeleton import COCO17, Skeleton

Result = dict[str, Any]  # one entry of a COCO results list
T = TypeVar("T", np.int64, np.float32, np.bool_)

AREA_OF_BOX = 0.53  # what a person fills of the box: the usual stand-in where no outline is known

# What numpy and Python say to entries of another form: OverflowError to a number that no 64 bits hold.
MALFORMED = (KeyError, TypeError, ValueError, AttributeError, IndexError, OverflowError)


@dataclass(frozen=True, slots=True, eq=False)
class CocoKeypoints:
    """An annotation file: p pictures and m annotations of persons, k joints each (k = 0 where only boxes were read).

    Args:
        image_ids: (p,) int64.
        file_names: p names, as the file has them.
        sizes_hw: (p, 2) int64 pixels, 0 where the file does not say.
        annotation_ids: (m,) int64.
        owners: (m,) int64, the image id of each annotation.
        boxes_xyxy: (m, 4) float32 pixels.
        keypoints: (m, k, 3) float32: x, y, and 0 not labelled, 1 labelled but hidden, 2 visible.
        areas: (m,) float32 square pixels, of the person's outline where the file has it, else of the box.
        crowd: (m,) whether the annotation is a region with many people.
        labelled: (m,) int64, number of labelled joints.
        category_id: what the file calls a person.
    """

    image_ids: NDArray[np.int64]
    file_names: tuple[str, ...]
    sizes_hw: NDArray[np.int64]
    annotation_ids: NDArray[np.int64]
    owners: NDArray[np.int64]
    boxes_xyxy: Float32
    keypoints: Float32
    areas: Float32
    crowd: NDArray[np.bool_]
    labelled: NDArray[np.int64]
    category_id: int

    def rows_by_picture(self) -> list[NDArray[np.intp]]:
        """For each picture, which of the m annotations are its own, in their order."""
        order = np.argsort(self.owners, kind="stable")
        first = np.searchsorted(self.owners, self.image_ids, "left", sorter=order)
        last = np.searchsorted(self.owners, self.image_ids, "right", sorter=order)
        return [order[a:b] for a, b in zip(first, last, strict=True)]


def read_annotations(path: Path, skeleton: Skeleton | None = COCO17) -> CocoKeypoints:
    """The persons of a COCO annotation file; with `skeleton` None only their boxes.

    InputError where the file is broken, of another form, or has other joints than `skeleton`.
    """
    content = read_json(path)
    if isinstance(content, list):
        raise InputError(f"{path} is a list of results, not an annotation file", "Annotations have images and labels.")
    lacking = [key for key in ("images", "annotations") if not isinstance(_get(content, key), list)]
    if lacking:
        raise InputError(
            f"{path} is no COCO annotation file: it has no list of {' and no list of '.join(lacking)}",
            "Annotations of persons lie in person_keypoints_SPLIT.json.",
        )
    try:
        with np.errstate(over="ignore"):  # what no float32 holds becomes infinite, and is refused as such
            return _parsed(content, path, skeleton)
    except MALFORMED as error:
        raise InputError(f"{path} is no COCO annotation file: {error!r}", "Check it: rsn-edge audit-data.") from error


def read_json(path: Path) -> Any:
    """What a JSON file holds; InputError where it cannot be read."""
    try:
        return json.loads(path.read_bytes())
    except OSError as error:
        raise InputError(
            f"{path} could not be read: {error.strerror or error}", "Check its name and rights."
        ) from error
    except (ValueError, RecursionError) as error:  # the latter: brackets within brackets, a thousand deep
        raise InputError(f"{path} is not JSON: {error}", "Check that it is whole, and the file you mean.") from error


def image_ids_by_key(path: Path) -> dict[str, int]:
    """Image ids by what a picture may be called (`picture_keys`), from an annotation file or a list of results."""
    content = read_json(path)
    if isinstance(content, list):
        return {str(n): n for entry in content if isinstance(n := _get(entry, "image_id"), int)}
    file = read_annotations(path, skeleton=None)
    return {ending: int(file.image_ids[row]) for ending, row in rows_by_ending(file.file_names).items()}


def rows_by_ending(names: Sequence[str]) -> dict[str, int]:
    """Which of the paths `names` has an ending (`b/c.jpg`, `c.jpg`), for every ending that only one of them has."""
    endings = [_endings(name) for name in names]
    bearers = Counter(ending for of_one in endings for ending in of_one)
    return {ending: row for row, of_one in enumerate(endings) for ending in of_one if bearers[ending] == 1}


def picture_keys(path: str, image_id: int | None = None) -> list[str]:
    """What a file may call a picture: `a/b/c7.jpg` -> `a/b/c7.jpg`, `b/c7.jpg`, `c7.jpg`, `7`; the first known counts.

    The last is its id, for lists that know no file names; unless given it is the number that the name ends with, as
    COCO's names do: 139 of `COCO_val2014_000000000139.jpg`.
    """
    digits = re.search(r"\d+$", PurePath(path).stem)
    if image_id is None and digits:
        image_id = int(digits.group())
    return _endings(path) + ([] if image_id is None else [str(image_id)])


def find_set(place: str, usual_split: str, kinds: Sequence[str] = ("person_keypoints",)) -> tuple[Path, Path] | None:
    """Annotation file and picture folder of the set that a user names, None where there is no such set.

    Args:
        place: `DIR[:SPLIT]` in COCO's layout, `DIR` with KIND.json and its pictures, or a .json with its pictures.
        usual_split: of a folder in COCO's layout that is named without one.
        kinds: of annotation files, the best first.

    InputError where a part of a set is missing.
    """
    path = Path(place)
    for file in (path, *(path / f"{kind}.json" for kind in kinds)):
        if file.suffix == ".json" and file.is_file():
            return file, find_pictures(file)
    root, colon, split = place.rpartition(":")
    if colon and not path.exists():
        return find_split(Path(root), split, kinds) if Path(root).is_dir() else None
    return find_split(path, usual_split, kinds) if (path / "annotations").is_dir() else None


def find_split(root: Path, split: str, kinds: Sequence[str] = ("person_keypoints",)) -> tuple[Path, Path]:
    """Annotation file and picture folder of a split in COCO's layout; InputError where they are missing."""
    files, pictures = [root / "annotations" / f"{kind}_{split}.json" for kind in kinds], root / split
    annotations = next((file for file in files if file.is_file()), files[0])
    missing = [str(path) for path in (annotations, pictures) if not path.exists()]
    if missing:
        raise InputError(
            f"there is no COCO split '{split}' in {root}: {' and '.join(missing)} missing",
            "A split lies in DIR/annotations/person_keypoints_SPLIT.json and DIR/SPLIT/; name DIR with --coco-root.",
        )
    return annotations, pictures


def find_pictures(annotations: Path) -> Path:
    """The folder of an annotation file's pictures: that of its split, or images/, beside it or beside its folder.

    InputError where there is none.
    """
    split = annotations.stem.removeprefix("person_keypoints_")
    beside, above = annotations.parent, annotations.parent.parent
    folders = beside / "images", above / split, beside / split, above / "images"
    for folder in folders:
        if folder.is_dir():
            return folder
    raise InputError(
        f"the pictures of {annotations} were not found: there is no folder {' or '.join(map(str, folders))}",
        "Put them into a folder images/ beside the file.",
    )


def results_json(image_id: int, poses: Poses, category_id: int = 1) -> list[Result]:
    """The poses of one picture as entries of a COCO results list.

    Every joint is in it, with the family's own score; a missing one lies at the middle of the box with score 0. The
    person's score is the official one of RSN and MSPN: the detector's x the mean of all joint scores.
    """
    boxes = poses.boxes_xyxy
    present = np.isfinite(poses.keypoints_xy).all(axis=2) & np.isfinite(poses.scores)
    middle = (boxes[:, None, :2] + boxes[:, None, 2:]) / 2
    points = np.where(present[..., None], poses.keypoints_xy, middle)
    scores = np.where(present, poses.scores, np.float32(0))
    persons = poses.person_scores * scores.mean(axis=1)
    # float64 before rounding, or the text is 167.88099670410156 where 167.881 is meant.
    triples = np.concatenate([points, scores[..., None]], axis=2).astype(np.float64).round(3)
    return [
        {"image_id": image_id, "category_id": category_id, "keypoints": person.ravel().tolist(), "score": float(score)}
        for person, score in zip(triples, persons, strict=True)
    ]


def boxes_json(image_id: int, persons: Persons, category_id: int = 1) -> list[Result]:
    """The persons of one picture as entries of a COCO list of detections."""
    sizes = persons.boxes_xyxy[:, 2:] - persons.boxes_xyxy[:, :2]
    return [
        {"image_id": image_id, "category_id": category_id, "bbox": box, "score": score}
        for box, score in zip(
            np.concatenate([persons.boxes_xyxy[:, :2], sizes], axis=1).tolist(), persons.scores.tolist(), strict=True
        )
    ]


def person_entry(number: int, image_id: int, box_xyxy: Any, area: float, keypoints_xyv: Any) -> dict[str, Any]:
    """A person as an entry of an annotation file, `number` its id; box (4,) and keypoints (k, 3) are arrays."""
    return {
        "id": number,
        "image_id": image_id,
        "category_id": 1,
        "iscrowd": 0,
        "bbox": [*box_xyxy[:2].tolist(), *(box_xyxy[2:] - box_xyxy[:2]).tolist()],
        "area": area,
        "keypoints": keypoints_xyv.ravel().tolist(),
        "num_keypoints": int((keypoints_xyv[:, 2] > 0).sum()),
    }


def annotation_file(
    description: str, images: Sequence[dict[str, Any]], persons: Sequence[dict[str, Any]], joints: Sequence[str]
) -> str:
    """An annotation file of persons with these joints; the entries of `person_entry`."""
    categories = [{"id": 1, "name": "person", "keypoints": list(joints)}]
    info = {"description": description}
    return json.dumps({"info": info, "images": images, "annotations": persons, "categories": categories})


def corner_boxes(boxes_xywh: Any) -> Float32:
    """Boxes (n, 4) as x1, y1, x2, y2, from x, y, width, height; ValueError where they are not that many numbers."""
    with np.errstate(over="ignore", invalid="ignore"):  # what no float32 holds becomes infinite
        boxes = np.array(boxes_xywh, np.float32).reshape(len(boxes_xywh), 4)
        boxes[:, 2:] += boxes[:, :2]
    if not np.isfinite(boxes).all():
        raise ValueError("a bbox that is not four finite numbers")
    return boxes


def column(values: Sequence[Any], kind: type[T]) -> NDArray[T]:
    """One number of each entry as an array (n,); ValueError where an entry has a list of them."""
    with np.errstate(over="ignore"):
        numbers = np.array(values, kind)
    if numbers.ndim != 1:
        raise ValueError("a list where one number is meant")
    return numbers


def _endings(path: str) -> list[str]:
    parts = PurePath(path).parts
    return ["/".join(parts[start:]) for start in range(len(parts))]


def _get(content: Any, key: str) -> Any:
    return content.get(key) if isinstance(content, dict) else None


def _parsed(content: dict[str, Any], path: Path, skeleton: Skeleton | None) -> CocoKeypoints:
    images = content["images"]
    category_id = _person_category(content.get("categories") or [], path)
    persons = [entry for entry in content["annotations"] if entry.get("category_id", category_id) == category_id]
    if not persons:
        raise InputError(f"{path} has no annotation of a person", "Check it: rsn-edge audit-data.")
    keypoints = _keypoints(persons, path, skeleton)
    boxes = corner_boxes([entry["bbox"] for entry in persons])
    box_areas = np.prod(boxes[:, 2:] - boxes[:, :2], axis=1)
    labelled = (keypoints[..., 2] > 0).sum(axis=1)
    return CocoKeypoints(
        image_ids=column([image["id"] for image in images], np.int64),
        file_names=tuple(str(image["file_name"]) for image in images),
        sizes_hw=np.array([[i.get("height", 0), i.get("width", 0)] for i in images], np.int64).reshape(-1, 2),
        annotation_ids=column([entry.get("id", row) for row, entry in enumerate(persons)], np.int64),
        owners=column([entry["image_id"] for entry in persons], np.int64),
        boxes_xyxy=boxes,
        keypoints=keypoints,
        areas=column([entry.get("area", area) for entry, area in zip(persons, box_areas, strict=True)], np.float32),
        crowd=column([entry.get("iscrowd", 0) for entry in persons], np.bool_),
        labelled=column([entry.get("num_keypoints", n) for entry, n in zip(persons, labelled, strict=True)], np.int64),
        category_id=category_id,
    )


def _person_category(categories: list[dict[str, Any]], path: Path) -> int:
    """The category called person, or the only one there is; 1 where the file declares none."""
    ids = {str(category["name"]): int(category["id"]) for category in categories}
    if "person" in ids or len(ids) == 1:
        return ids.get("person", next(iter(ids.values())))
    if ids:
        raise InputError(
            f"{path} has the categories {', '.join(ids)}, and none of them is called person",
            "Call the category of the annotated persons so.",
        )
    return 1


def _keypoints(persons: list[dict[str, Any]], path: Path, skeleton: Skeleton | None) -> Float32:
    """(m, k, 3); zeros for a person without keypoints, such as a crowd region."""
    if skeleton is None:
        return np.zeros((len(persons), 0, 3), np.float32)
    k = len(skeleton.joints)
    numbers = [entry.get("keypoints") or [0.0] * 3 * k for entry in persons]
    others = {len(flat) / 3 for flat in numbers} - {k}
    if others:
        raise InputError(
            f"{path} labels {min(others):g} joints a person, and the skeleton '{skeleton.name}' has {k}",
            "Name the skeleton of these annotations with --skeleton.",
        )
    if not any(entry.get("keypoints") for entry in persons):
        raise InputError(
            f"{path} has boxes of persons but no keypoints", "Keypoints lie in person_keypoints_SPLIT.json."
        )
    keypoints = np.array(numbers, np.float32).reshape(-1, k, 3)
    if not np.isfinite(keypoints).all():
        raise ValueError("keypoints that are not finite numbers")
    return keypoints
