"""One file a frame."""

from collections.abc import Callable
from pathlib import Path

from rsn_edge.artefact.writing import write_bytes
from rsn_edge.frame import Frame
from rsn_edge.people import Tracks


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
