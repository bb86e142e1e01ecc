"""A cache of pictures: each is decoded once, and kept no larger than a detector's canvas asks for.

Pictures are (h, w, 3) uint8 BGR, one after the other in a file.
"""

from pathlib import Path
from typing import BinaryIO

import cv2
import numpy as np
from numpy.typing import NDArray

from rsn_edge.errors import InputError
from rsn_edge.source.decode import read_picture

from ..data.kept_file import Say, Sizes, digest_of, kept_file
from .boxes import BoxedPictures

Image = NDArray[np.uint8]

_LONGER_SIDE = 480  # pixels: one and a half canvases, room to zoom


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


def keep_pictures(boxed: BoxedPictures, folder: Path, say: Say) -> KeptPictures:
    """The pictures, from the cache in `folder` where the same were kept before.

    `say` is told how many are read, and which are left out. InputError where those are more than a twentieth.
    """

    def keep(stream: BinaryIO, row: int) -> tuple[int, ...]:
        image = _read(boxed.paths[row], boxed.sizes_hw[row])
        kept = _reduced(image)
        stream.write(np.ascontiguousarray(kept).data)
        return *image.shape[:2], *kept.shape[:2]

    digest = digest_of(f"{_LONGER_SIDE}".encode() + boxed.sizes_hw.tobytes(), boxed.paths)
    path = folder / f"pictures-{digest}.raw"
    return KeptPictures(path, kept_file(path, boxed.paths, "pictures", say, keep))


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
