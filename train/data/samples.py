"""The persons of all training sets as parallel arrays: whom to train on, where they are, how often to draw them.

Axes: n persons, k joints. Coordinates are pixels of the person's picture.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from rsn_edge.coco import CocoKeypoints, read_json
from rsn_edge.errors import InputError
from rsn_edge.spec import ModelSpec

from .keypoint_set import KeypointSet, read_set

Float32 = NDArray[np.float32]

# A person must have so many labelled joints, and a box of this share of the network's input: smaller ones are mush.
_FEWEST_JOINTS = 4
_SMALLEST = 3 / 16, 1 / 12  # height, width


@dataclass(frozen=True, slots=True, eq=False)
class Samples:
    """n persons to train on.

    Args:
        pictures: n paths.
        boxes_xyxy: (n, 4).
        joints_xyv: (n, k, 3) x, y, and 0 not labelled, 1 labelled but hidden, 2 visible.
        known: (n, k) False for joints that the person's set never labels: nothing can be learnt of them.
        weights: (n,) how often each is drawn, in proportion.
    """

    pictures: tuple[Path, ...]
    boxes_xyxy: Float32
    joints_xyv: Float32
    known: NDArray[np.bool_]
    weights: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.pictures)


def read_samples(sets: Sequence[KeypointSet], spec: ModelSpec) -> Samples:
    """All persons of the sets who can teach something: not crowds, not too small, not those marked `main: false`.

    InputError where a file is broken, labels another skeleton, or leaves nobody.
    """
    parts = [_samples_of(one, spec) for one in sets]
    names = [field.name for field in fields(Samples) if field.name != "pictures"]
    columns = (np.concatenate([getattr(part, name) for part in parts]) for name in names)
    return Samples(tuple(picture for part in parts for picture in part.pictures), *columns)


def _samples_of(one: KeypointSet, spec: ModelSpec) -> Samples:
    truth = read_set(one, spec.skeleton)
    known, aside = _remarks(one.annotations, spec)
    rows = np.flatnonzero(_teaching(truth, spec) & ~np.isin(truth.annotation_ids, aside))
    names = dict(zip(truth.image_ids.tolist(), truth.file_names, strict=True))
    if not len(rows):
        raise InputError(
            f"{one.annotations} has nobody to train on: its {len(truth.labelled)} persons are crowds, too small for an "
            f"input of {spec.input_hw[0]}x{spec.input_hw[1]}, or have fewer than {_fewest(spec)} labelled joints",
            "Check the file, or choose a smaller --input.",
        )
    return Samples(
        pictures=tuple(one.pictures / names[owner] for owner in truth.owners[rows].tolist()),
        boxes_xyxy=truth.boxes_xyxy[rows],
        joints_xyv=truth.keypoints[rows],
        known=np.repeat(known[None], len(rows), axis=0),
        weights=np.full(len(rows), one.weight),
    )


def _teaching(truth: CocoKeypoints, spec: ModelSpec) -> NDArray[np.bool_]:
    size_wh = truth.boxes_xyxy[:, 2:] - truth.boxes_xyxy[:, :2]
    smallest = _SMALLEST[1] * spec.input_hw[1], _SMALLEST[0] * spec.input_hw[0]
    labelled = (truth.keypoints[..., 2] > 0).sum(axis=1)
    return np.asarray(~truth.crowd & (size_wh >= smallest).all(axis=1) & (labelled >= _fewest(spec)))


def _fewest(spec: ModelSpec) -> int:
    return min(_FEWEST_JOINTS, spec.joints)


def _remarks(annotations: Path, spec: ModelSpec) -> tuple[NDArray[np.bool_], list[int]]:
    """Which joints (k,) the file labels at all (`info.unlabelled_joints`), ids of persons marked `main: false`."""
    content = read_json(annotations)
    info = content.get("info")
    never = {spec.skeleton.joints[index] for index in spec.skeleton.unlabelled}
    if isinstance(info, dict):
        never |= set(info.get("unlabelled_joints") or ())
    unknown = sorted(never - set(spec.skeleton.joints))
    if unknown:
        raise InputError(f"{annotations} says that it does not label '{unknown[0]}', which is no joint of the skeleton")
    aside = [entry["id"] for entry in content["annotations"] if entry.get("main") is False]
    return np.array([joint not in never for joint in spec.skeleton.joints]), aside
