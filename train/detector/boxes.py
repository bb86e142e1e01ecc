"""Pictures and the boxes of the persons in them, as parallel arrays: what a detector learns from.

Axes: n pictures, m boxes. Coordinates are pixels of the picture, a box's edges lying between pixels.
"""

import glob
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any, BinaryIO

import cv2
import numpy as np
from numpy.typing import NDArray

from rsn_edge.coco import read_json
from rsn_edge.errors import InputError
from rsn_edge.source.decode import PICTURE_SUFFIXES, read_picture

from ..data.kept_file import Say, Sizes, digest_of, kept_file
from ..data.keypoint_set import KeypointSet, read_set, weighted

Float64 = NDArray[np.float64]
Image = NDArray[np.uint8]

_FROM_JOINTS = 0.3  # trust in a box that nobody drew
_LONGER_SIDE = 480  # pixels: one and a half canvases, room to zoom


@dataclass(frozen=True, slots=True, eq=False)
class BoxedPictures:
    """n pictures with m boxes.

    Args:
        paths: n.
        sizes_hw: (n, 2) as annotated, 0 where nothing says.
        complete: (n,) whether everybody in the picture has a box, or lies in a region to ignore.
        weights: (n,) how often each is drawn, in proportion.
        owners: (m,) which of the n.
        boxes_xyxy: (m, 4).
        ignored: (m,) a region that is neither person nor background, such as a crowd.
        trust: (m,) what the place of the box counts in the loss, [0, 1].
    """

    paths: tuple[Path, ...]
    sizes_hw: NDArray[np.int64]
    complete: NDArray[np.bool_]
    weights: Float64
    owners: NDArray[np.intp]
    boxes_xyxy: Float64
    ignored: NDArray[np.bool_]
    trust: Float64

    def __len__(self) -> int:
        return len(self.paths)

    @property
    def peopled(self) -> NDArray[np.bool_]:
        """(n,) whether a picture has a box of any kind."""
        return np.bincount(self.owners, minlength=len(self)) > 0


def annotated_pictures(one: KeypointSet) -> BoxedPictures:
    """All pictures of a set; InputError where its file is broken.

    Everybody has a box unless a picture's `all_persons_boxed` or `info.all_persons_labelled` denies it, or the set
    tells main persons from others. A person marked `box_from_joints` has a box that nobody drew.
    """
    truth = read_set(one, skeleton=None)
    content = read_json(one.annotations)
    places = {image_id: row for row, image_id in enumerate(truth.image_ids.tolist())}
    guessed = [entry.get("id") for entry in content["annotations"] if entry.get("box_from_joints")]
    usable = (truth.boxes_xyxy[:, 2:] > truth.boxes_xyxy[:, :2]).all(axis=1)
    count = len(truth.file_names)
    return BoxedPictures(
        paths=tuple(one.pictures / name for name in truth.file_names),
        sizes_hw=truth.sizes_hw,
        complete=_complete(content),
        weights=np.full(count, one.weight),
        owners=np.array([places[owner] for owner in truth.owners[usable].tolist()], np.intp),
        boxes_xyxy=truth.boxes_xyxy[usable].astype(np.float64),
        ignored=truth.crowd[usable],
        trust=np.where(np.isin(truth.annotation_ids[usable], guessed), _FROM_JOINTS, 1.0),
    )


def pictures_of_nobody(paths: Sequence[Path], weight: float) -> BoxedPictures:
    """Pictures without persons."""
    count, none = len(paths), np.zeros(0)
    sizes, complete, weights = np.zeros((count, 2), np.int64), np.ones(count, np.bool_), np.full(count, weight)
    owners, boxes, ignored = none.astype(np.intp), none.reshape(0, 4), none.astype(np.bool_)
    return BoxedPictures(tuple(paths), sizes, complete, weights, owners, boxes, ignored, none)


def joined(parts: Sequence[BoxedPictures]) -> BoxedPictures:
    """The pictures of all parts, one after the other."""
    firsts = np.cumsum([0, *(len(part) for part in parts[:-1])])
    moved = [replace(part, owners=part.owners + first) for part, first in zip(parts, firsts, strict=True)]
    names = [field.name for field in fields(BoxedPictures) if field.name != "paths"]
    columns = (np.concatenate([getattr(part, name) for part in moved]) for name in names)
    return BoxedPictures(tuple(path for part in parts for path in part.paths), *columns)


def unpeopled_pictures(text: str) -> tuple[Sequence[Path], float]:
    """Pictures without persons, and how much more often than others they are drawn; none where `text` names a set.

    `text`: a folder of pictures that has no annotations, a glob or one picture; then perhaps `@WEIGHT`.
    InputError where a glob matches no picture.
    """
    place, weight = weighted(text)
    path = Path(place)
    if path.is_dir():
        return ((), weight) if _is_annotated(path) else (_pictures(path.iterdir()), weight)
    if path.is_file():
        return _pictures([path]), weight
    found = _pictures(map(Path, glob.glob(place)))  # noqa: PTH207 - absolute patterns, too
    if not found and glob.has_magic(place):
        raise InputError(f"no picture matches {place}", "Check the folder and the spelling.")
    return found, weight


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


def _complete(content: dict[str, Any]) -> NDArray[np.bool_]:
    info = content.get("info")
    said = info.get("all_persons_labelled") if isinstance(info, dict) else None
    usual = not any("main" in entry for entry in content["annotations"]) if said is None else said
    return np.array([bool(image.get("all_persons_boxed", usual)) for image in content["images"]])


def _is_annotated(folder: Path) -> bool:
    return (folder / "annotations").exists() or any(folder.glob("*.json"))


def _pictures(paths: Iterable[Path]) -> list[Path]:
    return sorted(path for path in paths if path.suffix.lower() in PICTURE_SUFFIXES and path.is_file())


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
