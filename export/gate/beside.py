"""What two networks say of one set, side by side: how alike it is, what moved. Arrays in, arrays out.

Axes: n persons or pictures, k joints, m joints or boxes that the reference is sure of.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rsn_edge.detector.nms import iou_matrix
from rsn_edge.evaluate import Matches
from rsn_edge.keypoints.oks import paired_oks
from rsn_edge.people import Float32, Persons, Poses

Floats = NDArray[np.floating]

SURE = 0.7  # below, a joint often has two peaks, of which rounding takes the other for better as often as for worse
_LEAST_SURE = 1 / 3  # of all joints count, with networks that are seldom sure

_SAME_PERSON = 0.5  # IoU of two boxes


@dataclass(frozen=True, slots=True, eq=False)
class Answers:
    """Poses of n persons, or the persons that a detector finds on each of n pictures, faint ones too.

    Args:
        name: of the set.
        pictures: n names, of the picture or crop.
        said: the poses; a detector's finds by falling score.
        areas: (n,) square pixels of the persons, the scale of OKS; 0 where nobody is.
        sigmas: constants of the skeleton's joints.
        matches: with the labels, where there are any.
        non_finite: how many numbers of the network's outputs are none.
    """

    name: str
    pictures: tuple[str, ...]
    said: Poses | tuple[Persons, ...]
    areas: NDArray[np.float32]
    sigmas: tuple[float, ...] = ()
    matches: Matches | None = None
    non_finite: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class Beside:
    """The score of a set without labels is the sum of `gained` over that of `possible`.

    Args:
        persons: how many the reference is sure of.
        gained, possible: (n,), OKS and 1 a person; twice the boxes that both have, and all boxes, a picture.
        moved: displacements of joints or corners, pixels.
        sure: (m, 2) confidence of reference and candidate.
        every: all confidences of the reference, and all of the candidate.
        boxes: (n, 4) where the persons are; NaN for whole pictures.
        ours, theirs: n arrays to draw, of the reference and of the candidate.
    """

    persons: int
    gained: Floats
    possible: Floats
    moved: Floats
    sure: Floats
    every: tuple[Floats, Floats]
    boxes: Floats
    ours: Sequence[Floats] | Floats
    theirs: Sequence[Floats] | Floats


def beside(reference: Answers, candidate: Answers, threshold: float) -> Beside:
    """Both on the same set: joints of which the reference is SURE, or boxes that reach `threshold`."""
    ours, theirs = reference.said, candidate.said
    if isinstance(ours, Poses) and isinstance(theirs, Poses):
        return _poses(ours, theirs, reference)
    if isinstance(ours, tuple) and isinstance(theirs, tuple):
        return _boxes(ours, theirs, threshold)
    raise ValueError("poses cannot be compared with boxes")


def _poses(ours: Poses, theirs: Poses, known: Answers) -> Beside:
    persons = known.areas > 0
    least = np.quantile(ours.confidence[persons], 1 - _LEAST_SURE) if persons.any() else SURE
    sure = ours.visible(min(SURE, float(least))) & persons[:, None]
    similarity = paired_oks(theirs.keypoints_xy, ours.keypoints_xy, sure, known.areas, known.sigmas)
    counted = np.isfinite(similarity)
    return Beside(
        persons=int(counted.sum()),
        gained=np.where(counted, similarity, 0.0),
        possible=counted.astype(np.float64),
        moved=np.linalg.norm(theirs.keypoints_xy - ours.keypoints_xy, axis=2)[sure],
        sure=np.stack([ours.confidence[sure], theirs.confidence[sure]], axis=1),
        every=(ours.confidence.ravel(), theirs.confidence.ravel()),
        boxes=ours.boxes_xyxy,
        ours=np.where(sure[..., None], ours.keypoints_xy, np.nan),
        theirs=theirs.keypoints_xy,
    )


def _boxes(every: Sequence[Persons], theirs: Sequence[Persons], threshold: float) -> Beside:
    ours = [persons[persons.scores >= threshold] for persons in every]
    # A box that the candidate is less sure of has not moved: it is paired, but does not count as found.
    pairs = [_pairs(a.boxes_xyxy, b.boxes_xyxy) for a, b in zip(ours, theirs, strict=True)]
    same = [(a[p[:, 0]], b[p[:, 1]]) for a, b, p in zip(ours, theirs, pairs, strict=True)]
    shown = [persons[persons.scores >= threshold] for persons in theirs]
    corners = np.concatenate([(b.boxes_xyxy - a.boxes_xyxy).reshape(-1, 2) for a, b in same])
    return Beside(
        persons=sum(map(len, ours)),
        gained=np.array([2.0 * (b.scores >= threshold).sum() for _, b in same]),
        possible=np.array([float(len(a) + len(b)) for a, b in zip(ours, shown, strict=True)]),
        moved=np.linalg.norm(corners, axis=1),
        sure=np.concatenate([np.stack([a.scores, b.scores], axis=1) for a, b in same]),
        every=(np.concatenate([p.scores for p in every]), np.concatenate([p.scores for p in theirs])),
        boxes=np.full((len(every), 4), np.nan),
        ours=[persons.boxes_xyxy for persons in ours],
        theirs=[persons.boxes_xyxy for persons in shown],
    )


def _pairs(boxes_xyxy: Float32, others_xyxy: Float32) -> NDArray[np.intp]:
    """(m, 2) which box is which of the others: each in turn takes the free one that it overlaps most."""
    overlaps, pairs = iou_matrix(boxes_xyxy, others_xyxy), []
    for row, own in enumerate(overlaps):
        if len(own) and own.max() >= _SAME_PERSON:
            pairs.append((row, int(own.argmax())))
            overlaps[:, own.argmax()] = 0
    return np.array(pairs, np.intp).reshape(-1, 2)
