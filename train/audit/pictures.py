"""What opened pictures say: whether they are there, how large they are, and which look the same."""

from collections.abc import Iterable
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from rsn_edge.errors import InputError
from rsn_edge.source.decode import read_picture

from .labels import Entry, Mask, RawLabels

_THUMB = 16  # pixels
_ALIKE = 0.98  # correlation of two thumbnails
_ROWS = 256  # thumbnails compared at once: bounds memory (with 100,000 pictures to 100 MB)


def hits_in_pictures(labels: RawLabels, folder: Path, rows: Iterable[int]) -> tuple[dict[str, Mask], Mask]:
    """Masks of pictures (p,) by name of the fault, and which can be read; `rows` are all of them, `folder` has them."""
    missing, unreadable = np.zeros((2, len(labels.pictures)), np.bool_)
    sizes, thumbs = np.full_like(labels.sizes_wh, np.nan), np.zeros((len(missing), _THUMB**2), np.float32)
    for row in rows:
        path = picture_path(folder, labels.pictures[row])
        try:
            image = read_picture(path)
        except InputError:
            missing[row], unreadable[row] = not path.is_file(), path.is_file()
        else:
            sizes[row], thumbs[row] = image.shape[1::-1], _thumb(image)
    hits = {
        "picture-missing": missing,
        "picture-unreadable": unreadable,
        "size-contradicted": np.abs(labels.sizes_wh - sizes).max(axis=1) > 0,
        "picture-twice": looks_like_earlier(thumbs),
    }
    return hits, np.asarray(sizes[:, 0] > 0)


def picture_path(folder: Path, picture: Entry) -> Path:
    """Where the picture of an entry should lie."""
    return folder / str(picture.get("file_name") or "(no file_name)")


def looks_like_earlier(thumbs: NDArray[np.float32]) -> Mask:
    """(p,) rows, of mean 0 and length 1 each, that nearly equal an earlier one."""
    hits = np.zeros(len(thumbs), np.bool_)
    for start in range(0, len(thumbs), _ROWS):
        block = slice(start, start + _ROWS)
        hits[block] = np.tril(thumbs[block] @ thumbs[: start + _ROWS].T > _ALIKE, start - 1).any(axis=1)
    return hits


def _thumb(image_bgr: NDArray[np.uint8]) -> NDArray[np.float32]:
    """A small grey picture as a vector of mean 0 and length 1; nearly 0 for an even one, which looks like nothing."""
    small = cv2.resize(image_bgr, (_THUMB, _THUMB), interpolation=cv2.INTER_AREA).mean(axis=2, dtype=np.float32).ravel()
    small -= small.mean()
    return np.asarray(small / max(float(np.linalg.norm(small)), 1.0))
