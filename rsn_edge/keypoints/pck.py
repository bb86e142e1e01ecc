"""PCK: the share of joints that lie near their true places, by the size of the torso.

Axes: m persons, k joints. Points are (x, y) pixels; truth has a third number: above 0 where the joint is labelled.
"""

import numpy as np
from numpy.typing import NDArray

from rsn_edge.skeleton import Skeleton

Float = NDArray[np.floating]

_DIAGONALS = (("left_shoulder", "right_hip"), ("right_shoulder", "left_hip"))


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
