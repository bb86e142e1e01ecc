"""A COCO annotation file as it is: broken entries are kept, so that each can be told by name."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rsn_edge.coco import read_json
from rsn_edge.errors import InputError
from rsn_edge.skeleton import Skeleton

Float64 = NDArray[np.float64]
Mask = NDArray[np.bool_]
Entry = dict[str, Any]

_AREA_OF_BOX = 0.53  # what a person fills of the box


@dataclass(frozen=True, slots=True, eq=False)
class RawLabels:
    """p pictures, m annotations of persons, k joints; where an entry has no such numbers, they are NaN.

    Args:
        skeleton: what is to be trained.
        info: the file's remarks on itself.
        category: the entry of the category that holds persons, None where that cannot be told.
        pictures, persons: the p and m entries of the file.
        places: (m,) row of each person in the file's list of annotations.
        owners: (m,) row of each person's picture, -1 where the file lists no such picture.
        sizes_wh: (p, 2) pixels.
        boxes_xywh: (m, 4) pixels.
        areas: (m,) square pixels.
        keypoints: (m, k, 3) x, y, v; zeros for a person without, or with other than k joints.
        fits: (m,) persons with k joints, or none.
    """

    skeleton: Skeleton
    info: Entry
    category: Entry | None
    pictures: list[Entry]
    persons: list[Entry]
    places: list[int]
    owners: NDArray[np.int64]
    sizes_wh: Float64
    boxes_xywh: Float64
    areas: Float64
    keypoints: Float64
    fits: Mask

    @property
    def picture_wh(self) -> Float64:
        """(m, 2) size of each person's picture, pixels."""
        return np.asarray(np.append(self.sizes_wh, [[np.nan, np.nan]], axis=0)[self.owners])

    @property
    def corners(self) -> Float64:
        """(m, 2, 2): x1, y1 and x2, y2 of the boxes, pixels."""
        return np.asarray(self.boxes_xywh.reshape(-1, 2, 2).cumsum(axis=1))

    @property
    def box_areas(self) -> Float64:
        """(m,) square pixels; NaN for a box without width or height."""
        wh = self.boxes_xywh[:, 2:]
        return np.where((wh > 0).all(axis=1), wh.prod(axis=1), np.nan)

    @property
    def scales(self) -> Float64:
        """(m,) square pixels that similarity is measured by: the area, or where there is none a share of the box."""
        return np.where(self.areas > 0, self.areas, _AREA_OF_BOX * self.box_areas)

    @property
    def labelled(self) -> Mask:
        """(m, k): v > 0."""
        return np.asarray(self.keypoints[..., 2] > 0)

    @property
    def crowd(self) -> Mask:
        """(m,) regions with many people."""
        return np.array([bool(person.get("iscrowd")) for person in self.persons], np.bool_)

    @property
    def scored(self) -> Mask:
        """(m,) persons that count in an evaluation of keypoints."""
        return np.asarray(~self.crowd & self.labelled.any(axis=1))


def identity(value: Any) -> int | None:
    """The number that training takes an id for, None where it is none."""
    try:
        return int(value)
    except (TypeError, ValueError, OverflowError):
        return None


def listed(value: Any) -> list[Any]:
    """The value, or an empty list where it is none."""
    return value if isinstance(value, list) else []


def read_raw_labels(path: Path, skeleton: Skeleton) -> RawLabels:
    """What `path` says of its persons; InputError where it is no annotation file at all."""
    content = _entry(read_json(path))
    if not all(isinstance(content.get(key), list) for key in ("images", "annotations")):
        raise InputError(f"{path} is no COCO annotation file: it has no list of images, or no list of annotations")
    pictures, annotations = ([_entry(entry) for entry in content[key]] for key in ("images", "annotations"))
    category, k = _person_category(content), len(skeleton.joints)
    number = (category or {}).get("id")
    places = [
        row for row, entry in enumerate(annotations) if entry.get("category_id") in (None, number) or number is None
    ]
    persons = [annotations[row] for row in places]
    rows = {identity(picture.get("id")): row for row, picture in reversed(list(enumerate(pictures)))} | {None: -1}
    flat = [listed(person.get("keypoints")) for person in persons]
    keypoints = _numbers([own if len(own) == 3 * k else [0.0] * 3 * k for own in flat], 3 * k)
    return RawLabels(
        skeleton=skeleton,
        info=_entry(content.get("info")),
        category=category,
        pictures=pictures,
        persons=persons,
        places=places,
        owners=np.array([rows.get(identity(person.get("image_id")), -1) for person in persons], np.int64),
        sizes_wh=_numbers([[picture.get("width"), picture.get("height")] for picture in pictures], 2),
        boxes_xywh=_numbers([person.get("bbox") for person in persons], 4),
        areas=_numbers([[person.get("area")] for person in persons], 1)[:, 0],
        keypoints=keypoints.reshape(-1, k, 3),
        fits=np.array([len(own) in (0, 3 * k) for own in flat], np.bool_),
    )


def _entry(value: Any) -> Entry:
    return value if isinstance(value, dict) else {}


def _person_category(content: Entry) -> Entry | None:
    """The category called person, or the only one; an empty one, which fits every annotation, where none is named."""
    entries = [_entry(entry) for entry in listed(content.get("categories"))]
    named = [entry for entry in entries if entry.get("name") == "person"] or entries
    return named[0] if len(named) == 1 else None if named else {}


def _numbers(rows: list[Any], length: int) -> Float64:
    """(n, length): NaN all over a row that is not that many finite numbers."""
    numbers = np.full((len(rows), length), np.nan)
    for row, values in enumerate(rows):
        try:
            found = np.array(values, np.float64)
        except (TypeError, ValueError, OverflowError):
            continue
        if found.shape == (length,) and np.isfinite(found).all():
            numbers[row] = found
    return numbers
