"""Files that are never half there: whole files appear at once, growing files carry `.part` until they are complete."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from secrets import token_hex

from rsn_edge.errors import OutputError


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
