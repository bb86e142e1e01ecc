"""A cache of crops: every picture is decoded once, every person kept as a small picture with room to turn and zoom.

The crop of a person is the network's own crop (padded box in the input's shape), `context` times as wide and high at
the same scale. Axes: n persons, k joints, crops (h, w, 3) uint8 BGR.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from rsn_edge.artefact.writing import whole_file
from rsn_edge.keypoints.crop import affines_from_boxes, apply_affines, to_input, warp_crop
from rsn_edge.source.decode import read_picture
from rsn_edge.spec import ModelSpec

from .samples import Samples

Float64 = NDArray[np.float64]
Image = NDArray[np.uint8]


@dataclass(frozen=True, slots=True, eq=False)
class Crops:
    """n persons cut out, coordinates in pixels of each crop.

    Args:
        pixels: (n, h, w, 3) uint8 BGR, on disk; black where the picture ends.
        boxes_xyxy: (n, 4) the persons.
        picture_xyxy: (n, 4) the part that the picture covers, at most the crop.
        joints_xy: (n, k, 2).
        visibility: (n, k) 0 not labelled, 1 hidden, 2 visible.
        known: (n, k) False for joints that the person's set never labels.
    """

    pixels: Image
    boxes_xyxy: Float64
    picture_xyxy: Float64
    joints_xy: Float64
    visibility: Float64
    known: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.pixels)


def crop_persons(
    samples: Samples, spec: ModelSpec, context: float, folder: Path, report: Callable[[int], None] | None = None
) -> Crops:
    """The crops of all persons, from the cache in `folder` where the same were cut before.

    `report` is told how many are cut. InputError where a picture is missing or cannot be read.
    """
    height, width = (round(context * side / 2) * 2 for side in spec.input_hw)
    padding = spec.padding[0] * context, spec.padding[1] * context
    to_picture = affines_from_boxes(samples.boxes_xyxy, (height, width), padding)
    path = folder / f"crops-{_digest(samples, to_picture, (height, width))}.npy"
    sizes_wh = folder / f"{path.stem}-sizes.npy"
    if not (path.is_file() and sizes_wh.is_file()):
        with whole_file(path) as pixels, whole_file(sizes_wh) as sizes:
            _cut(samples, to_picture, (height, width), (pixels, sizes), report)
    pixels_nhwc = np.load(path, mmap_mode="r")
    return _mapped(samples, to_picture, pixels_nhwc, np.load(sizes_wh))


def _digest(samples: Samples, to_picture: Float64, size_hw: tuple[int, int]) -> str:
    """Digest of all that decides what the crops look like; a picture counts as changed with its size or date."""
    digest = hashlib.sha256(f"{size_hw}".encode() + to_picture.tobytes())
    for picture in samples.pictures:
        facts = picture.stat() if picture.is_file() else None
        digest.update(f"{picture.resolve()}|{facts and (facts.st_size, facts.st_mtime_ns)}".encode())
    return digest.hexdigest()[:16]


def _cut(
    samples: Samples,
    to_picture: Float64,
    size_hw: tuple[int, int],
    files: tuple[Path, Path],
    report: Callable[[int], None] | None,
) -> None:
    pixels = np.lib.format.open_memmap(files[0], mode="w+", dtype=np.uint8, shape=(len(samples), *size_hw, 3))
    sizes = np.zeros((len(samples), 2))
    opened, image = None, np.zeros((1, 1, 3), np.uint8)
    for row, picture in enumerate(samples.pictures):
        if picture != opened:  # the persons of a picture mostly follow each other
            opened, image = picture, read_picture(picture)
        warp_crop(image, to_picture[row], out=pixels[row])
        sizes[row] = image.shape[1], image.shape[0]
        if report:
            report(row + 1)
    pixels.flush()
    with files[1].open("wb") as file:
        np.save(file, sizes)


def _mapped(samples: Samples, to_picture: Float64, pixels: Image, sizes_wh: Float64) -> Crops:
    to_crop = to_input(to_picture)
    corners = np.stack([np.zeros_like(sizes_wh), sizes_wh - 1], axis=1)
    height, width = pixels.shape[1:3]
    covered = np.clip(apply_affines(to_crop, corners), 0, (width, height))
    boxes = apply_affines(to_crop, samples.boxes_xyxy.reshape(-1, 2, 2))
    return Crops(
        pixels=pixels,
        boxes_xyxy=boxes.reshape(-1, 4),
        picture_xyxy=covered.reshape(-1, 4),
        joints_xy=apply_affines(to_crop, samples.joints_xyv[..., :2]),
        visibility=samples.joints_xyv[..., 2].astype(np.float64),
        known=samples.known,
    )
