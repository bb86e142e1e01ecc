"""A detector's training put together: pictures, canvases, task and scores."""

import hashlib
from collections.abc import Callable, Sequence
from contextlib import closing, suppress
from typing import Any

import numpy as np

from rsn_edge.artefact.checkpoint import Checkpoint
from rsn_edge.backend.torch import TorchBackend
from rsn_edge.coco import AREA_OF_BOX, Result, boxes_json
from rsn_edge.detector.cells import CellDetector
from rsn_edge.detector.protocol import Detector
from rsn_edge.errors import InputError
from rsn_edge.evaluate import box_precisions
from rsn_edge.frame import Frame
from rsn_edge.source.decode import read_picture
from rsn_edge.spec import DetectorSpec

from ..data.keypoint_set import KeypointSet
from ..job import Job, Judgement, TrainOptions
from ..ranks import Ranks
from ..recipe import DETECTOR_RECIPE
from .boxes import BoxedPictures, annotated_pictures, joined, keep_pictures, pictures_of_nobody, unpeopled_pictures
from .canvas import CanvasMaker
from .task import DetectorTask


def detector_job(options: TrainOptions, spec: DetectorSpec, ranks: Ranks, say: Callable[[str], None]) -> Job:
    """Reads the boxes and keeps the pictures; InputError where they do not make a training."""
    boxed = ranks.in_turn(lambda: joined([_boxed(options, text, say) for text in options.data]))
    val_sets = ranks.in_turn(lambda: _validation_sets(options))
    kept = ranks.in_turn(lambda: keep_pictures(boxed, options.cache_folder, say))
    maker = CanvasMaker(boxed, kept, spec.pad_value, options.seed)
    data = hashlib.sha256(boxed.boxes_xyxy.tobytes() + boxed.weights.tobytes() + kept.sizes_hw.tobytes())
    per_step = options.batch or DETECTOR_RECIPE.batch
    return Job(
        task=DetectorTask(spec, DETECTOR_RECIPE, maker, per_step, options.seed),
        samples=len(boxed),
        data=f"{len(boxed)} pictures {data.hexdigest()[:12]}",
        score_names=tuple(f"{number} {one.name}" for one in val_sets for number in ("AP50", "AP")),
        validate=lambda checkpoint: Judgement(box_scores(checkpoint, val_sets)),
    )


def box_scores(checkpoint: Checkpoint, sets: Sequence[KeypointSet]) -> dict[str, float]:
    """COCO's AP at IoU 0.50 and over 0.50 to 0.95, in [0, 1], on each set, by name.

    Pictures in which not everybody has a box are left out; in one that cannot be read nobody is found.
    """
    assert isinstance(checkpoint.spec, DetectorSpec)
    scores: dict[str, float] = {}
    with closing(CellDetector(TorchBackend(checkpoint), checkpoint.spec, threshold=0.0)) as detector:
        for one in sets:
            boxed = annotated_pictures(one)
            precision, at_half = box_precisions(_truth(boxed), _found(detector, boxed))
            scores |= {f"AP50 {one.name}": at_half, f"AP {one.name}": precision}
    return scores


def check_judges(one: KeypointSet) -> None:
    """InputError where a set cannot judge a detector, at once and not hours later."""
    boxed = annotated_pictures(one)
    if missing := [path for path in boxed.paths if not path.is_file()]:
        raise InputError(
            f"{len(missing)} of the {len(boxed)} pictures of {one.annotations} are missing, such as {missing[0]}",
            "Is this the folder of the annotations?",
        )
    if not boxed.complete.any():
        raise InputError(
            f"{one.annotations} has no picture in which everybody has a box, so a detector cannot be judged by it",
            "Validate on another set (--val).",
        )


def _boxed(options: TrainOptions, text: str, say: Callable[[str], None]) -> BoxedPictures:
    """A set to train on; it is said how it was understood."""
    pictures, weight = unpeopled_pictures(text)
    if pictures:
        part = pictures_of_nobody(pictures, weight)
    else:
        part = annotated_pictures(options.training_set(text, skeleton=None))
    say(
        f"{text}: {len(part)} pictures, {(part.complete & ~part.peopled).sum()} of them without persons and "
        f"{(~part.complete).sum()} with persons who may have no box; {(~part.ignored).sum()} persons, "
        f"{part.ignored.sum()} regions to ignore."
    )
    return part


def _validation_sets(options: TrainOptions) -> list[KeypointSet]:
    for text in options.val:
        if unpeopled_pictures(text)[0]:
            raise InputError(f"{text} has no boxes of persons to judge a detector by", "Name an annotated set (--val).")
    sets = options.validation_sets(skeleton=None)
    for one in sets:
        check_judges(one)
    return sets


def _found(detector: Detector, boxed: BoxedPictures) -> list[Result]:
    results: list[Result] = []
    for row in np.flatnonzero(boxed.complete).tolist():
        with suppress(InputError):  # no reason to end a training of hours
            results += boxes_json(row, detector.detect(Frame(read_picture(boxed.paths[row]))))
    return results


def _truth(boxed: BoxedPictures) -> dict[str, Any]:
    """The persons of the pictures that are complete, as COCO's evaluation takes them; a picture's id is its row."""
    annotations = []
    for row in np.flatnonzero(boxed.complete[boxed.owners]).tolist():
        left, top, right, bottom = boxed.boxes_xyxy[row].tolist()
        box, area = [left, top, right - left, bottom - top], AREA_OF_BOX * (right - left) * (bottom - top)
        owner, crowd = int(boxed.owners[row]), int(boxed.ignored[row])
        annotations.append(
            {"id": row + 1, "image_id": owner, "category_id": 1, "iscrowd": crowd, "area": area, "bbox": box}
        )
    return {
        "images": [{"id": row} for row in np.flatnonzero(boxed.complete).tolist()],
        "annotations": annotations,
        "categories": [{"id": 1, "name": "person"}],
    }
