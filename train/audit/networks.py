"""What the embedded networks suspect: sides that were exchanged, persons who were not labelled."""

from collections.abc import Iterable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from rsn_edge import embedded
from rsn_edge.backend.choice import BackendChoice
from rsn_edge.coco import corner_boxes
from rsn_edge.detector.nms import iou_matrix
from rsn_edge.detector.opening import open_detector, person_threshold
from rsn_edge.estimator import PoseEstimator
from rsn_edge.frame import Frame
from rsn_edge.keypoints.oks import coco_oks
from rsn_edge.people import Float32, Persons
from rsn_edge.poser import Poser, open_poser
from rsn_edge.skeleton import Skeleton
from rsn_edge.source.decode import read_picture

from .labels import Float64, Mask, RawLabels
from .pictures import picture_path

# With these, 1 % of COCO's persons fall under suspicion, and half of those whose sides are exchanged.
_EXCHANGED_OKS, _EXCHANGED_GAIN = 0.6, 0.45
_TRUNK = "nose", "left_shoulder", "right_shoulder", "left_hip", "right_hip"
_FEWEST_PAIRED = 6  # labelled joints with a labelled partner
_SURE = 0.27  # of the way from where a detection counts as a person to full certainty
_KNOWN_IOU, _KNOWN_SHARE = 0.3, 0.5  # overlap with a labelled box, and share within one, from which a person is known


def suspicions(
    labels: RawLabels, skeleton: Skeleton, folder: Path, rows: Iterable[int]
) -> tuple[dict[str, Mask], dict[int, Float32]]:
    """Masks by name of the fault, and boxes (n, 4) x1, y1, x2, y2 of unlabelled persons by row of the picture.

    `rows` are the pictures to look at, all of which can be read.
    """
    path, choice = embedded.model_path(embedded.DETECTOR), BackendChoice()
    counts = person_threshold(path)
    poser = open_poser(embedded.model_path(embedded.POSE), choice)
    exchanged, strangers = np.zeros(len(labels.persons), np.bool_), {}
    with PoseEstimator(open_detector(path, choice), poser, counts + _SURE * (1 - counts)) as estimator:
        for row in rows:
            frame = Frame(read_picture(picture_path(folder, labels.pictures[row])))
            persons = np.flatnonzero(labels.owners == row)
            found = estimator(frame.image_bgr).boxes_xyxy
            unknown = unknown_persons(found, corner_boxes(np.nan_to_num(labels.boxes_xywh[persons])))
            if unknown.any():
                strangers[row] = found[unknown]
            whole = labels.scored[persons] & (labels.boxes_xywh[persons, 2:] > 0).all(axis=1)
            exchanged[persons[whole]] = _exchanged(labels, skeleton, poser, frame, persons[whole])
    suspected = np.isin(np.arange(len(labels.pictures)), list(strangers))
    return {"sides-suspected": exchanged, "person-suspected": suspected}, strangers


def unknown_persons(found_xyxy: Float32, labelled_xyxy: Float32) -> Mask:
    """(n,) boxes (n, 4) that neither agree with one of the labelled (m, 4) nor mostly lie in one, such as a crowd."""
    low = np.maximum(found_xyxy[:, None, :2], labelled_xyxy[:, :2])
    high = np.minimum(found_xyxy[:, None, 2:], labelled_xyxy[:, 2:])
    areas = (found_xyxy[:, 2:] - found_xyxy[:, :2]).prod(axis=1)
    within = (high - low).clip(0).prod(axis=2) >= _KNOWN_SHARE * areas[:, None]
    return np.asarray(~(within | (iou_matrix(found_xyxy, labelled_xyxy) >= _KNOWN_IOU)).any(axis=1))


def sides_exchanged(labels_xyv: Float64, seen_xy: Float64, areas: Float64, skeleton: Skeleton) -> Mask:
    """(n,) persons whose labels (n, k, 3) fit the skeletons seen (n, k, 2) well once left and right change places.

    Only joints with a partner count; NaN in `seen_xy` is a joint that was not seen. Labels that tell a chest with a
    visible nose, or a back with a hidden one, are trusted: networks take backs for chests more often.
    """
    mirrored = np.array(skeleton.mirrored)
    known = (labels_xyv[..., 2] > 0) & np.isfinite(seen_xy[..., 0]) & (mirrored != np.arange(len(mirrored)))
    known &= known[:, mirrored]
    truth, boxes = np.dstack([labels_xyv[..., :2], known]), np.zeros((len(known), 4))
    straight, crossed = (
        coco_oks(xy, truth, boxes, areas, skeleton.sigmas).diagonal() for xy in (seen_xy, seen_xy[:, mirrored])
    )
    fits = (crossed > _EXCHANGED_OKS) & (crossed - straight > _EXCHANGED_GAIN)
    return np.asarray(fits & (known.sum(axis=1) >= _FEWEST_PAIRED) & ~_turned_as_seen(labels_xyv, skeleton))


def _turned_as_seen(labels_xyv: Float64, skeleton: Skeleton) -> Mask:
    if not set(_TRUNK) <= set(skeleton.joints):
        return np.zeros(len(labels_xyv), np.bool_)
    nose, *trunk = (labels_xyv[:, skeleton.joints.index(name)] for name in _TRUNK)
    left, right, left_hip, right_hip = (joint[:, :2] for joint in trunk)
    up, across = left + right - left_hip - right_hip, left - right
    chest = up[:, 0] * across[:, 1] - up[:, 1] * across[:, 0]  # above 0: towards the camera
    agree = (nose[:, 2] == 2) & (chest > 0) | (nose[:, 2] == 1) & (chest < 0)
    return np.asarray(agree & (np.stack(trunk)[..., 2] > 0).all(axis=0))


def _exchanged(labels: RawLabels, skeleton: Skeleton, poser: Poser, frame: Frame, persons: NDArray[np.intp]) -> Mask:
    theirs, boxes = poser.skeleton.joints, corner_boxes(labels.boxes_xywh[persons])
    poses = poser.poses(frame, Persons(boxes, np.ones(len(persons), np.float32)))
    seen = np.full((len(persons), len(skeleton.joints), 2), np.nan)
    for index, name in enumerate(skeleton.joints):
        if name in theirs:
            seen[:, index] = poses.keypoints_xy[:, theirs.index(name)]
    return sides_exchanged(labels.keypoints[persons], seen, labels.scales[persons], skeleton)
