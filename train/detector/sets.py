"""Pictures in which there is nobody, as users name them to train a detector on."""

import glob
from collections.abc import Iterable, Sequence
from pathlib import Path

from rsn_edge.errors import InputError
from rsn_edge.source.decode import PICTURE_SUFFIXES

from ..data.keypoint_set import weighted


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
