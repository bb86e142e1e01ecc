"""How sure an AP is: its 95 % interval by drawing the set's pictures again and again (image bootstrap).

Axes: t thresholds, d results by falling score, p pictures.
"""

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
    rng, pictures = np.random.default_rng(seed), len(matches.persons)
    drawn = (rng.multinomial(pictures, np.full(pictures, 1 / pictures)) for _ in range(resamples))
    return np.array([average_precision(matches, weights.astype(np.float64)) for weights in drawn])


def average_precision(matches: Matches, weights: Float64) -> float:
    """COCO's AP of a set that holds each picture `weights` (p,) times; NaN where it has nobody to find."""
    persons = float(weights @ matches.persons)
    if persons == 0:
        return np.nan
    each = weights[matches.owners]
    thresholds = zip(matches.hits, matches.counted, strict=True)
    return float(np.mean([_at_recalls(hits, counted, each, persons) for hits, counted in thresholds]))


def _at_recalls(hits: NDArray[np.bool_], counted: NDArray[np.bool_], each: Float64, persons: float) -> float:
    """Mean precision over COCO's recalls at one threshold; the curve rises at hits only: nothing else is looked at."""
    found = np.cumsum(each[hits])
    seen = np.cumsum(each * counted)[hits]
    precision = np.divide(found, seen, out=np.zeros_like(found), where=seen > 0)
    best_from_here = np.maximum.accumulate(precision[::-1])[::-1]
    reached = np.searchsorted(found / persons, _RECALLS, side="left")
    return float(best_from_here[reached[reached < len(found)]].sum() / len(_RECALLS))
