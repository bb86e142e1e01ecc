"""Pictures and the boxes of the persons in them, as parallel arrays: what a detector learns from.

Axes: n pictures, m boxes. Coordinates are pixels of the picture, a box's edges lying between pixels.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rsn_edge.coco import read_json

from ..data.keypoint_set import KeypointSet, read_set

Float64 = NDArray[np.float64]

_FROM_JOINTS = 0.3  # trust in a box that nobody drew


@dataclass(frozen=True, slots=True, eq=False)
class BoxedPictures:
    """n pictures with m boxes.

    Args:
        paths: n.
        sizes_hw: (n, 2) as annotated, 0 where nothing says.
        complete: (n,) whether everybody in the picture has a box, or lies in a region to ignore.
        weights: (n,) how often each is drawn, in proportion.
        owners: (m,) which of the n.
        boxes_xyxy: (m, 4).
        ignored: (m,) a region that is neither person nor background, such as a crowd.
        trust: (m,) what the place of the box counts in the loss, [0, 1].
    """

    paths: tuple[Path, ...]
    sizes_hw: NDArray[np.int64]
    complete: NDArray[np.bool_]
    weights: Float64
    owners: NDArray[np.intp]
    boxes_xyxy: Float64
    ignored: NDArray[np.bool_]
    trust: Float64

    def __len__(self) -> int:
        return len(self.paths)

    @property
    def peopled(self) -> NDArray[np.bool_]:
        """(n,) whether a picture has a box of any kind."""
        return np.bincount(self.owners, minlength=len(self)) > 0


def annotated_pictures(one: KeypointSet) -> BoxedPictures:
    """All pictures of a set; InputError where its file is broken.

    Everybody has a box unless a picture's `all_persons_boxed` or `info.all_persons_labelled` denies it, or the set
    tells main persons from others. A person marked `box_from_joints` has a box that nobody drew.
    """
    truth = read_set(one, skeleton=None)
    content = read_json(one.annotations)
    places = {image_id: row for row, image_id in enumerate(truth.image_ids.tolist())}
    guessed = [entry.get("id") for entry in content["annotations"] if entry.get("box_from_joints")]
    usable = (truth.boxes_xyxy[:, 2:] > truth.boxes_xyxy[:, :2]).all(axis=1)
    count = len(truth.file_names)
    return BoxedPictures(
        paths=tuple(one.pictures / name for name in truth.file_names),
        sizes_hw=truth.sizes_hw,
        complete=_complete(content),
        weights=np.full(count, one.weight),
        owners=np.array([places[owner] for owner in truth.owners[usable].tolist()], np.intp),
        boxes_xyxy=truth.boxes_xyxy[usable].astype(np.float64),
        ignored=truth.crowd[usable],
        trust=np.where(np.isin(truth.annotation_ids[usable], guessed), _FROM_JOINTS, 1.0),
    )


def pictures_of_nobody(paths: Sequence[Path], weight: float) -> BoxedPictures:
    """Pictures without persons."""
    count, none = len(paths), np.zeros(0)
    sizes, complete, weights = np.zeros((count, 2), np.int64), np.ones(count, np.bool_), np.full(count, weight)
    owners, boxes, ignored = none.astype(np.intp), none.reshape(0, 4), none.astype(np.bool_)
    return BoxedPictures(tuple(paths), sizes, complete, weights, owners, boxes, ignored, none)


def joined(parts: Sequence[BoxedPictures]) -> BoxedPictures:
    """The pictures of all parts, one after the other."""
    firsts = np.cumsum([0, *(len(part) for part in parts[:-1])])
    moved = [replace(part, owners=part.owners + first) for part, first in zip(parts, firsts, strict=True)]
    names = [field.name for field in fields(BoxedPictures) if field.name != "paths"]
    columns = (np.concatenate([getattr(part, name) for part in moved]) for name in names)
    return BoxedPictures(tuple(path for part in parts for path in part.paths), *columns)


def _complete(content: dict[str, Any]) -> NDArray[np.bool_]:
    info = content.get("info")
    said = info.get("all_persons_labelled") if isinstance(info, dict) else None
    usual = not any("main" in entry for entry in content["annotations"]) if said is None else said
    return np.array([bool(image.get("all_persons_boxed", usual)) for image in content["images"]])
