"""How good a pose network is while it is trained, by the crop, decode and evaluation of every later number."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from rsn_edge.artefact.checkpoint import Checkpoint
from rsn_edge.backend.protocol import BackendChoice
from rsn_edge.backend.torch import TorchBackend
from rsn_edge.coco import CocoKeypoints, read_annotations
from rsn_edge.drawing.overlay import LEFT, RIGHT, contact_sheet
from rsn_edge.errors import InputError
from rsn_edge.evaluate import coco_numbers
from rsn_edge.keypoints.crop import affines_from_boxes, apply_affines, to_input, warp_crop
from rsn_edge.keypoints.oks import coco_oks
from rsn_edge.keypoints.pck import near_joints, torso_sizes
from rsn_edge.poser import CropPoser
from rsn_edge.reading import Reading, annotated_persons, annotated_rows, read_poses
from rsn_edge.skeleton import Skeleton
from rsn_edge.source.decode import read_picture
from rsn_edge.spec import ModelSpec

from .data.keypoint_set import KeypointSet
from .job import Judgement

Image = NDArray[np.uint8]
Float = NDArray[np.floating]

_SHARE = 0.2  # of the torso: from how near a joint is right
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


class Judge:
    """Judges the network of `spec` on each set, with annotated boxes and without a flip test.

    Scores are COCO's AP (OKS 0.50 to 0.95), which says which network is best, and PCK (`torso_sizes`).

    Args:
        say: told of pictures that are left out.

    InputError and MissingPackageError at once, not hours later, where a set cannot be judged.
    """

    def __init__(self, spec: ModelSpec, sets: Sequence[KeypointSet], say: Callable[[str], None]) -> None:
        self._spec, self._say = spec, say
        self._choice = BackendChoice(provider="cuda" if torch.cuda.is_available() else "cpu")
        self._sets: dict[str, tuple[KeypointSet, CocoKeypoints]] = {}
        for name, one in zip(_distinct([one.name for one in sets]), sets, strict=True):
            self._sets[name] = one, read_annotations(one.annotations, spec.skeleton)
            coco_numbers(one.annotations, [], spec.skeleton.sigmas)
        self.score_names = tuple(f"{score} {name}" for name in self._sets for score in ("AP", f"PCK@{_SHARE}"))
        self._told: set[str] = set()

    def __call__(self, checkpoint: Checkpoint) -> Judgement:
        """Scores where there are persons to count, and the sheet of those who are read worst."""
        scores, everyone = self.judged(checkpoint)
        return Judgement(scores, worst_sheet(everyone, self._spec))

    def judged(self, checkpoint: Checkpoint) -> tuple[dict[str, float], list[Judged]]:
        """The scores, and everybody who was read."""
        sigmas, scores, everyone = self._spec.skeleton.sigmas, dict[str, float](), list[Judged]()
        with closing(CropPoser(TorchBackend(checkpoint, self._choice), self._spec)) as poser:
            for name, (one, truth) in self._sets.items():
                readings = self._read(poser, name)
                judged = [
                    _judged(one.pictures / truth.file_names[row], truth, own, readings[row], self._spec.skeleton)
                    for row, own in enumerate(annotated_rows(truth))
                    if row in readings and len(own)
                ]
                near = [hit for persons in judged for hit in _near(persons, self._spec.skeleton)]
                if near:
                    results = [result for reading in readings.values() for result in reading.results]
                    read = [reading.image_id for reading in readings.values()]
                    scores[f"AP {name}"] = coco_numbers(one.annotations, results, sigmas, read).AP
                    scores[f"PCK@{_SHARE} {name}"] = float(np.mean(near))
                    everyone += judged
        return scores, everyone

    def _read(self, poser: CropPoser, name: str) -> dict[int, Reading]:
        """What was read, by the picture's row; a bad picture does not end a training of hours: it is told once."""
        one, truth = self._sets[name]
        folder, boxes = one.pictures, annotated_persons(truth)
        readings = {}
        for row in range(len(truth.file_names)):
            with suppress(InputError):
                if reading := read_poses(poser, truth, row, folder, boxes):
                    readings[row] = reading
        bad = [folder / file_name for row, file_name in enumerate(truth.file_names) if row not in readings]
        if bad and name not in self._told:
            self._told.add(name)
            self._say(
                f"{len(bad)} pictures of {name} are missing, broken or not of the annotated size, such as {bad[0]}: "
                "they are left out of its scores."
            )
        return readings


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


def _distinct(names: Sequence[str]) -> list[str]:
    """Names of which some may be equal: then `name 1`, `name 2`."""
    return [f"{name} {names[: i + 1].count(name)}" if names.count(name) > 1 else name for i, name in enumerate(names)]


def _judged(
    picture: Path, truth: CocoKeypoints, rows: NDArray[np.intp], reading: Reading, skeleton: Skeleton
) -> Judged:
    keypoints = np.array([result["keypoints"] for result in reading.results], np.float64)
    predicted = keypoints.reshape(len(rows), len(skeleton.joints), 3)[..., :2]
    true, boxes = truth.keypoints[rows], truth.boxes_xyxy[rows]
    boxes_xywh = np.concatenate([boxes[:, :2], boxes[:, 2:] - boxes[:, :2]], axis=1)
    oks = coco_oks(predicted, true, boxes_xywh, truth.areas[rows], skeleton.sigmas).diagonal()
    return Judged(picture, boxes, true, predicted, oks)


def _near(judged: Judged, skeleton: Skeleton) -> NDArray[np.bool_]:
    sizes = torso_sizes(judged.truth_xyv, judged.boxes_xyxy, skeleton)
    return near_joints(judged.predicted_xy, judged.truth_xyv, sizes, _SHARE)


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
