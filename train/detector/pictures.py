"""A cache of pictures: each is decoded once, and kept no larger than a detector's canvas asks for.

Pictures are (h, w, 3) uint8 BGR, one after the other in a file.
"""

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from rsn_edge.artefact.writing import whole_file, write_text
from rsn_edge.errors import InputError
from rsn_edge.source.decode import read_picture

from .boxes import BoxedPictures

Image = NDArray[np.uint8]
Sizes = NDArray[np.int64]

_LONGER_SIDE = 480  # pixels: one and a half canvases, room to zoom
_MOST_LOST = 0.05  # share of the pictures that may be unreadable
_SAID_EVERY = 2000  # pictures
_NAMED = 3


class KeptPictures:
    """n pictures in a file, by their number.

    Args:
        file: all their bytes.
        sizes_hw: (n, 4) height and width in the picture's own file, and as kept; 0 where it could not be read.
    """

    def __init__(self, file: Path, sizes_hw: Sizes) -> None:
        self.sizes_hw = sizes_hw[:, 2:]
        self.scales_xy = (self.sizes_hw / np.maximum(sizes_hw[:, :2], 1))[:, ::-1]  # kept pixels a pixel of the file
        self._pixels, self._ends = np.memmap(file, np.uint8, "r"), np.cumsum(self.sizes_hw.prod(axis=1) * 3)

    def __getitem__(self, row: int) -> Image:
        height, width = self.sizes_hw[row].tolist()
        end = int(self._ends[row])
        return self._pixels[end - height * width * 3 : end].reshape(height, width, 3)


def keep_pictures(boxed: BoxedPictures, folder: Path, say: Callable[[str], None]) -> KeptPictures:
    """The pictures, from the cache in `folder` where the same were kept before.

    `say` is told how many are read, and which are left out. InputError where those are more than a twentieth.
    """
    path = folder / f"pictures-{_digest(boxed)}.raw"
    sizes, reasons = (folder / f"{path.stem}-{name}" for name in ("sizes.npy", "unreadable.txt"))
    if not (path.is_file() and sizes.is_file()):
        with whole_file(path) as pixels:
            found, unreadable = _keep(boxed, pixels, say)
        if unreadable:
            write_text(reasons, "".join(f"{reason}\n" for reason in unreadable))
        with whole_file(sizes) as file:
            np.save(file, found)
    sizes_hw = np.load(sizes)
    lost = [boxed.paths[row].name for row in np.flatnonzero(sizes_hw[:, 0] == 0)]
    if lost:
        more = f" and {len(lost) - _NAMED} more" if len(lost) > _NAMED else ""
        say(f"{len(lost)} of {len(boxed)} pictures are left out: {', '.join(lost[:_NAMED])}{more} (why: {reasons}).")
    return KeptPictures(path, sizes_hw)


def _digest(boxed: BoxedPictures) -> str:
    """Digest of all that decides what is kept; a picture counts as changed with its size or date."""
    digest = hashlib.sha256(f"{_LONGER_SIDE}".encode() + boxed.sizes_hw.tobytes())
    for path in boxed.paths:
        facts = path.stat() if path.is_file() else None
        digest.update(f"{path.resolve()}|{facts and (facts.st_size, facts.st_mtime_ns)}".encode())
    return digest.hexdigest()[:16]


def _keep(boxed: BoxedPictures, file: Path, say: Callable[[str], None]) -> tuple[Sizes, Sequence[str]]:
    """Writes the pictures that can be read; their sizes (n, 4) as in KeptPictures, and why others cannot."""
    sizes, reasons = np.zeros((len(boxed), 4), np.int64), []
    with file.open("wb") as stream:  # no memory map: where the disk is full, writing to one kills the process
        for row, path in enumerate(boxed.paths):
            try:
                image = _read(path, boxed.sizes_hw[row])
            except InputError as error:
                reasons.append(error.happened)
                _check_loss(reasons, len(boxed))
                continue
            kept = _reduced(image)
            stream.write(np.ascontiguousarray(kept).data)
            sizes[row] = *image.shape[:2], *kept.shape[:2]
            if (row + 1) % _SAID_EVERY == 0:
                say(f"Read {row + 1} of {len(boxed)} pictures.")
    return sizes, reasons


def _read(path: Path, annotated_hw: Sizes) -> Image:
    image = read_picture(path)
    if annotated_hw.all() and image.shape[:2] != tuple(annotated_hw.tolist()):
        height, width = annotated_hw.tolist()
        raise InputError(f"{path} is {image.shape[1]}x{image.shape[0]} pixels, but was annotated at {width}x{height}")
    return image


def _reduced(image: Image) -> Image:
    scale = _LONGER_SIDE / max(image.shape[:2])
    if scale >= 1:
        return image
    size = max(1, round(image.shape[1] * scale)), max(1, round(image.shape[0] * scale))
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)


def _check_loss(reasons: Sequence[str], pictures: int) -> None:
    if len(reasons) > _MOST_LOST * pictures:
        raise InputError(
            f"more than {100 * _MOST_LOST:.0f} % of the {pictures} pictures to train on cannot be used; the first of "
            f"these: {reasons[0]}",
            "Is this the folder of the annotations? See rsn-edge audit-data JSON.",
        )
