"""From the answers of two networks on the same sets to a verdict: how alike they are, what moved.

Axes: n persons or pictures, k joints, m joints or boxes that the reference is sure of; r draws of a set's pictures, p
pictures.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rsn_edge.detector.nms import iou_matrix
from rsn_edge.evaluate import Matches
from rsn_edge.interval import RESAMPLES, average_precision, resampled
from rsn_edge.keypoints.oks import paired_oks
from rsn_edge.people import Float32, Persons, Poses

from .verdict import Drift, Interval, SetRow, Verdict, Worst

Floats = NDArray[np.floating]

_WORST = 8  # persons or pictures that are kept
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


def judge(
    reference: Sequence[Answers],
    candidate: Sequence[Answers],
    limit: float,
    threshold: float,
    extremes: Sequence[Answers] = (),
) -> Verdict:
    """The verdict on `candidate`, from answers of both on the same sets in the same order.

    Args:
        reference: one a set.
        candidate: likewise.
        limit: largest mean drop that passes, in [0, 1].
        threshold: confidence of a joint or score of a box from which on the reference shows it.
        extremes: further answers of the candidate, of which the numbers need only be finite.
    """
    pairs = list(zip(reference, candidate, strict=True))
    sides = [beside(*pair, threshold) for pair in pairs]
    scored = [_row(*pairs[seed], side, seed) for seed, side in enumerate(sides)]
    rows, draws = [row for row, _ in scored], [drops for _, drops in scored]
    every = *candidate, *extremes
    poses, labelled = isinstance(reference[0].said, Poses), reference[0].matches is not None
    return Verdict(
        kind=("ap" if labelled else "oks") if poses else ("ap50" if labelled else "f1"),
        limit=limit,
        drop=float(np.mean([row.drop for row in rows])),
        interval95=_interval(np.mean(draws, axis=0)),
        persons=sum(row.persons for row in rows),
        rows=tuple(rows),
        drift=_drift(sides, threshold),
        non_finite={answers.name: answers.non_finite for answers in every if answers.non_finite},
        worst=_worst(reference, sides),
    )


def _row(reference: Answers, candidate: Answers, side: Beside, seed: int) -> tuple[SetRow, Floats]:
    """One set and the drops (r,) of its draws; `seed` chooses them."""
    persons = side.persons
    if reference.matches and candidate.matches:
        own, others = reference.matches, candidate.matches
        persons, every = int(own.persons.sum()), np.ones(len(own.persons))
        ours, theirs = average_precision(own, every), average_precision(others, every)
        drops = resampled(own, seed=seed) - resampled(others, seed=seed)
    else:
        n = len(side.possible)
        drawn = np.random.default_rng(seed).multinomial(n, np.full(n, 1 / n), size=RESAMPLES)
        ours, theirs = 1.0, float(_ratio(side.gained.sum(), side.possible.sum()))
        drops = 1.0 - _ratio(drawn @ side.gained, drawn @ side.possible)
    drop = ours - theirs if persons else float("nan")
    return SetRow(reference.name, persons, ours, theirs, drop, _interval(drops)), drops


def _ratio(gained: Floats, possible: Floats) -> NDArray[np.float64]:
    return np.asarray(np.where(possible > 0, gained / np.maximum(possible, 1), np.nan))


def _interval(drops: Floats) -> Interval:
    """Percentiles 2.5 and 97.5 of the draws that hold anybody; NaN where none does."""
    known = drops[np.isfinite(drops)]
    low, high = np.percentile(known, (2.5, 97.5)) if len(known) else (np.nan, np.nan)
    return float(low), float(high)


def _drift(sides: Sequence[Beside], threshold: float) -> Drift | None:
    moved = np.concatenate([side.moved for side in sides])
    moved = moved[np.isfinite(moved)]
    if not len(moved):
        return None
    ours, theirs = np.concatenate([side.sure for side in sides]).mean(axis=0)
    every, others = (np.concatenate([side.every[at] for side in sides]) for at in (0, 1))
    shown = min(int((every >= threshold).sum()), len(others))
    p50, p95, p99 = (float(p) for p in np.percentile(moved, (50, 95, 99)))
    restoring = float(np.sort(others)[-shown]) if shown else threshold
    return Drift(p50, p95, p99, float(theirs / ours) if ours else float("nan"), restoring)


def _worst(reference: Sequence[Answers], sides: Sequence[Beside]) -> tuple[Worst, ...]:
    found = [
        Worst(answers.name, answers.pictures[i], i, side.boxes[i], similarity, side.ours[i], side.theirs[i])
        for answers, side in zip(reference, sides, strict=True)
        for i, similarity in enumerate(_ratio(side.gained, side.possible).tolist())
        if similarity < 1
    ]
    return tuple(sorted(found, key=lambda one: one.similarity)[:_WORST])
