"""A COCO annotation file as it is: broken entries are kept, so that each can be told by name."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rsn_edge.coco import read_json
from rsn_edge.errors import InputError

Float64 = NDArray[np.float64]
Mask = NDArray[np.bool_]
Entry = dict[str, Any]

_AREA_OF_BOX = 0.53  # what a person fills of the box


@dataclass(frozen=True, slots=True, eq=False)
class RawLabels:
    """p pictures, m annotations of persons, k joints; a number that is missing or none is NaN.

    Args:
        info: the file's remarks on itself.
        category: the entry of the category that holds persons, None where that cannot be told.
        pictures, persons: the p and m entries of the file.
        places: (m,) row of each person in the file's list of annotations.
        owners: (m,) row of each person's picture, -1 where the file lists no such picture.
        sizes_wh: (p, 2) pixels.
        boxes_xywh: (m, 4) pixels.
        areas: (m,) square pixels.
        keypoints: (m, k, 3) x, y, v; zeros for a person without, or with other than k joints.
        triples: (m,) thirds of the length of the keypoints, 0 where there are none.
    """

    info: Entry
    category: Entry | None
    pictures: list[Entry]
    persons: list[Entry]
    places: NDArray[np.int64]
    owners: NDArray[np.int64]
    sizes_wh: Float64
    boxes_xywh: Float64
    areas: Float64
    keypoints: Float64
    triples: Float64

    @property
    def picture_wh(self) -> Float64:
        """(m, 2) size of each person's picture, pixels."""
        sizes: Float64 = np.append(self.sizes_wh, [[np.nan, np.nan]], axis=0)[self.owners]
        return sizes

    @property
    def labelled(self) -> Mask:
        """(m, k): v > 0."""
        return np.asarray(self.keypoints[..., 2] > 0)

    @property
    def crowd(self) -> Mask:
        """(m,) regions with many people."""
        return marked(self.persons, "iscrowd")

    @property
    def scales(self) -> Float64:
        """(m,) square pixels that similarity is measured by: the area, or where there is none a share of the box."""
        return np.where(self.areas > 0, self.areas, _AREA_OF_BOX * self.boxes_xywh[:, 2:].prod(axis=1))

    @property
    def scored(self) -> Mask:
        """(m,) persons that count in an evaluation of keypoints."""
        return np.asarray(~self.crowd & self.labelled.any(axis=1))


def marked(entries: list[Entry], field: str) -> Mask:
    """(n,) entries whose `field` is there and true."""
    return np.array([bool(entry.get(field)) for entry in entries], np.bool_)


def read_raw_labels(path: Path, joints: int) -> RawLabels:
    """What `path` says of persons with so many joints; InputError where it is no annotation file at all."""
    content = read_json(path)
    if isinstance(content, list):
        raise InputError(f"{path} is a list of results, not an annotation file", "Annotations have images and labels.")
    if not isinstance(content, dict) or not all(isinstance(content.get(k), list) for k in ("images", "annotations")):
        raise InputError(f"{path} is no COCO annotation file: it has no list of images, or no list of annotations")
    pictures, annotations = ([_entry(entry) for entry in content[key]] for key in ("images", "annotations"))
    category = _person_category(content.get("categories"))
    wanted = (None, (category or {}).get("id"))
    anybody = wanted[1] is None
    places = [row for row, entry in enumerate(annotations) if anybody or entry.get("category_id") in wanted]
    persons = [annotations[row] for row in places]
    rows = {_number(picture.get("id")): row for row, picture in reversed(list(enumerate(pictures)))}
    return RawLabels(
        info=_entry(content.get("info")),
        category=category,
        pictures=pictures,
        persons=persons,
        places=np.array(places, np.int64),
        owners=np.array([rows.get(_number(person.get("image_id")), -1) for person in persons], np.int64),
        sizes_wh=_numbers([[picture.get("width"), picture.get("height")] for picture in pictures], 2),
        boxes_xywh=_numbers([person.get("bbox") for person in persons], 4),
        areas=_numbers([[person.get("area")] for person in persons], 1)[:, 0],
        keypoints=_numbers([_fitting(person, joints) for person in persons], 3 * joints).reshape(-1, joints, 3),
        triples=np.array([_triples(person) for person in persons], np.float64),
    )


def _entry(value: Any) -> Entry:
    return value if isinstance(value, dict) else {}


def _person_category(categories: Any) -> Entry | None:
    """The category called person, or the only one; an empty one, which fits every annotation, where none is named."""
    entries = [_entry(entry) for entry in categories] if isinstance(categories, list) else []
    named = [entry for entry in entries if entry.get("name") == "person"]
    if named or len(entries) == 1:
        return (named or entries)[0]
    return None if entries else {}


def _number(identity: Any) -> Any:
    """Ids that only differ in being text, float or int lead to the same picture, as they do in training."""
    if isinstance(identity, str) and identity.isdecimal():
        return int(identity)
    return identity if isinstance(identity, (int, float, str)) else repr(identity)


def _numbers(rows: list[Any], length: int) -> Float64:
    """(n, length): NaN all over a row that is not that many numbers, and for what is infinite."""
    numbers = np.full((len(rows), length), np.nan)
    for row, values in enumerate(rows):
        try:
            found = np.array(values, np.float64)
        except (TypeError, ValueError, OverflowError):
            continue
        if found.shape == (length,):
            numbers[row] = found
    return np.where(np.isfinite(numbers), numbers, np.nan)


def _fitting(person: Entry, joints: int) -> Any:
    return person["keypoints"] if _triples(person) == joints else [0.0] * 3 * joints


def _triples(person: Entry) -> float:
    keypoints = person.get("keypoints")
    return len(keypoints) / 3 if isinstance(keypoints, list) else 0.0
