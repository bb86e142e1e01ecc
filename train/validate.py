"""How good a pose network is while it is trained, by the crop, decode and evaluation of every later number."""

from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from rsn_edge.artefact.checkpoint import Checkpoint
from rsn_edge.backend.choice import BackendChoice
from rsn_edge.backend.torch import TorchBackend
from rsn_edge.coco import CocoKeypoints, read_annotations
from rsn_edge.errors import InputError
from rsn_edge.evaluate import coco_numbers
from rsn_edge.keypoints.oks import coco_oks
from rsn_edge.keypoints.pck import near_joints, torso_sizes
from rsn_edge.poser import CropPoser
from rsn_edge.reading import Reading, annotated_persons, annotated_rows, read_poses
from rsn_edge.skeleton import Skeleton
from rsn_edge.spec import ModelSpec

from .data.keypoint_set import KeypointSet
from .job import Judgement
from .judged import Judged, worst_sheet

_SHARE = 0.2  # of the torso: from how near a joint is right


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
        readings, bad = {}, list[Path]()
        for row, file_name in enumerate(truth.file_names):
            try:
                reading = read_poses(poser, truth, row, folder, boxes)
            except InputError:
                reading = None
            if reading:
                readings[row] = reading
            else:
                bad.append(folder / file_name)
        if bad and name not in self._told:
            self._told.add(name)
            self._say(
                f"{len(bad)} pictures of {name} are missing, broken or not of the annotated size, such as {bad[0]}: "
                "they are left out of its scores."
            )
        return readings


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
