"""One record a frame, as text that grows while the run goes on."""

import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType

from rsn_edge.artefact.growing import GrowingFile
from rsn_edge.frame import Frame
from rsn_edge.people import Tracks


class LinesSink:
    """Appends `record_of(frame, tracks)` for each frame to a file, or to standard output where `file` is None."""

    def __init__(self, file: GrowingFile | None, record_of: Callable[[Frame, Tracks], str]) -> None:
        self._file = file
        self._record_of = record_of
        self.written: Sequence[Path] = file.written if file else ()

    def __enter__(self) -> "LinesSink":
        if self._file:
            self._file.__enter__()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._file:
            self._file.__exit__(kind, error, at)

    def write(self, frame: Frame, tracks: Tracks) -> None:
        """The record of one frame; OutputError where it cannot be stored."""
        record = self._record_of(frame, tracks).encode(errors="replace")  # a file name may hold bytes that are no text
        if self._file:
            self._file.append(record)
        else:
            sys.stdout.buffer.write(record)
            sys.stdout.flush()  # whoever reads it sees each record at once
