"""A cache of crops: every picture is decoded once, every person kept as a small picture with room to turn and zoom.

The crop of a person is the network's own crop (padded box in the input's shape), `context` times as wide and high at
the same scale. Axes: n persons, k joints, crops (h, w, 3) uint8 BGR.
"""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from rsn_edge.keypoints.crop import affines_from_boxes, apply_affines, to_input, warp_crop
from rsn_edge.source.decode import read_picture
from rsn_edge.spec import ModelSpec

from .augment import Person
from .kept_file import Say, Sizes, digest_of, kept_file
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
        weights: (n,) how often each is drawn, in proportion.
    """

    pixels: Image
    boxes_xyxy: Float64
    picture_xyxy: Float64
    joints_xy: Float64
    visibility: Float64
    known: NDArray[np.bool_]
    weights: Float64

    def __len__(self) -> int:
        return len(self.pixels)

    def person(self, row: int) -> Person:
        """One of them."""
        return Person(self.boxes_xyxy[row], self.picture_xyxy[row], self.joints_xy[row], self.visibility[row])


def crop_persons(
    samples: Samples, spec: ModelSpec, context: float, folder: Path, say: Say = lambda _sentence: None
) -> Crops:
    """The crops of all persons whose picture can be read, from the cache in `folder` where the same were cut before.

    `say` is told how many are cut, and who is left out. InputError where those are more than a twentieth.
    """
    height, width = (round(context * side / 2) * 2 for side in spec.input_hw)
    padding = spec.padding[0] * context, spec.padding[1] * context
    to_picture = affines_from_boxes(samples.boxes_xyxy, (height, width), padding)
    picture_of, crop = lru_cache(maxsize=1)(read_picture), np.empty((height, width, 3), np.uint8)

    def begin(stream: BinaryIO) -> None:
        """As a .npy file with room for everybody."""
        shape = (len(samples), *crop.shape)
        np.lib.format.write_array_header_1_0(stream, {"descr": "|u1", "fortran_order": False, "shape": shape})
        stream.truncate(stream.tell() + len(samples) * crop.nbytes)

    def cut(stream: BinaryIO, row: int) -> tuple[int, int]:
        image = picture_of(samples.pictures[row])
        warp_crop(image, to_picture[row], out=crop)
        stream.write(crop.data)
        return image.shape[1], image.shape[0]

    digest = digest_of(f"{(height, width)}".encode() + to_picture.tobytes(), samples.pictures)
    path = folder / f"crops-{digest}.npy"
    sizes = kept_file(path, samples.pictures, "persons", say, cut, begin)
    return _mapped(samples, to_picture, np.load(path, mmap_mode="r"), sizes[:, :2])


def _mapped(samples: Samples, to_picture: Float64, pixels: Image, sizes_wh: Sizes) -> Crops:
    read = sizes_wh[:, 0] > 0
    to_crop, sizes_wh, joints = to_input(to_picture[read]), sizes_wh[read], samples.joints_xyv[read]
    corners = np.stack([np.zeros_like(sizes_wh), sizes_wh - 1], axis=1)
    height, width = pixels.shape[1:3]
    covered = np.clip(apply_affines(to_crop, corners), 0, (width, height))
    boxes = apply_affines(to_crop, samples.boxes_xyxy[read].reshape(-1, 2, 2))
    return Crops(
        pixels=pixels[: len(to_crop)],
        boxes_xyxy=boxes.reshape(-1, 4),
        picture_xyxy=covered.reshape(-1, 4),
        joints_xy=apply_affines(to_crop, joints[..., :2]),
        visibility=joints[..., 2].astype(np.float64),
        known=samples.known[read],
        weights=samples.weights[read],
    )
