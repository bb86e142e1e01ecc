"""From the answers of two networks to a verdict. Axes: r draws of a set's pictures, p pictures."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from rsn_edge.interval import RESAMPLES, average_precision, resampled
from rsn_edge.people import Poses

from .beside import Answers, Beside, Floats, beside
from .verdict import Drift, Interval, SetRow, Verdict, Worst

_WORST = 8  # persons or pictures that are kept


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
