"""PCK: the share of joints that lie near their true places, by the size of the torso or, for PCKh, the head.

Axes: m persons, k joints. Points are (x, y) pixels; truth has a third number: above 0 where the joint is labelled.
"""

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from rsn_edge.skeleton import Skeleton

Float = NDArray[np.floating]
Float64 = NDArray[np.float64]
# The official test code of RSN and MSPN counts an error on the threshold as right and takes 0.11 for "0.1"; mmpose
# does neither.
Convention = Literal["official", "mmpose"]

_DIAGONALS = (("left_shoulder", "right_hip"), ("right_shoulder", "left_hip"))
_HEAD_SHARE = 0.6  # of the head box's diagonal is the head's size
_GROUPS = {
    "Head": (9,),
    "Shoulder": (12, 13),
    "Elbow": (11, 14),
    "Wrist": (10, 15),
    "Hip": (2, 3),
    "Knee": (1, 4),
    "Ankle": (0, 5),
}
_UNCOUNTED = (6, 7)  # pelvis and thorax enter no mean


def near_joints(predicted_xy: Float, truth_xyv: Float, sizes: Float, share: float) -> NDArray[np.bool_]:
    """Whether each labelled joint, of all persons in a row, is at most `share` of its person's size away.

    `predicted_xy` (m, k, 2), NaN for a missing joint, which is not; `truth_xyv` (m, k, 3); `sizes` (m,) pixels. The
    mean of the result is PCK.
    """
    near = np.linalg.norm(predicted_xy - truth_xyv[..., :2], axis=2) <= share * sizes[:, None]
    return np.asarray(near[truth_xyv[..., 2] > 0])


def torso_sizes(truth_xyv: Float, boxes_xyxy: Float, skeleton: Skeleton) -> NDArray[np.float64]:
    """(m,) pixels: the longer diagonal from a shoulder to the opposite hip, as it is usual for LSP.

    Where neither is labelled: the longer side of the box, as in Yang and Ramanan's PCK.
    """
    diagonals = np.zeros(len(truth_xyv))
    for names in _DIAGONALS:
        if set(names) <= set(skeleton.joints):
            first, second = (truth_xyv[:, skeleton.joints.index(name)] for name in names)
            known = (first[:, 2] > 0) & (second[:, 2] > 0)
            diagonals = np.maximum(diagonals, known * np.linalg.norm(first[:, :2] - second[:, :2], axis=1))
    return np.asarray(np.where(diagonals > 0, diagonals, (boxes_xyxy[:, 2:] - boxes_xyxy[:, :2]).max(axis=1)))


def pckh(
    predicted_xy: Float64, truth_xy: Float64, missing: NDArray[np.bool_], head_boxes: Float64, convention: Convention
) -> dict[str, float]:
    """Percentages by joint group, `Mean` and `Mean@0.1`; NaN where no joint of a group is labelled.

    `predicted_xy` (n, 16, 2) are pixel indices from 0; `truth_xy` (n, 16, 2) and `head_boxes` (n, 2 corners, 2) count
    pixels from 1, as MPII's files do; `missing` (n, 16) marks joints without truth.
    """
    head_size = np.linalg.norm(head_boxes[:, 1] - head_boxes[:, 0], axis=1) * _HEAD_SHARE
    error = np.linalg.norm(predicted_xy + 1.0 - truth_xy, axis=2) / head_size[:, None]
    labelled = ~missing
    right = labelled & _within(error, 0.5, convention)
    strict = labelled & _within(error, 0.11 if convention == "official" else 0.10, convention)
    by_joint = _percent(right.sum(axis=0), labelled.sum(axis=0))
    figures = {name: float(by_joint[list(joints)].mean()) for name, joints in _GROUPS.items()}
    counted = np.delete(np.arange(labelled.shape[1]), _UNCOUNTED)
    for name, hits in (("Mean", right), ("Mean@0.1", strict)):
        figures[name] = float(_percent(hits[:, counted].sum(), labelled[:, counted].sum()))
    return figures


def _within(error: Float64, threshold: float, convention: Convention) -> NDArray[np.bool_]:
    return np.asarray(error <= threshold if convention == "official" else error < threshold)


def _percent(hits: NDArray[np.int_], total: NDArray[np.int_]) -> Float64:
    shares: Float64 = np.divide(100.0 * hits, total, out=np.full(np.shape(total), np.nan), where=total > 0)
    return shares
