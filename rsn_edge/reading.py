"""A poser on the pictures of a COCO set: what it reads on each, as COCO results."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from rsn_edge.coco import CocoKeypoints, Result, results_json
from rsn_edge.detector.protocol import Detector
from rsn_edge.errors import InputError
from rsn_edge.frame import Frame
from rsn_edge.people import Persons, Poses
from rsn_edge.poser import Poser
from rsn_edge.source.decode import read_picture

# How a person is scored, and whether annotated boxes are cut off at the picture's edge: as the RSN and MSPN test code
# does it, or as mmpose does.
Protocol = Literal["official", "mmpose"]

_MMPOSE_LEAST_SCORE = 0.2  # mmpose leaves joints of less out of a person's score


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """Results of one picture, and the boxes that they were read from, in the same order."""

    image_id: int
    boxes: Persons
    results: list[Result]


def read_poses(
    poser: Poser,
    truth: CocoKeypoints,
    row: int,
    pictures: Path,
    boxes: Detector | Sequence[Persons],
    protocol: Protocol = "official",
) -> Reading | None:
    """What is read on picture `row` of the set; None where the picture is missing or broken.

    `boxes` are a detector, or the persons of every picture: then a picture without any need not even be there.
    InputError where the picture is not the annotated one.
    """
    known = boxes[row] if isinstance(boxes, Sequence) else None
    if known is not None and not len(known):
        return Reading(int(truth.image_ids[row]), Persons.empty(), [])
    frame = annotated_frame(truth, row, pictures)
    if frame is None:
        return None
    persons = boxes.detect(frame) if not isinstance(boxes, Sequence) else boxes[row]
    poses = poser.poses(frame, persons)
    results = results_json(int(truth.image_ids[row]), poses, truth.category_id)
    if protocol == "mmpose":
        results = [r | {"score": float(score)} for r, score in zip(results, _mmpose_scores(poses), strict=True)]
    return Reading(int(truth.image_ids[row]), Persons(poses.boxes_xyxy, poses.person_scores), results)


def annotated_persons(truth: CocoKeypoints, protocol: Protocol = "official") -> list[Persons]:
    """The ground-truth boxes of every picture: persons with a labelled joint, no crowd regions, score 1."""
    boxes = [truth.boxes_xyxy[rows] for rows in annotated_rows(truth)]
    if protocol == "mmpose":
        edges = np.where(truth.sizes_hw > 0, truth.sizes_hw - 1, np.inf)[:, [1, 0, 1, 0]].astype(np.float32)
        boxes = [np.clip(own, 0, edge) for own, edge in zip(boxes, edges, strict=True)]
    return [Persons(own, np.ones(len(own), np.float32)) for own in boxes]


def annotated_rows(truth: CocoKeypoints) -> list[NDArray[np.intp]]:
    """Which annotations `annotated_persons` are, for every picture in the same order."""
    return [rows[~truth.crowd[rows] & (truth.labelled[rows] > 0)] for rows in truth.rows_by_picture()]


def annotated_frame(truth: CocoKeypoints, row: int, folder: Path) -> Frame | None:
    """Picture `row` of a set, None where it is missing or broken; InputError where it is not the annotated one."""
    path = folder / truth.file_names[row]
    try:
        image = read_picture(path)
    except InputError:
        return None
    annotated = tuple(truth.sizes_hw[row].tolist())
    if annotated != (0, 0) and image.shape[:2] != annotated:
        raise InputError(
            f"{path} is {image.shape[1]}x{image.shape[0]} pixels, but the annotations were made on "
            f"{annotated[1]}x{annotated[0]}",
            "Take the pictures that belong to the annotations.",
        )
    return Frame(image, index=row, source=str(path))


def _mmpose_scores(poses: Poses) -> NDArray[np.float32]:
    """Detector's score x mean of the joint scores above 0.2; no such joint counts as 0."""
    counted = np.isfinite(poses.keypoints_xy).all(axis=2) & (poses.scores > _MMPOSE_LEAST_SCORE)
    total = np.where(counted, poses.scores, np.float32(0)).sum(axis=1)
    return np.asarray(poses.person_scores * total / np.maximum(counted.sum(axis=1), 1), np.float32)
