"""Where a set of pictures with keypoints lies: what `--data` and `--val` mean by a name."""

import re
from dataclasses import dataclass
from pathlib import Path

from rsn_edge.coco import CocoKeypoints, find_set, find_split, read_annotations
from rsn_edge.errors import InputError
from rsn_edge.skeleton import COCO17, Skeleton

from .mpii_set import is_mpii, mpii_set
from .synthetic import synthetic_set

_SYNTHETIC = re.compile(r"synthetic(?::([1-9]\d{0,6}))?")
_USUAL_FIGURES = 1000
_KINDS = ("person_keypoints",)


@dataclass(frozen=True, slots=True)
class KeypointSet:
    """A COCO keypoints file, the folder of its pictures, and how much more often than others its persons are drawn."""

    annotations: Path
    pictures: Path
    weight: float = 1.0

    @property
    def name(self) -> str:
        """What people call it: the split in COCO's layout, else the folder."""
        parent = self.annotations.parent
        return self.pictures.name if parent.name == "annotations" else parent.name


def open_set(text: str, split: str, skeleton: Skeleton | None, cache: Path, seed: int = 0) -> KeypointSet:
    """The set that `text` names; InputError where there is none.

    Args:
        text: as in `find_set`, MPII's json or .mat with images/ beside it or its folder, or `synthetic[:N]`; then
            perhaps `@WEIGHT`.
        split: the usual one.
        skeleton: of the figures; None: only their boxes matter, so annotations may be COCO's instances.
        cache: folder for what is drawn or brought into COCO's form.
        seed: what they are drawn from.
    """
    place, weight = weighted(text)
    path, figures = Path(place), _SYNTHETIC.fullmatch(place)
    if figures:
        drawn = synthetic_set(cache, int(figures[1] or _USUAL_FIGURES), seed, skeleton or COCO17)
        return KeypointSet(*drawn, weight)
    if path.is_file() and is_mpii(path):
        return KeypointSet(*mpii_set(cache, path), weight)
    found = find_set(place, split, _KINDS if skeleton else (*_KINDS, "instances"))
    if not found and not path.exists():
        raise InputError(f"there is no data {place}", "Name a folder, a file of COCO or MPII, or synthetic:1000.")
    return KeypointSet(*(found or find_split(path, split)), weight)


def read_set(one: KeypointSet, skeleton: Skeleton | None) -> CocoKeypoints:
    """Its annotations, as in `read_annotations`; InputError where a person's picture is not among its pictures."""
    truth = read_annotations(one.annotations, skeleton)
    strange = set(truth.owners.tolist()) - set(truth.image_ids.tolist())
    if strange:
        raise InputError(f"{one.annotations} has a person in picture {min(strange)}, which it does not list")
    return truth


def weighted(text: str) -> tuple[str, float]:
    """What stands before an `@`, and the weight behind it or 1; InputError where that is no number above 0."""
    place, at, weight = text.rpartition("@")
    if not at or Path(text).exists():
        return text, 1.0
    if not re.fullmatch(r"\d+(\.\d+)?", weight) or float(weight) <= 0:
        raise InputError(f"'{weight}' in {text} is not a weight", "Write a number above 0, such as photos/@1.5.")
    return place, float(weight)
