"""Files that grow while a run goes on: NAME.part.EXT until a clean end, whole records at every moment."""

import os
from io import FileIO
from pathlib import Path
from types import TracebackType

from rsn_edge.artefact.writing import finish_part, part_path
from rsn_edge.errors import OutputError

_ELSEWHERE = "Choose another place for it."


def leftover_part(path: Path) -> Path | None:
    """Moves the part file that a killed run left for `path` aside, so that nothing is lost; where it lies now.

    `run.part.jsonl` becomes `run.part-1.jsonl`, or the next free number. None if there was none, or an empty one.
    """
    part = part_path(path)
    if not part.exists() or part.stat().st_size == 0:
        return None
    number = 1
    while (aside := part.with_name(f"{path.stem}.part-{number}{path.suffix}")).exists():
        number += 1
    return part.rename(aside)


def check_place(path: Path) -> None:
    """Makes the folder of an output; OutputError if no file can be made there, which a run must not learn last."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"{path} could not be written: {error.strerror}", _ELSEWHERE) from error
    if path.is_dir():
        raise OutputError(f"{path} is a folder, and a file is to be written", "Name a file in it.")
    if not os.access(path.parent, os.W_OK):
        raise OutputError(f"{path} could not be written: the folder does not let you", _ELSEWHERE)


class PartFile:
    """The life of `path` as NAME.part.EXT: begun, grown by its owner, then finished or left where it is."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.part = part_path(path)
        self._leftover: Path | None = None
        self.failed = False
        self._finished = False

    @property
    def written(self) -> tuple[Path, ...]:
        """The finished file; nothing before the end."""
        return (self.path,) if self._finished else ()

    @property
    def notes(self) -> tuple[str, ...]:
        """Where the part file of a killed run was moved to, as a sentence, if there was one."""
        if self._leftover is None:
            return ()
        return (f"An earlier run for {self.path} was cut off: what it had written now lies in {self._leftover}",)

    def begin(self) -> None:
        """Makes the folder and moves an earlier part aside; OutputError where the file system refuses."""
        check_place(self.path)
        self._leftover = leftover_part(self.path)

    def failure(self, error: Exception) -> OutputError:
        """The sentence for a part that cannot grow further; from now on it stays where it is."""
        self.failed = True
        reason = getattr(error, "strerror", None) or str(error)
        kept = self.part.exists() and self.part.stat().st_size > 0
        remedy = f"What was written before lies in {self.part}." if kept else _ELSEWHERE
        return OutputError(f"{self.path} could not be written: {reason}", remedy)

    def end(self, empty: bool, error: BaseException | None) -> None:
        """Gives the closed part its final name; removes it if nothing came before an `error` of somebody else."""
        if empty and error is not None:
            self.part.unlink(missing_ok=True)
        elif not self.failed:
            finish_part(self.path)
            self._finished = True


class GrowingFile:
    """A PartFile of records: each reaches the file whole in one call, or not at all.

    It takes its final name when the `with` block ends, also after an interrupt or an error of somebody else.
    `header` is written first and counts as no record.
    """

    def __init__(self, path: Path, header: bytes = b"") -> None:
        self._life = PartFile(path)
        self._header = header
        self._size = 0

    @property
    def written(self) -> tuple[Path, ...]:
        """The finished file; nothing before the end."""
        return self._life.written

    @property
    def notes(self) -> tuple[str, ...]:
        """Where the part file of a killed run was moved to, as a sentence, if there was one."""
        return self._life.notes

    def __enter__(self) -> "GrowingFile":
        self._life.begin()
        try:
            self._file = FileIO(self._life.part, "w")  # no buffer: nothing is lost when the process is killed
        except OSError as error:
            raise self._life.failure(error) from error
        self.append(self._header)
        return self

    def append(self, record: bytes) -> None:
        """Writes a record at the end; OutputError where the file system refuses, the file then ends before it."""
        try:
            written = self._file.write(record)
            while written < len(record):  # a disk that fills up takes a part and refuses the rest
                written += self._file.write(record[written:])
        except OSError as error:
            self._file.truncate(self._size)
            raise self._life.failure(error) from error
        self._size += len(record)

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._file.close()
        self._life.end(empty=self._size == len(self._header), error=error)
