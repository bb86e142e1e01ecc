"""Who of a set was read, and who was not and why: each person who counts, paired with the box that lies on them."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from rsn_edge.coco import CocoKeypoints
from rsn_edge.detector.nms import iou_matrix
from rsn_edge.keypoints.confidence import confidence_from_scores
from rsn_edge.keypoints.oks import paired_oks
from rsn_edge.reading import Reading
from rsn_edge.spec import ModelSpec

from .joints import Pairs

REASONS = ("no box", "no sure joint", "joints elsewhere")

_SAME_PERSON_IOU = 0.5
_RIGHT_OKS = 0.5


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


def _partners(persons_xyxy: NDArray[np.float32], boxes_xyxy: NDArray[np.float32]) -> NDArray[np.intp]:
    """(n,) for each person the box of its own, the best overlaps first; -1 where none is left."""
    partners = np.full(len(persons_xyxy), -1, np.intp)
    overlaps = iou_matrix(persons_xyxy, boxes_xyxy)
    while overlaps.size and overlaps.max() >= _SAME_PERSON_IOU:
        person, box = np.unravel_index(overlaps.argmax(), overlaps.shape)
        partners[person] = box
        overlaps[person], overlaps[:, box] = -1, -1
    return partners
