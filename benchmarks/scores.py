"""What was read on a set, in figures: COCO's ten numbers, how sure they are, joints, limbs, angles, who is missing."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from rsn_edge.coco import CocoKeypoints, boxes_json
from rsn_edge.evaluate import Evaluator, box_precisions, coco_matches, coco_numbers
from rsn_edge.interval import interval95
from rsn_edge.reading import Reading
from rsn_edge.skeleton import Skeleton
from rsn_edge.spec import ModelSpec

from .coco_set import CocoSet
from .finding import find
from .joints import Pairs, joint_angle_errors, joint_similarity, limb_length_error, swap_rate


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
