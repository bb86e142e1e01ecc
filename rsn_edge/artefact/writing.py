"""Files that are never half there: whole files appear at once, growing files carry `.part` until they are complete."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rsn_edge.errors import OutputError


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """Yields a temporary path beside `path`; what was written there takes its name when the block ends well.

    The folder is made if missing. After an error nothing is left and an older file of that name is untouched.
    OutputError where the file system refuses.
    """
    with _named_failures(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.stem}-", suffix=path.suffix)
        os.close(handle)
    temporary = Path(name)
    try:
        with _named_failures(path):
            yield temporary
            _sync(temporary)
            temporary.chmod(0o666 & ~_umask())
            temporary.replace(path)
            _sync(path.parent)
    finally:
        temporary.unlink(missing_ok=True)


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
    with _named_failures(path):
        part = part_path(path)
        _sync(part)
        part.replace(path)
        _sync(path.parent)


@contextmanager
def _named_failures(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        reason = error.strerror or str(error)
        raise OutputError(f"{path} could not be written: {reason}", "Choose another place with --out.") from error


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    except OSError:  # some network file systems cannot sync a folder; the rename has happened all the same
        if not path.is_dir():
            raise
    finally:
        os.close(handle)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
