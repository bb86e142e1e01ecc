"""Who is hit by the faults of identities, of the set as a whole, and of its joints against the skeleton."""

import re
from collections.abc import Callable, Iterable, Sequence
from pathlib import PurePath
from typing import Any

import numpy as np

from rsn_edge.skeleton import Skeleton

from .labels import Entry, Float64, Mask, RawLabels, marked

_OTHER_SIDE = {"left": "right", "right": "left", "l": "r", "r": "l"}
_MADE_UP_IDS = 900_000_000, 900_000_000_000  # between COCO's ids of persons and those of its crowds
_FAR_OFF = 2.0  # times: a sigma that differs so much from what annotators do
_MANY = 50  # persons, from which the lack of hidden joints is no chance
_MEDIUM, _LARGE = 32.0**2, 96.0**2  # square pixels: COCO's sizes


def hits_in_set(labels: RawLabels, skeleton: Skeleton, measured_sigmas: Float64) -> dict[str, Mask]:
    """By name of the fault: masks of pictures (p,), persons (m,), joints (k,), or of the set (1,)."""
    joints = _joints(labels, skeleton) | _skeleton(skeleton, measured_sigmas)
    return _pictures(labels) | _persons(labels) | _set(labels, skeleton) | joints


def _pictures(labels: RawLabels) -> dict[str, Mask]:
    entries, numbers = labels.pictures, [entry.get("id") for entry in labels.pictures]
    names = [entry.get("file_name") for entry in entries]
    return {
        "picture-id": _each(_no_identity, numbers) | _repeated(numbers),
        "file-name": _each(lambda name: name is None, names),
        "file-name-twice": _repeated(names),
        "size-missing": ~np.asarray((labels.sizes_wh > 0).all(axis=1)),
        "picture-without-persons": ~np.isin(np.arange(len(entries)), labels.owners),
        "shared-origin": _repeated([entry.get("coco_id", entry.get("source_file")) for entry in entries]),
        "reduced-pictures": marked(entries, "reduced"),
    }


def _persons(labels: RawLabels) -> dict[str, Mask]:
    numbers = [person.get("id") for person in labels.persons]
    ids = np.array([number if isinstance(number, int) else -1 for number in numbers], np.float64)
    made_up = (ids >= _MADE_UP_IDS[0]) & (ids < _MADE_UP_IDS[1]) | (len(ids) > 1 and bool((np.diff(ids) == 1).all()))
    return {
        "unknown-picture": labels.owners < 0,
        "annotation-id": _each(_no_identity, numbers) | _repeated(numbers),
        "made-up-ids": np.append(_each(_is_of_coco, labels.pictures), False)[labels.owners] & made_up,
    }


def _set(labels: RawLabels, skeleton: Skeleton) -> dict[str, Mask]:
    areas = labels.scales[labels.scored]
    boxed = [labels.info.get("all_persons_labelled"), *(entry.get("all_persons_boxed") for entry in labels.pictures)]
    whole = {
        "no-person-category": labels.category is None,
        "no-persons": not labels.persons,
        "boxes-only": bool(labels.persons) and not labels.triples.any(),
        "no-labelled-joint": (labels.triples == len(skeleton.joints)).any() and not labels.labelled.any(),
        "unlabelled-joints-unknown": bool(_declared(labels, skeleton) - set(skeleton.joints)),
        "never-hidden": labels.scored.sum() >= _MANY and not (labels.keypoints[..., 2] == 1).any(),
        "no-medium-persons": len(areas) and not ((areas >= _MEDIUM) & (areas < _LARGE)).any(),
        "no-large-persons": len(areas) and not (areas >= _LARGE).any(),
        "not-all-boxed": any(value is False for value in boxed),
        "sigmas-guessed": len(skeleton.joints) > 1 and len(set(skeleton.sigmas)) == 1,
    }
    return {name: np.array([bool(hit)]) for name, hit in whole.items()}


def _joints(labels: RawLabels, skeleton: Skeleton) -> dict[str, Mask]:
    declared = _each(_declared(labels, skeleton).__contains__, skeleton.joints)
    labelled = labels.labelled.any(axis=0)
    ours, named = [*map(_plain, skeleton.joints)], (labels.category or {}).get("keypoints")
    fits = isinstance(named, list) and len(named) == len(ours)
    theirs = [*map(_plain, named)] if fits and named else ours
    return {
        "never-labelled": ~labelled & ~declared & labelled.any(),
        "unlabelled-joints": ~labelled & declared & labelled.any(),
        "unlabelled-joints-wrong": labelled & declared,
        "joint-order": np.array([a != b and a in ours for a, b in zip(theirs, ours, strict=True)], np.bool_),
        "joint-names": _each(lambda name: name not in ours, theirs),
    }


def _skeleton(skeleton: Skeleton, measured: Float64) -> dict[str, Mask]:
    names = [*map(_plain, skeleton.joints)]
    others = ["_".join(_OTHER_SIDE.get(part, part) for part in name.split("_")) for name in names]
    partners = [names[partner] for partner in skeleton.mirrored]
    times = np.maximum(measured, 1e-9) / skeleton.sigmas
    return {
        "flip-pairs": np.array([a in names and a != b for a, b in zip(others, partners, strict=True)], np.bool_),
        "sigmas-contradicted": (times > _FAR_OFF) | (times < 1 / _FAR_OFF),
    }


def _each(judge: Callable[[Any], bool], values: Iterable[Any]) -> Mask:
    return np.array([judge(value) for value in values], np.bool_)


def _no_identity(number: Any) -> bool:
    return not isinstance(number, int) and not (isinstance(number, str) and number.isdecimal())


def _repeated(values: Sequence[Any]) -> Mask:
    """Those that stood earlier already; what is missing repeats nothing."""
    first: dict[str, int] = {}
    return np.array([v is not None and first.setdefault(str(v), row) < row for row, v in enumerate(values)], np.bool_)


def _is_of_coco(picture: Entry) -> bool:
    """True where the file is named as COCO names it: after the id, with twelve digits."""
    number, stem = picture.get("id"), PurePath(str(picture.get("file_name"))).stem
    return isinstance(number, int) and stem.endswith(f"{number:012d}")


def _declared(labels: RawLabels, skeleton: Skeleton) -> set[str]:
    """Joints that the file, or the skeleton, says are never labelled."""
    declared = labels.info.get("unlabelled_joints")
    names = {str(name) for name in declared} if isinstance(declared, list) else set()
    return names | {skeleton.joints[index] for index in skeleton.unlabelled}


def _plain(name: Any) -> str:
    return re.sub(r"[^a-z0-9]+", "_", str(name).lower())
