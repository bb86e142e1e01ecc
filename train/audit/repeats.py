"""Persons that one picture has twice: a slip, or the work of two annotators, which tells how exact they are."""

import numpy as np
from numpy.typing import NDArray

from rsn_edge.coco import corner_boxes
from rsn_edge.detector.nms import iou_matrix
from rsn_edge.keypoints.oks import oks_matrix

from .labels import Float64, Mask, RawLabels

_SAME_IOU, _SAME_OKS = 0.7, 0.6
_SAME_IOU_ALONE = 0.85  # of persons without joints
_FEWEST_PAIRS = 30  # of a joint, for an estimate
_FEWEST_TWICE = 0.02  # share of the persons; fewer are slips

Pairs = NDArray[np.int64]


def repeated_persons(labels: RawLabels) -> Pairs:
    """(r, 2) rows of persons whose boxes and skeletons agree, the earlier first; crowds left out."""
    whole = ~labels.crowd & np.isfinite(labels.boxes_xywh).all(axis=1) & (labels.owners >= 0)
    rows = np.flatnonzero(whole)
    rows = rows[np.argsort(labels.owners[rows], kind="stable")]
    pictures = np.split(rows, np.flatnonzero(np.diff(labels.owners[rows])) + 1)
    return np.concatenate([np.zeros((0, 2), np.int64), *(_pairs(labels, of_one) for of_one in pictures)])


def sigmas_from_repeats(labels: RawLabels, pairs: Pairs) -> Float64:
    """(k,) sigmas of the object keypoint similarity from persons labelled twice, NaN for joints with too few.

    COCO's sigma is the annotators' spread around the true place over the root of the area; two annotators are root
    two times as far from each other. Exact copies tell nothing and are left out.
    """
    first, second = labels.keypoints[pairs[:, 0]], labels.keypoints[pairs[:, 1]]
    squared = ((first[..., :2] - second[..., :2]) ** 2).sum(axis=2)
    told = (first[..., 2] > 0) & (second[..., 2] > 0) & (squared.sum(axis=1) > 0)[:, None]
    shares = squared / (2 * labels.scales[pairs].mean(axis=1)[:, None])
    count = told.sum(axis=0)
    enough = (count >= _FEWEST_PAIRS) & (len(pairs) >= _FEWEST_TWICE * labels.scored.sum())
    return np.where(enough, np.sqrt(np.where(told, shares, 0).sum(axis=0) / np.maximum(count, 1)), np.nan)


def _pairs(labels: RawLabels, rows: NDArray[np.intp]) -> Pairs:
    boxes = corner_boxes(labels.boxes_xywh[rows])
    overlaps = np.triu(iou_matrix(boxes, boxes), 1)
    alike: Mask = np.asarray(overlaps > _SAME_IOU)
    if alike.any():  # which is rare, and the skeletons cost more
        labelled, areas = labels.labelled[rows], labels.scales[rows]
        points = np.where(labelled[..., None], labels.keypoints[rows][..., :2], np.nan)
        jointless: Mask = np.asarray(~labelled.any(axis=1))
        similar = oks_matrix(points, areas, points, areas, labels.skeleton.sigmas) > _SAME_OKS
        alike &= similar | (jointless[:, None] & jointless & (overlaps > _SAME_IOU_ALONE))
    return np.asarray(rows[np.argwhere(alike)], np.int64)
