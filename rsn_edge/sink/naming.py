"""Which file in the output folder belongs to a frame: named after its source, and nobody else's."""

import re
from collections.abc import Iterator
from itertools import count
from pathlib import Path

from rsn_edge.errors import OutputError
from rsn_edge.frame import Frame


class OutputNames:
    """Gives every frame of a run a path in `folder` that no other frame has and that is no source picture.

    Args:
        folder: where the files go.
        numbered: frames of one video or camera, told apart by 12 digits; else each frame is a picture file by itself.
    """

    def __init__(self, folder: Path, numbered: bool) -> None:
        self._folder = folder
        self._numbered = numbered
        self._taken: set[Path] = set()

    def path_for(self, frame: Frame, ending: str) -> Path:
        """`out/street.jpg` for `in/street.bmp` and `.jpg`; where that is taken `in_street.jpg`, then `street-2.jpg`.

        With `numbered`, `street_000000000012.jpg` for frame 12.
        """
        source = Path(frame.source)
        self._taken.add(source.resolve())
        for name in self._candidates(source, frame.index):
            path = self._folder / f"{name}{ending}"
            if path.resolve() not in self._taken:
                break
        self._taken.add(path.resolve())
        return path

    def _candidates(self, source: Path, index: int) -> Iterator[str]:
        stem = re.sub(r"[^\w.-]+", "-", source.stem)
        if self._numbered:
            stem = f"{stem}_{index:012d}"
        yield stem
        yield f"{source.resolve().parent.name}_{stem}"
        yield from (f"{stem}-{number}" for number in count(2))


def refuse_source(path: Path, frame: Frame) -> None:
    """OutputError if an output file would take the place of the very file that the frame comes from."""
    if path.exists() and Path(frame.source).exists() and path.samefile(frame.source):
        raise OutputError(f"{path} is the source itself, and would be lost", "Choose another place with --out.")
