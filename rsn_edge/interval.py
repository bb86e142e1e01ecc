"""How sure an AP is: its 95 % interval by drawing the set's pictures again and again (image bootstrap).

Axes: t thresholds, d results by falling score, p pictures.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rsn_edge.evaluate import Matches

Float64 = NDArray[np.float64]

RESAMPLES = 1000
_RECALLS = np.linspace(0.0, 1.0, 101)  # where COCO reads precision off the curve


def interval95(matches: Matches, resamples: int = RESAMPLES, seed: int = 0) -> tuple[float, float] | None:
    """Percentiles 2.5 and 97.5 of AP over sets of as many pictures, drawn with replacement; None without persons.

    The pictures are drawn by `seed`: the same results give the same interval.
    """
    scores = resampled(matches, resamples, seed)
    known = scores[~np.isnan(scores)]
    if not len(known):
        return None
    low, high = np.percentile(known, (2.5, 97.5))
    return float(low), float(high)


def resampled(matches: Matches, resamples: int = RESAMPLES, seed: int = 0) -> Float64:
    """AP (resamples,) of the drawn sets, NaN where a set has nobody to find.

    Two lists of results on the same pictures are scored on the same draws of a seed: their differences are paired.
    """
    rng, pictures, curves = np.random.default_rng(seed), len(matches.persons), _curves(matches)
    drawn = (rng.multinomial(pictures, np.full(pictures, 1 / pictures)) for _ in range(resamples))
    scores = np.array([_ap(matches, curves, weights.astype(np.float64)) for weights in drawn])
    return np.where(scores < 0, np.nan, scores)


def average_precision(matches: Matches, weights: Float64) -> float:
    """COCO's AP of a set that holds each picture `weights` (p,) times; -1 where it has nobody to find."""
    return _ap(matches, _curves(matches), weights)


@dataclass(frozen=True, slots=True, eq=False)
class _Curve:
    """One threshold: places of hits and of results that do not count, and how many of these precede each hit."""

    hits: NDArray[np.intp]
    uncounted: NDArray[np.intp]
    before: NDArray[np.intp]


def _curves(matches: Matches) -> list[_Curve]:
    places = [(np.flatnonzero(h), np.flatnonzero(~c)) for h, c in zip(matches.hits, matches.counted, strict=True)]
    return [_Curve(hits, uncounted, np.searchsorted(uncounted, hits)) for hits, uncounted in places]


def _ap(matches: Matches, curves: Sequence[_Curve], weights: Float64) -> float:
    persons = float(weights @ matches.persons)
    if persons == 0:
        return -1.0
    each = weights[matches.owners]
    upto = np.cumsum(each)
    return float(np.mean([_at_recalls(curve, each, upto, persons) for curve in curves]))


def _at_recalls(curve: _Curve, each: Float64, upto: Float64, persons: float) -> float:
    """Mean precision over COCO's recalls; the curve rises at hits only, so nothing else is looked at."""
    found = np.cumsum(each[curve.hits])
    uncounted = np.concatenate([[0.0], np.cumsum(each[curve.uncounted])])
    seen = upto[curve.hits] - uncounted[curve.before]
    precision = np.divide(found, seen, out=np.zeros_like(found), where=seen > 0)
    best_from_here = np.maximum.accumulate(precision[::-1])[::-1]
    reached = np.searchsorted(found / persons, _RECALLS, side="left")
    return float(best_from_here[reached[reached < len(found)]].sum() / len(_RECALLS))
