"""One file a frame, named after its source, and nobody else's."""

import re
from collections.abc import Callable, Iterable, Iterator
from itertools import count
from pathlib import Path

from rsn_edge.artefact.writing import write_bytes
from rsn_edge.frame import Frame
from rsn_edge.people import Tracks


def stem_of(source: str) -> str:
    """What files are called after a source: `clips/street.avi` -> `street`, `test://persons=3` -> `test-persons-3`."""
    stem = source if "://" in source else Path(source).stem
    return re.sub(r"[^\w.-]+", "-", stem) or "out"


class OutputNames:
    """Gives every frame of a run a path in `folder` that nothing else in the run has.

    Args:
        folder: where the files go.
        numbered: frames of one video or camera, told apart by 12 digits; else each frame is a picture file by itself.
        kept: files that must stay, such as all sources of the run.
    """

    def __init__(self, folder: Path, numbered: bool, kept: Iterable[Path] = ()) -> None:
        self._folder = folder
        self._numbered = numbered
        self._taken = {path.resolve() for path in kept}

    def path_for(self, frame: Frame, ending: str) -> Path:
        """`out/street.jpg` for `in/street.bmp` and `.jpg`; where that is taken `in_street.jpg`, then `street-2.jpg`.

        With `numbered`, `street_000000000012.jpg` for frame 12.
        """
        for name in self._candidates(frame):
            path = self._folder / f"{name}{ending}"
            if path.resolve() not in self._taken:
                break
        self._taken.add(path.resolve())
        return path

    def _candidates(self, frame: Frame) -> Iterator[str]:
        stem = stem_of(frame.source)
        if self._numbered:
            stem = f"{stem}_{frame.index:012d}"
        yield stem
        yield f"{Path(frame.source).resolve().parent.name}_{stem}"
        yield from (f"{stem}-{number}" for number in count(2))


class FilesSink:
    """Writes `content_of(frame, tracks, path)` whole to `path_of(frame)`; `written` are the files so far."""

    def __init__(self, path_of: Callable[[Frame], Path], content_of: Callable[[Frame, Tracks, Path], bytes]) -> None:
        self._path_of = path_of
        self._content_of = content_of
        self.written: list[Path] = []

    def __enter__(self) -> "FilesSink":
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def write(self, frame: Frame, tracks: Tracks) -> None:
        """One file; OutputError where it cannot be stored."""
        path = self._path_of(frame)
        write_bytes(path, self._content_of(frame, tracks, path))
        self.written.append(path)
