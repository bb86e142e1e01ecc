"""Files that are never half there: whole files appear at once, growing files carry `.part` until they are complete."""

import fcntl
import logging
import os
from collections.abc import Iterator
from contextlib import closing, contextmanager
from io import FileIO
from pathlib import Path
from secrets import token_hex
from types import TracebackType

from rsn_edge.errors import OutputError

_ELSEWHERE = "Choose another place for it."


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """Yields a temporary path beside `path`; what was written there takes its name when the block ends well.

    The folder is made if missing. After an error nothing is left and an older file of that name is untouched. A link
    is followed to its file.
    OutputError where the file system refuses.
    """
    path = file_target(path)
    with named_failures(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_name(f".{path.stem}-{token_hex(4)}{path.suffix}")
        temporary.touch(exist_ok=False)
    try:
        with named_failures(path):
            yield temporary
            _sync(temporary)
            temporary.replace(path)
            _sync(path.parent)
    finally:
        temporary.unlink(missing_ok=True)


def file_target(path: Path) -> Path:
    """The file behind a link, or the path itself; OutputError for a folder, and for a device or pipe.

    Those cannot be replaced by a file without being lost.
    """
    target = path.resolve() if path.is_symlink() else path
    if target.is_dir():
        raise OutputError(f"{path} is a folder, and a file is to be written", "Name a file in it.")
    if target.exists() and not target.is_file():
        raise OutputError(f"{path} is a device or a pipe, not a file", "Name a file; '--jsonl -' is standard output.")
    return target


def write_bytes(path: Path, content: bytes) -> None:
    """Writes a whole file at once; OutputError where the file system refuses."""
    with whole_file(path) as temporary:
        temporary.write_bytes(content)


def write_text(path: Path, content: str) -> None:
    """Writes a whole UTF-8 file at once; OutputError where the file system refuses."""
    write_bytes(path, content.encode("utf-8"))


def part_path(path: Path) -> Path:
    """Where a growing file lives until it is complete: `run.jsonl` -> `run.part.jsonl`."""
    return path.with_name(f"{path.stem}.part{path.suffix}")


def finish_part(path: Path) -> None:
    """Gives the part file of `path` its final name; OutputError where the file system refuses."""
    with named_failures(path):
        part = part_path(path)
        _sync(part)
        part.replace(path)
        _sync(path.parent)


@contextmanager
def named_failures(path: Path) -> Iterator[None]:
    """Inside the block, what the file system refuses becomes the OutputError of `path`."""
    try:
        yield
    except OSError as error:
        in_the_way = isinstance(error, FileExistsError)
        reason = f"{error.filename} is a file, not a folder" if in_the_way else error.strerror or str(error)
        raise OutputError(f"{path} could not be written: {reason}", "Choose another place for it.") from error


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    except OSError:  # some network file systems cannot sync a folder; the rename has happened all the same
        if not path.is_dir():
            raise
    finally:
        os.close(handle)


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
    with named_failures(path):
        path.parent.mkdir(parents=True, exist_ok=True)
    file_target(path)
    if not os.access(path.parent, os.W_OK):
        raise OutputError(f"{path} could not be written: the folder does not let you", _ELSEWHERE)


def check_output(out: Path, made_from: Path) -> None:
    """Before any work: OutputError where `out` cannot be written, or is the very file that it is made from."""
    check_place(out)
    if out.exists() and made_from.exists() and out.samefile(made_from):
        raise OutputError(
            f"{out} is both the file to write and the one that it is made from", "Name another file with --out."
        )


class GrowingFile:
    """`path` as NAME.part.EXT: begun, grown, then finished or left where it is.

    Between begin and end the part is locked: a second run for the same name is refused. It takes its final name when
    the `with` block ends, also after an interrupt or an error of somebody else, unless that came before the first
    record (which may be empty). `header` is written first and counts as no record. An owner that writes into `part`
    by other means calls failure() and end() itself.

    `written` is the finished file, empty before the end. Where the part of a killed run was moved to is a warning of
    the log, which Python shows on stderr unless told otherwise.
    """

    def __init__(self, path: Path, header: bytes = b"") -> None:
        self.path = path.resolve() if path.is_symlink() else path  # a link is kept, its file is replaced
        self.part = part_path(self.path)
        self.failed = False
        self.written: list[Path] = []
        self._header = header
        self._size = 0
        self._has_records = False

    def __enter__(self) -> "GrowingFile":
        check_place(self.path)
        with named_failures(self.path):
            self._file = _locked(self.part)
            if leftover := leftover_part(self.path):
                self._file.close()
                self._file = _locked(self.part)
                told = "An earlier run for %s was cut off: what it had written now lies in %s"
                logging.getLogger(__name__).warning(told, self.path, leftover)
        self._write(self._header)
        return self

    def append(self, record: bytes) -> None:
        """Writes a record whole, or nothing of it; OutputError where the file system refuses."""
        self._write(record)
        self._has_records = True

    def failure(self, error: Exception) -> OutputError:
        """The sentence for a part that cannot grow further; from now on it stays where it is."""
        self.failed = True
        self._file.close()
        reason = getattr(error, "strerror", None) or str(error)
        kept = self.part.exists() and self.part.stat().st_size > 0
        remedy = f"What was written before lies in {self.part}." if kept else _ELSEWHERE
        return OutputError(f"{self.path} could not be written: {reason}", remedy)

    def end(self, wanted: bool) -> None:
        """Gives the part its final name, if it is `wanted` and has not failed; removes one that nobody wants."""
        with closing(self._file):
            if not wanted:
                self.part.unlink(missing_ok=True)
            elif not self.failed:
                finish_part(self.path)
                self.written.append(self.path)

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.end(wanted=self._has_records or error is None)

    def _write(self, content: bytes) -> None:
        try:
            written = self._file.write(content)
            while written < len(content):  # a disk that fills up takes a part and refuses the rest
                written += self._file.write(content[written:])
        except OSError as error:
            self._file.truncate(self._size)
            raise self.failure(error) from error
        self._size += len(content)


def _locked(part: Path) -> FileIO:
    """The part, open at its end and locked for as long as it is open; OutputError if another run holds it."""
    file = FileIO(part, "a")  # no buffer: nothing is lost when the process is killed
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        file.close()
        raise OutputError(f"another run is writing {part}", "Wait for its end, or choose another name.") from error
    except OSError:  # a file system without locks
        pass
    return file
