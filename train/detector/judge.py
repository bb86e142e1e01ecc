"""How good a detector is while it is trained: COCO's numbers of the boxes that the runtime itself would find."""

from collections.abc import Sequence
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
from .boxes import BoxedPictures, annotated_pictures


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
