"""A cache of crops: every picture is decoded once, every person kept as a small picture with room to turn and zoom.

The crop of a person is the network's own crop (padded box in the input's shape), `context` times as wide and high at
the same scale. Axes: n persons, k joints, crops (h, w, 3) uint8 BGR.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from functools import lru_cache
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from rsn_edge.coco import CocoKeypoints, read_json
from rsn_edge.errors import InputError
from rsn_edge.keypoints.crop import affines_from_boxes, apply_affines, to_input, warp_crop
from rsn_edge.source.decode import read_picture
from rsn_edge.spec import ModelSpec

from .augment import Person
from .kept_file import Say, Sizes, digest_of, kept_file
from .keypoint_set import KeypointSet, read_set

Float64 = NDArray[np.float64]
Image = NDArray[np.uint8]
Float32 = NDArray[np.float32]

# A person must have so many labelled joints, and a box of this share of the network's input: smaller ones are mush.
_FEWEST_JOINTS = 4
_SMALLEST = 3 / 16, 1 / 12  # height, width


@dataclass(frozen=True, slots=True, eq=False)
class Samples:
    """n persons to train on.

    Args:
        pictures: n paths.
        boxes_xyxy: (n, 4).
        joints_xyv: (n, k, 3) x, y, and 0 not labelled, 1 labelled but hidden, 2 visible.
        known: (n, k) False for joints that the person's set never labels: nothing can be learnt of them.
        weights: (n,) how often each is drawn, in proportion.
    """

    pictures: tuple[Path, ...]
    boxes_xyxy: Float32
    joints_xyv: Float32
    known: NDArray[np.bool_]
    weights: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.pictures)


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

    def cut(stream: BinaryIO, row: int) -> tuple[int, int]:
        image = picture_of(samples.pictures[row])
        warp_crop(image, to_picture[row], out=crop)
        stream.write(crop.data)
        return image.shape[1], image.shape[0]

    digest = digest_of(f"{(height, width)}".encode() + to_picture.tobytes(), samples.pictures)
    path = folder / f"crops-{digest}.raw"
    sizes = kept_file(path, samples.pictures, "persons", say, cut)
    return _mapped(samples, to_picture, np.memmap(path, np.uint8, "r").reshape(-1, *crop.shape), sizes[:, :2])


def read_samples(sets: Sequence[KeypointSet], spec: ModelSpec) -> Samples:
    """All persons of the sets who can teach something: not crowds, not too small, not those marked `main: false`.

    InputError where a file is broken, labels another skeleton, or leaves nobody.
    """
    parts = [_samples_of(one, spec) for one in sets]
    names = [field.name for field in fields(Samples) if field.name != "pictures"]
    columns = (np.concatenate([getattr(part, name) for part in parts]) for name in names)
    return Samples(tuple(picture for part in parts for picture in part.pictures), *columns)


def _mapped(samples: Samples, to_picture: Float64, pixels: Image, sizes_wh: Sizes) -> Crops:
    read = sizes_wh[:, 0] > 0
    to_crop, sizes_wh, joints = to_input(to_picture[read]), sizes_wh[read], samples.joints_xyv[read]
    corners = np.stack([np.zeros_like(sizes_wh), sizes_wh - 1], axis=1)
    height, width = pixels.shape[1:3]
    covered = np.clip(apply_affines(to_crop, corners), 0, (width, height))
    boxes = apply_affines(to_crop, samples.boxes_xyxy[read].reshape(-1, 2, 2))
    return Crops(
        pixels=pixels,
        boxes_xyxy=boxes.reshape(-1, 4),
        picture_xyxy=covered.reshape(-1, 4),
        joints_xy=apply_affines(to_crop, joints[..., :2]),
        visibility=joints[..., 2].astype(np.float64),
        known=samples.known[read],
        weights=samples.weights[read],
    )


def _samples_of(one: KeypointSet, spec: ModelSpec) -> Samples:
    truth = read_set(one, spec.skeleton)
    known, aside = _remarks(one.annotations, spec)
    rows = np.flatnonzero(_teaching(truth, spec) & ~np.isin(truth.annotation_ids, aside))
    names = dict(zip(truth.image_ids.tolist(), truth.file_names, strict=True))
    if not len(rows):
        raise InputError(
            f"{one.annotations} has nobody to train on: its {len(truth.labelled)} persons are crowds, too small for an "
            f"input of {spec.input_hw[0]}x{spec.input_hw[1]}, or have fewer than {_fewest(spec)} labelled joints",
            "Check the file, or choose a smaller --input.",
        )
    return Samples(
        pictures=tuple(one.pictures / names[owner] for owner in truth.owners[rows].tolist()),
        boxes_xyxy=truth.boxes_xyxy[rows],
        joints_xyv=truth.keypoints[rows],
        known=np.repeat(known[None], len(rows), axis=0),
        weights=np.full(len(rows), one.weight),
    )


def _teaching(truth: CocoKeypoints, spec: ModelSpec) -> NDArray[np.bool_]:
    size_wh = truth.boxes_xyxy[:, 2:] - truth.boxes_xyxy[:, :2]
    smallest = _SMALLEST[1] * spec.input_hw[1], _SMALLEST[0] * spec.input_hw[0]
    labelled = (truth.keypoints[..., 2] > 0).sum(axis=1)
    return np.asarray(~truth.crowd & (size_wh >= smallest).all(axis=1) & (labelled >= _fewest(spec)))


def _fewest(spec: ModelSpec) -> int:
    return min(_FEWEST_JOINTS, spec.joints)


def _remarks(annotations: Path, spec: ModelSpec) -> tuple[NDArray[np.bool_], list[int]]:
    """Which joints (k,) the file labels at all (`info.unlabelled_joints`), ids of persons marked `main: false`."""
    content = read_json(annotations)
    info = content.get("info")
    never = {spec.skeleton.joints[index] for index in spec.skeleton.unlabelled}
    if isinstance(info, dict):
        never |= set(info.get("unlabelled_joints") or ())
    unknown = sorted(never - set(spec.skeleton.joints))
    if unknown:
        raise InputError(f"{annotations} says that it does not label '{unknown[0]}', which is no joint of the skeleton")
    aside = [entry["id"] for entry in content["annotations"] if entry.get("main") is False]
    return np.array([joint not in never for joint in spec.skeleton.joints]), aside
