"""Which of many overlapping boxes are one person. Boxes are x1, y1, x2, y2."""

import numpy as np
from numpy.typing import NDArray

from rsn_edge.people import Float32

SUPPORT_IOU = 0.6  # boxes that agree this well speak for the same person
SUPPORT_BOXES = 4


def iou_matrix(boxes_xyxy: Float32, others_xyxy: Float32) -> Float32:
    """Intersection over union (n, m) of boxes (n, 4) and (m, 4); 0 where both are empty."""
    # One coordinate at a time: rows of four numbers would be walked in strides, ten times slower.
    left, top, right, bottom = boxes_xyxy.T[:, :, None]
    left_2, top_2, right_2, bottom_2 = np.ascontiguousarray(others_xyxy.T)
    width = np.maximum(np.minimum(right, right_2) - np.maximum(left, left_2), 0)
    shared = width * np.maximum(np.minimum(bottom, bottom_2) - np.maximum(top, top_2), 0)
    union = (right - left) * (bottom - top) + (right_2 - left_2) * (bottom_2 - top_2) - shared
    return np.asarray(shared / np.maximum(union, np.finfo(np.float32).tiny), np.float32)


def best_first(scores: Float32, floor: float, limit: int) -> NDArray[np.intp]:
    """Indices of the scores of at least `floor`, falling, at most `limit`; equal scores keep their order."""
    chosen = np.flatnonzero(scores >= floor)
    return chosen[np.argsort(-scores[chosen], kind="stable")[:limit]]


def greedy_nms(overlaps: Float32, iou: float, limit: int) -> NDArray[np.intp]:
    """Indices of the boxes to keep, at most `limit`, from the overlaps (n, n) of boxes sorted by falling score.

    The best box stays and all that overlap it by more than `iou` go; then the best of the rest, and so on.
    """
    kept: list[int] = []
    left = np.arange(len(overlaps))
    while len(left) and len(kept) < limit:
        best, left = left[0], left[1:]
        kept.append(best)
        left = left[overlaps[best, left] <= iou]
    return np.array(kept, np.intp)


def support_scores(kept: NDArray[np.intp], overlaps: Float32, scores: Float32) -> Float32:
    """Scores (k,) of the kept among n boxes that count how many of their neighbours agree.

    sqrt(own score x mean of the four best scores among the boxes that overlap the kept one, itself included; missing
    ones are 0). A person convinces several neighbouring cells, a lookalike often one.
    """
    agreeing = np.where(overlaps[kept] >= SUPPORT_IOU, scores, np.float32(0))
    best = -np.sort(-agreeing, axis=1)[:, :SUPPORT_BOXES]
    return np.asarray(np.sqrt(scores[kept] * best.sum(axis=1) / SUPPORT_BOXES), np.float32)
