"""A cache of crops: every picture is decoded once, every person kept as a small picture with room to turn and zoom.

The crop of a person is the network's own crop (padded box in the input's shape), `context` times as wide and high at
the same scale. Axes: n persons, k joints, crops (h, w, 3) uint8 BGR.
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from rsn_edge.artefact.writing import whole_file, write_text
from rsn_edge.errors import InputError
from rsn_edge.keypoints.crop import affines_from_boxes, apply_affines, to_input, warp_crop
from rsn_edge.source.decode import read_picture
from rsn_edge.spec import ModelSpec

from .samples import Samples

Float64 = NDArray[np.float64]
Image = NDArray[np.uint8]
Say = Callable[[str], None]

_MOST_LOST = 0.05  # share of the persons who may lie in pictures that cannot be read
_SAID_EVERY = 5000  # persons
_NAMED = 3  # pictures


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


def crop_persons(
    samples: Samples, spec: ModelSpec, context: float, folder: Path, say: Say = lambda _sentence: None
) -> Crops:
    """The crops of all persons whose picture can be read, from the cache in `folder` where the same were cut before.

    `say` is told how many are cut, and who is left out. InputError where those are more than a twentieth.
    """
    height, width = (round(context * side / 2) * 2 for side in spec.input_hw)
    padding = spec.padding[0] * context, spec.padding[1] * context
    to_picture = affines_from_boxes(samples.boxes_xyxy, (height, width), padding)
    path = folder / f"crops-{_digest(samples, to_picture, (height, width))}.npy"
    sizes_wh, reasons = (folder / f"{path.stem}-{name}" for name in ("sizes.npy", "unreadable.txt"))
    if not (path.is_file() and sizes_wh.is_file()):
        with whole_file(path) as pixels:
            sizes, unreadable = _cut(samples, to_picture, (height, width), pixels, say)
        if unreadable:
            write_text(reasons, "".join(f"{reason}\n" for reason in unreadable))
        with whole_file(sizes_wh) as file:
            np.save(file, sizes)
    sizes = np.load(sizes_wh)
    lost = np.flatnonzero(sizes[:, 0] == 0).tolist()
    if lost:
        say(_left_out([samples.pictures[row] for row in lost], len(samples), reasons))
    return _mapped(samples, to_picture, np.load(path, mmap_mode="r"), sizes)


def _digest(samples: Samples, to_picture: Float64, size_hw: tuple[int, int]) -> str:
    """Digest of all that decides what the crops look like; a picture counts as changed with its size or date."""
    digest = hashlib.sha256(f"{size_hw}".encode() + to_picture.tobytes())
    for picture in samples.pictures:
        facts = picture.stat() if picture.is_file() else None
        digest.update(f"{picture.resolve()}|{facts and (facts.st_size, facts.st_mtime_ns)}".encode())
    return digest.hexdigest()[:16]


def _cut(
    samples: Samples, to_picture: Float64, size_hw: tuple[int, int], file: Path, say: Say
) -> tuple[Float64, list[str]]:
    """Writes the crops of all who can be read, one after the other, into an array that has room for everybody.

    Returns the sizes (n, 2) of the persons' pictures, 0 where one cannot be read, and why those cannot.
    """
    sizes, crop = np.zeros((len(samples), 2)), np.empty((*size_hw, 3), np.uint8)
    reasons: dict[str, int] = {}  # and how many persons are lost by each
    # As a stream: where the disk is full, writing to a memory map ends the process without a word.
    with file.open("wb") as stream:
        shape = (len(samples), *crop.shape)
        np.lib.format.write_array_header_1_0(stream, {"descr": "|u1", "fortran_order": False, "shape": shape})
        end = stream.tell() + len(samples) * crop.nbytes
        for picture, rows in groupby(range(len(samples)), samples.pictures.__getitem__):
            try:
                image = read_picture(picture)
            except InputError as error:
                reasons[error.happened] = reasons.get(error.happened, 0) + len(list(rows))
                _check_loss(reasons, len(samples))
                continue
            for row in rows:
                warp_crop(image, to_picture[row], out=crop)
                stream.write(crop.data)
                sizes[row] = image.shape[1], image.shape[0]
                if (row + 1) % _SAID_EVERY == 0:
                    say(f"Cut out {row + 1} of {len(samples)} persons.")
        stream.truncate(end)
    return sizes, list(reasons)


def _check_loss(reasons: dict[str, int], persons: int) -> None:
    if sum(reasons.values()) > _MOST_LOST * persons:
        raise InputError(
            f"more than {100 * _MOST_LOST:.0f} % of the {persons} persons are in pictures that cannot be read; the "
            f"first: {next(iter(reasons))}",
            "Is this the folder of the annotations? See rsn-edge audit-data JSON.",
        )


def _left_out(pictures: Sequence[Path], persons: int, reasons: Path) -> str:
    names = [picture.name for picture in dict.fromkeys(pictures)]
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return (
        f"{len(pictures)} of {persons} persons are left out, because their pictures cannot be read: "
        f"{', '.join(names[:_NAMED])}{more} (why: {reasons})."
    )


def _mapped(samples: Samples, to_picture: Float64, pixels: Image, sizes_wh: Float64) -> Crops:
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
