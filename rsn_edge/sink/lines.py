"""One record a frame, as text that grows while the run goes on."""

import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType

from rsn_edge.artefact.growing import GrowingFile
from rsn_edge.frame import Frame
from rsn_edge.people import Tracks


class StandardOutput:
    """Standard output in the place of a GrowingFile; whoever reads it sees each record at once."""

    written: Sequence[Path] = ()
    notes: Sequence[str] = ()

    def __enter__(self) -> "StandardOutput":
        return self

    def append(self, record: bytes) -> None:
        """Writes and flushes."""
        sys.stdout.buffer.write(record)
        sys.stdout.flush()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        pass


class LinesSink:
    """Appends `record_of(frame, tracks)` to a file for each frame."""

    def __init__(self, file: GrowingFile | StandardOutput, record_of: Callable[[Frame, Tracks], str]) -> None:
        self._file = file
        self._record_of = record_of
        self.written, self.notes = file.written, file.notes

    def __enter__(self) -> "LinesSink":
        self._file.__enter__()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._file.__exit__(kind, error, at)

    def write(self, frame: Frame, tracks: Tracks) -> None:
        """The record of one frame; OutputError where it cannot be stored."""
        # A file name may hold bytes that are no text.
        self._file.append(self._record_of(frame, tracks).encode(errors="replace"))
