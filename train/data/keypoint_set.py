"""Where a set of pictures with keypoints lies: what `--data` and `--val` mean by a name."""

import re
from dataclasses import dataclass
from pathlib import Path

from rsn_edge.coco import find_pictures, find_split
from rsn_edge.errors import InputError
from rsn_edge.skeleton import Skeleton

from .mpii_set import is_mpii, mpii_set
from .synthetic import synthetic_set

_SYNTHETIC = re.compile(r"synthetic(?::([1-9]\d{0,6}))?")
_USUAL_FIGURES = 1000
_USUAL_FILE = "person_keypoints.json"  # of a folder that is not in COCO's layout


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


def open_set(text: str, split: str, skeleton: Skeleton, cache: Path, seed: int = 0) -> KeypointSet:
    """The set that `text` names; InputError where there is none.

    Args:
        text: `DIR[:SPLIT]` in COCO's layout, `DIR` with person_keypoints.json and images/, a JSON whose pictures lie in
            images/ beside it or in the folder of its split, MPII's json or .mat with images/ beside it or its folder,
            or `synthetic[:N]`; then perhaps `@WEIGHT`.
        split: the usual one.
        skeleton: of the figures.
        cache: folder for what is drawn or brought into COCO's form.
        seed: what they are drawn from.
    """
    place, weight = weighted(text)
    figures = _SYNTHETIC.fullmatch(place)
    if figures:
        return KeypointSet(*synthetic_set(cache, int(figures[1] or _USUAL_FIGURES), seed, skeleton), weight)
    if Path(place).is_file() and is_mpii(Path(place)):
        return KeypointSet(*mpii_set(cache, Path(place)), weight)
    return KeypointSet(*_found(place, split), weight)


def weighted(text: str) -> tuple[str, float]:
    """What stands before an `@`, and the weight behind it or 1; InputError where that is no number above 0."""
    place, at, weight = text.rpartition("@")
    if not at or Path(text).exists():
        return text, 1.0
    if not re.fullmatch(r"\d+(\.\d+)?", weight) or float(weight) <= 0:
        raise InputError(f"'{weight}' in {text} is not a weight", "Write a number above 0, such as photos/@1.5.")
    return place, float(weight)


def _found(place: str, split: str) -> tuple[Path, Path]:
    path = Path(place)
    if path.is_file():
        return path, find_pictures(path)
    if (path / _USUAL_FILE).is_file():
        return path / _USUAL_FILE, find_pictures(path / _USUAL_FILE)
    root, colon, named = place.rpartition(":")
    if colon and not path.exists():
        return find_split(Path(root), named)
    if not path.exists():
        raise InputError(f"there is no data {place}", "Name a folder, a file of COCO or MPII, or synthetic:1000.")
    return find_split(path, split)
