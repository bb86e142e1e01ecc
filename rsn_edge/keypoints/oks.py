"""Object keypoint similarity (OKS) of poses, and suppression of poses that show the same person.

Axes: n and m persons, k joints; `sigmas` (k,) are the skeleton's. A joint that is missing is NaN.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from rsn_edge.people import Poses
from rsn_edge.skeleton import Skeleton

Float = NDArray[np.floating]
Float64 = NDArray[np.float64]
Indices = NDArray[np.intp]
Sigmas = Sequence[float] | Float

_EPS = float(np.spacing(1.0))


def pose_nms(poses: Poses, skeleton: Skeleton, threshold: float) -> Indices:
    """Indices of the poses to keep, most certain first: of two with OKS above the threshold the more certain one."""
    sides = (poses.boxes_xyxy[:, 2:] - poses.boxes_xyxy[:, :2]).clip(0)
    areas = sides[:, 0] * sides[:, 1]
    return oks_nms(poses.keypoints_xy, areas, poses.certainty, skeleton.sigmas, threshold)


def oks_nms(keypoints_xy: Float, areas: Float, scores: Float, sigmas: Sigmas, threshold: float) -> Indices:
    """Indices of the poses (n, k, 2) that are kept, by falling score; of equal scores the later comes first.

    `areas` (n,) are square pixels; a pose goes if its OKS with a kept one is above the threshold.
    """
    order = np.argsort(scores, kind="stable")[::-1]
    same = oks_matrix(keypoints_xy[order], areas[order], keypoints_xy[order], areas[order], sigmas) > threshold
    kept = np.ones(len(order), np.bool_)
    for i in range(len(order)):
        if kept[i]:
            kept[i + 1 :] &= ~same[i, i + 1 :]
    return order[kept]


def oks_matrix(a_xy: Float, a_areas: Float, b_xy: Float, b_areas: Float, sigmas: Sigmas) -> Float64:
    """OKS (n, m) of poses a (n, k, 2) and b (m, k, 2) with the mean of both areas as the scale, as OKS-NMS has it.

    The mean is over the joints that both have; 0 where there is none.
    """
    scale = (a_areas[:, None] + b_areas[None]) / 2 + _EPS
    squared = _squared(np.asarray(a_xy, np.float64)[:, None] - b_xy[None])
    common = np.isfinite(squared)
    similarity = np.where(common, np.exp(-squared / _variances(sigmas) / scale[..., None] / 2), 0.0)
    return np.asarray(similarity.sum(axis=2) / np.maximum(common.sum(axis=2), 1))


def coco_oks(
    keypoints_xy: Float, truth_xyv: Float, truth_boxes_xywh: Float, truth_areas: Float, sigmas: Sigmas
) -> Float64:
    """OKS (n, m) of predictions (n, k, 2) with annotations (m, k, 3), as COCO's evaluation computes it.

    The mean is over the annotation's labelled joints, to which a missing prediction adds 0. An annotation without a
    labelled joint is compared by the distance of all joints from its box (m, 4), made three times as wide and high.
    """
    labelled: NDArray[np.bool_] = truth_xyv[..., 2] > 0
    boxed = ~np.any(labelled, axis=1)
    at = np.asarray(keypoints_xy, np.float64)[:, None]
    corner, size = truth_boxes_xywh[:, None, :2], truth_boxes_xywh[:, None, 2:]
    outside = np.maximum(corner - size - at, 0) + np.maximum(at - corner - 2 * size, 0)
    squared = _squared(np.where(boxed[:, None, None], outside, at - truth_xyv[..., :2]))
    similarity = np.exp(-squared / _variances(sigmas) / (truth_areas[:, None] + _EPS) / 2)
    counted = labelled | boxed[:, None]
    similarity = np.where(counted & np.isfinite(squared), similarity, 0.0)
    return np.asarray(similarity.sum(axis=2) / counted.sum(axis=1))


def paired_oks(
    keypoints_xy: Float, truth_xy: Float, counted: NDArray[np.bool_], areas: Float, sigmas: Sigmas
) -> Float64:
    """OKS (n,) of each pose (n, k, 2) with the truth in the same place, over its joints `counted` (n, k).

    A missing prediction adds 0; NaN where no joint counts.
    """
    squared = _squared(np.asarray(keypoints_xy, np.float64) - truth_xy)
    similarity = np.exp(-squared / _variances(sigmas) / (np.asarray(areas)[:, None] + _EPS) / 2)
    total = np.where(counted & np.isfinite(squared), similarity, 0.0).sum(axis=1)
    joints = counted.sum(axis=1)
    return np.asarray(np.where(joints > 0, total / np.maximum(joints, 1), np.nan))


def _squared(offsets: Float64) -> Float64:
    return np.asarray(offsets[..., 0] ** 2 + offsets[..., 1] ** 2)


def _variances(sigmas: Sigmas) -> Float64:
    return np.asarray((2 * np.asarray(sigmas, np.float64)) ** 2)
