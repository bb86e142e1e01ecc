"""What `--data` and `--val` mean to a detector: annotated pictures, or pictures in which there is nobody."""

import glob
from collections.abc import Iterable, Sequence
from pathlib import Path

from rsn_edge.coco import find_pictures
from rsn_edge.errors import InputError
from rsn_edge.skeleton import COCO17
from rsn_edge.source.decode import PICTURE_SUFFIXES

from ..data.keypoint_set import KeypointSet, open_set, weighted

_OWN_FILE = "instances.json"  # of a folder that is not in COCO's layout


def annotated_set(text: str, split: str, cache: Path, seed: int = 0) -> KeypointSet:
    """The set that `text` names: as in `open_set`, its annotations perhaps called instances and without keypoints.

    InputError where there is none.
    """
    place, weight = weighted(text)
    own = Path(place) / _OWN_FILE
    if own.is_file():
        return KeypointSet(own, find_pictures(own), weight)
    root, colon, named = (place, ":", split) if Path(place).exists() else place.rpartition(":")
    instances, keypoints = (
        Path(root, "annotations", f"{kind}_{named}.json") for kind in ("instances", "person_keypoints")
    )
    if colon and instances.is_file() and not keypoints.is_file() and (Path(root) / named).is_dir():
        return KeypointSet(instances, Path(root) / named, weight)
    return open_set(text, split, COCO17, cache, seed)


def unpeopled_pictures(text: str) -> tuple[Sequence[Path], float]:
    """Pictures without persons, and how much more often than others they are drawn; none where `text` names a set.

    `text`: a folder of pictures that has no annotations, a glob or one picture; then perhaps `@WEIGHT`.
    InputError where a glob matches no picture.
    """
    place, weight = weighted(text)
    path = Path(place)
    if path.is_dir():
        return ((), weight) if _is_annotated(path) else (_pictures(path.iterdir()), weight)
    if path.is_file():
        return _pictures([path]), weight
    found = _pictures(map(Path, glob.glob(place)))  # noqa: PTH207 - absolute patterns, too
    if not found and glob.has_magic(place):
        raise InputError(f"no picture matches {place}", "Check the folder and the spelling.")
    return found, weight


def _is_annotated(folder: Path) -> bool:
    return (folder / "annotations").exists() or any(folder.glob("*.json"))


def _pictures(paths: Iterable[Path]) -> list[Path]:
    return sorted(path for path in paths if path.suffix.lower() in PICTURE_SUFFIXES and path.is_file())
