"""What was read on a set, in figures: COCO's ten numbers, how sure they are, joints, limbs, angles, who is missing."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rsn_edge.coco import CocoKeypoints, boxes_json
from rsn_edge.detector.nms import iou_matrix
from rsn_edge.evaluate import Evaluator, box_precisions, coco_matches, coco_numbers
from rsn_edge.interval import interval95
from rsn_edge.keypoints.confidence import confidence_from_scores
from rsn_edge.keypoints.oks import paired_oks
from rsn_edge.reading import Reading
from rsn_edge.skeleton import Skeleton
from rsn_edge.spec import ModelSpec

from .coco_set import CocoSet
from .joints import Pairs, joint_angle_errors, joint_similarity, limb_length_error, swap_rate

REASONS = ("no box", "no sure joint", "joints elsewhere")

_SAME_PERSON_IOU = 0.5
_RIGHT_OKS = 0.5


def scores(
    pictures: CocoSet, readings: Sequence[Reading], spec: ModelSpec, least: float, evaluator: Evaluator
) -> dict[str, Any]:
    """Figures by name, ready for JSON (None where there is nothing to measure), of the pictures that were read.

    `least` is the confidence from which on a joint is shown to people.
    """
    results = [result for reading in readings for result in reading.results]
    ids, sigmas = [reading.image_id for reading in readings], spec.skeleton.sigmas
    numbers = coco_numbers(pictures.annotations, results, sigmas, ids, evaluator)
    pairs, unread = find(pictures.truth, {reading.image_id: reading for reading in readings}, spec, least)
    return {
        "evaluator": evaluator,
        "persons": len(pairs.areas) + len(unread["no box"]),
        **asdict(numbers),
        "interval95": interval95(coco_matches(pictures.annotations, results, sigmas, ids)),
        "joints": _by_joint(pairs, spec.skeleton),
        "swap_rate": _known(swap_rate(pairs, spec.skeleton)),
        "limb_length_error_percent": _known(limb_length_error(pairs, spec.skeleton)),
        "joint_angle_error_deg": {
            name: _known(error) for name, error in joint_angle_errors(pairs, spec.skeleton).items()
        },
        "joint_threshold": least,
        "unread": {reason: {"persons": len(who), "annotation_ids": list(who)} for reason, who in unread.items()},
        "not_counted": _not_counted(pictures.truth, ids),
    }


def find(
    truth: CocoKeypoints, readings: Mapping[int, Reading], spec: ModelSpec, least: float
) -> tuple[Pairs, dict[str, tuple[int, ...]]]:
    """The persons of the pictures that were read who count and have a box, and annotation ids of those not read.

    These by reason, in the order of REASONS: no box overlaps the person by half (IoU 0.5); none of the labelled joints
    has a confidence of at least `least`; the joints lie elsewhere (OKS below 0.5).
    """
    counts = ~truth.crowd & (truth.labelled > 0)
    rows: list[int] = []
    boxless: list[int] = []
    poses: list[list[float]] = []
    for image_id, own in zip(truth.image_ids.tolist(), truth.rows_by_picture(), strict=True):
        if image_id in readings:
            people = own[counts[own]]
            at = _partners(truth.boxes_xyxy[people], readings[image_id].boxes.boxes_xyxy)
            boxless += people[at < 0].tolist()
            rows += people[at >= 0].tolist()
            poses += [readings[image_id].results[place]["keypoints"] for place in at[at >= 0]]
    read = np.array(poses, np.float64).reshape(len(rows), spec.joints, 3)
    predicted = np.where(read[..., 2:] > 0, read[..., :2], np.nan)  # a score of 0 marks a joint that is missing
    pairs = Pairs(predicted, truth.keypoints[rows].astype(np.float64), truth.areas[rows].astype(np.float64))
    sure = confidence_from_scores(read[..., 2], spec.confidence) >= least
    unsure = ~(sure & pairs.labelled).any(axis=1)
    oks = paired_oks(predicted, pairs.truth_xyv[..., :2], pairs.labelled, pairs.areas, spec.skeleton.sigmas)
    elsewhere = ~unsure & (oks < _RIGHT_OKS)
    paired = truth.annotation_ids[rows]
    groups = (truth.annotation_ids[boxless], paired[unsure], paired[elsewhere])
    return pairs, {reason: tuple(ids.tolist()) for reason, ids in zip(REASONS, groups, strict=True)}


def boxes_ap(pictures: CocoSet, readings: Sequence[Reading]) -> float:
    """COCO's AP of the boxes that the poses were read from."""
    boxes = [
        box for reading in readings for box in boxes_json(reading.image_id, reading.boxes, pictures.truth.category_id)
    ]
    return box_precisions(pictures.annotations, boxes, [reading.image_id for reading in readings])[0]


def _by_joint(pairs: Pairs, skeleton: Skeleton) -> list[dict[str, Any]]:
    similarity = joint_similarity(pairs, skeleton)
    labelled = pairs.labelled.sum(axis=0).tolist()
    means = np.nansum(similarity, axis=0) / np.maximum(labelled, 1)
    return [
        {"joint": joint, "persons": persons, "oks": float(mean) if persons else None}
        for joint, persons, mean in zip(skeleton.joints, labelled, means, strict=True)
    ]


def _not_counted(truth: CocoKeypoints, ids: Sequence[int]) -> dict[str, int]:
    """Who is annotated but in no score, and why."""
    here = np.isin(truth.owners, ids)
    return {
        "crowd regions": int((here & truth.crowd).sum()),
        "persons without a labelled joint": int((here & ~truth.crowd & (truth.labelled == 0)).sum()),
        "persons on pictures that were not read": int((~here & ~truth.crowd & (truth.labelled > 0)).sum()),
    }


def _known(value: float) -> float | None:
    return None if np.isnan(value) else value


def _partners(persons_xyxy: NDArray[np.float32], boxes_xyxy: NDArray[np.float32]) -> NDArray[np.intp]:
    """(n,) for each person the box of its own, the best overlaps first; -1 where none is left."""
    partners = np.full(len(persons_xyxy), -1, np.intp)
    overlaps = iou_matrix(persons_xyxy, boxes_xyxy)
    while overlaps.size and overlaps.max() >= _SAME_PERSON_IOU:
        person, box = np.unravel_index(overlaps.argmax(), overlaps.shape)
        partners[person] = box
        overlaps[person], overlaps[:, box] = -1, -1
    return partners
