"""A file that is made of many pictures once, and found again by every run that would make the same one.

Its rows are persons or pictures. Those of a picture that cannot be read are left out, which every run says.
"""

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from rsn_edge.artefact.writing import whole_file, write_text
from rsn_edge.errors import InputError

Say = Callable[[str], None]
Sizes = NDArray[np.int64]

_MOST_LOST = 0.05  # share of the rows that may lie in pictures that cannot be read
_SAID_EVERY = 5000  # rows
_NAMED = 3  # pictures


def digest_of(settings: bytes, pictures: Sequence[Path]) -> str:
    """Digest of all that decides what is kept; a picture counts as changed with its size or date."""
    digest = hashlib.sha256(settings)
    for picture in pictures:
        facts = picture.stat() if picture.is_file() else None
        digest.update(f"{picture.resolve()}|{facts and (facts.st_size, facts.st_mtime_ns)}".encode())
    return digest.hexdigest()[:16]


def kept_file(
    path: Path, pictures: Sequence[Path], rows: str, say: Say, keep: Callable[[BinaryIO, int], Sequence[int]]
) -> Sizes:
    """Makes the file unless it is there; its rows' sizes (n, 4), 0 where a row was lost.

    Args:
        path: of the file; what is known about its rows lies beside it.
        pictures: n, each row's own.
        rows: what users call them, such as `persons`.
        say: told how many are kept, and which are left out.
        keep: writes a row, and returns up to four sizes of it; InputError where its picture cannot be used.

    InputError where more than a twentieth is lost.
    """
    sizes, reasons = (path.with_name(f"{path.stem}-{name}") for name in ("sizes.npy", "unreadable.txt"))
    if not (path.is_file() and sizes.is_file()):
        # As a stream: where the disk is full, writing to a memory map ends the process without a word.
        with whole_file(path) as temporary, temporary.open("wb") as stream:
            found, unreadable = _kept(stream, len(pictures), rows, say, keep)
        if unreadable:
            write_text(reasons, "".join(f"{reason}\n" for reason in dict.fromkeys(unreadable)))
        with whole_file(sizes) as file:
            np.save(file, found)
    known: Sizes = np.load(sizes)
    lost = np.flatnonzero(known[:, 0] == 0).tolist()
    if lost:
        names = list(dict.fromkeys(pictures[row].name for row in lost))
        more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
        say(
            f"{len(lost)} of {len(pictures)} {rows} are left out, because these pictures cannot be read: "
            f"{', '.join(names[:_NAMED])}{more} (why: {reasons})."
        )
    return known


def _kept(
    stream: BinaryIO, count: int, rows: str, say: Say, keep: Callable[[BinaryIO, int], Sequence[int]]
) -> tuple[Sizes, list[str]]:
    """Sizes of the rows, and why each of the others is lost."""
    sizes, reasons = np.zeros((count, 4), np.int64), list[str]()
    for row in range(count):
        try:
            found = keep(stream, row)
        except InputError as error:
            reasons.append(error.happened)
            if len(reasons) > _MOST_LOST * count:
                raise InputError(
                    f"more than {100 * _MOST_LOST:.0f} % of the {count} {rows} cannot be used for want of their "
                    f"picture; the first: {reasons[0]}",
                    "Is this the folder of the annotations? See rsn-edge audit-data JSON.",
                ) from error
            continue
        sizes[row, : len(found)] = found
        if (row + 1) % _SAID_EVERY == 0:
            say(f"Read {row + 1} of {count} {rows}.")
    return sizes, reasons
