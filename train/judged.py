"""Persons on sheets to look at: what a network saw, what it said, and what is true."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from rsn_edge.drawing.overlay import LEFT, RIGHT
from rsn_edge.drawing.sheet import contact_sheet
from rsn_edge.errors import InputError
from rsn_edge.keypoints.crop import affines_from_boxes, apply_affines, to_input, warp_crop
from rsn_edge.source.decode import read_picture
from rsn_edge.spec import ModelSpec

Image = NDArray[np.uint8]
Float = NDArray[np.floating]

_WORST, _COMPARED, _COLUMNS = 24, 12, 8
_HEIGHT = 288  # pixels of a crop on the sheet
_TRUTH, _NETWORK, _ERROR = RIGHT, LEFT, (255, 255, 255)  # blue and orange are told apart by nearly everyone
_FARTHEST = 9999  # pixels: OpenCV draws to no place that a label may claim


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """m persons of one picture, and what a network read of them.

    Args:
        picture: the file.
        boxes_xyxy: (m, 4) pixels.
        truth_xyv: (m, k, 3) pixels, and above 0 where the joint is labelled.
        predicted_xy: (m, k, 2) pixels.
        oks: (m,) similarity of the two in [0, 1].
    """

    picture: Path
    boxes_xyxy: Float
    truth_xyv: Float
    predicted_xy: Float
    oks: Float


def worst_sheet(pictures: Sequence[Judged], spec: ModelSpec) -> Image | None:
    """The persons (h, w, 3) BGR of the lowest OKS, worst first; None where there is nobody with a labelled joint."""
    worst = sorted(_labelled(pictures), key=lambda who: pictures[who[0]].oks[who[1]])[:_WORST]
    return _sheet([(pictures[at], i, pictures[at].picture.name) for at, i in worst], spec)


def comparison_sheet(networks: Mapping[str, Sequence[Judged]], spec: ModelSpec) -> Image | None:
    """At most twelve persons, evenly spread over all with a labelled joint, each as every one of the networks reads it.

    All have read the same pictures. None where there is nobody.
    """
    everyone = _labelled(next(iter(networks.values())))
    places = np.unique(np.linspace(0, len(everyone) - 1, min(_COMPARED, len(everyone))).round().astype(int))
    chosen = [everyone[place] for place in places]
    return _sheet([(judged[at], i, name) for at, i in chosen for name, judged in networks.items()], spec)


def _labelled(pictures: Sequence[Judged]) -> list[tuple[int, int]]:
    """Picture and number of every person with a labelled joint."""
    labelled = (one.truth_xyv[..., 2].any(axis=1) for one in pictures)
    return [(at, i) for at, own in enumerate(labelled) for i in np.flatnonzero(own).tolist()]


def _sheet(persons: Sequence[tuple[Judged, int, str]], spec: ModelSpec) -> Image | None:
    """Each person of a picture is the network's crop, under its OKS and a name.

    Drawn are its joints that are labelled, and a white line from each to its true place.
    """
    crops, captions = [], []
    for judged, i, name in persons:
        with suppress(InputError):  # it could be read a moment ago
            crops.append(_drawn(judged, i, spec))
            captions.append(f"{judged.oks[i]:.2f} {name}")
    if not crops:
        return None
    sheet = contact_sheet(crops, captions, _COLUMNS, crops[0].shape[:2])
    head = np.full((28, sheet.shape[1], 3), 60, np.uint8)
    for left, word, colour in ((8, "truth", _TRUTH), (78, "network", _NETWORK)):
        cv2.putText(head, word, (left, 20), cv2.FONT_HERSHEY_SIMPLEX, 0.5, colour, 1, cv2.LINE_AA)
    return np.concatenate([head, sheet])


def _drawn(judged: Judged, i: int, spec: ModelSpec) -> Image:
    crop = np.empty((_HEIGHT, round(_HEIGHT * spec.input_hw[1] / spec.input_hw[0]), 3), np.uint8)
    to_picture = affines_from_boxes(judged.boxes_xyxy[i : i + 1], crop.shape[:2], spec.padding)
    warp_crop(read_picture(judged.picture), to_picture[0], crop)
    both = np.stack([judged.truth_xyv[i, :, :2], judged.predicted_xy[i]])
    points = apply_affines(to_input(to_picture), both).clip(-_FARTHEST, _FARTHEST).round().astype(int)
    labelled = np.flatnonzero(judged.truth_xyv[i, :, 2] > 0)
    limbs = [list(edge) for edge in spec.skeleton.edges if set(edge) <= set(labelled.tolist())]
    cv2.polylines(crop, points.swapaxes(0, 1)[labelled], False, _ERROR, 1, cv2.LINE_AA)
    for places, colour in zip(points, (_TRUTH, _NETWORK), strict=True):
        cv2.polylines(crop, [places[limb] for limb in limbs], False, colour, 1, cv2.LINE_AA)
        for place in places[labelled].tolist():
            cv2.circle(crop, place, 2, colour, -1, cv2.LINE_AA)
    return crop
