"""From joint scores to probabilities: what a score of 0.5 + peak / 255 says about the joint being right."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Float32 = NDArray[np.float32]
Float64 = NDArray[np.float64]
Knots = Sequence[tuple[float, float]]  # rising (peak / 255, probability)

_BEST_JOINTS = 8  # people are often half visible: a person is as sure as the joints that show
_MOST_KNOTS = 16


def confidence_from_scores(scores: NDArray[np.floating], knots: Knots = ()) -> Float32:
    """Confidence (n, k) in [0, 1] from scores (n, k), linear between the knots; clip(peak / 255, 0, 1) without any.

    A score that is not a number is no evidence: the confidence of a peak of 0.
    """
    peaks = np.nan_to_num(np.asarray(scores, np.float64), nan=0.5) - 0.5
    if knots:
        positions, probabilities = zip(*knots, strict=True)
        peaks = np.interp(peaks, positions, probabilities)
    return np.clip(peaks, 0.0, 1.0).astype(np.float32)


def person_certainty(person_scores: NDArray[np.floating], confidence: NDArray[np.floating]) -> Float32:
    """(n,) float32: the detector's scores (n,) times the mean of each person's eight best confidences (n, k)."""
    best = np.sort(confidence, axis=1)[:, -_BEST_JOINTS:]
    return np.asarray(person_scores * best.mean(axis=1), np.float32)


def fit_knots(peaks: Float64, hits: NDArray[np.bool_], most: int = _MOST_KNOTS) -> tuple[tuple[float, float], ...]:
    """At most `most` knots of the rising curve that fits `hits` (s,), whether each joint was right, best.

    `peaks` (s,) are in units of 255. Isotonic regression; its steps are then merged where that costs least. The curve
    starts at (0, 0): no peak, no evidence. No sample with a positive peak: no knots.
    """
    seen = peaks > 0
    if not seen.any():
        return ()
    blocks = _isotonic_blocks(peaks[seen], hits[seen])
    weight, at, probability = _merged_blocks(blocks, most - 1)
    fitted = [(float(a / w), float(p / w)) for w, a, p in zip(weight, at, probability, strict=True)]
    return ((0.0, 0.0), *fitted)


def _isotonic_blocks(peaks: Float64, hits: NDArray[np.bool_]) -> Float64:
    """(3, blocks): samples, sum of peaks and sum of hits of runs whose hit rates rise (pool adjacent violators)."""
    blocks: list[tuple[float, float, float]] = []
    # Of equal peaks the hits come first, so that they always fall into one run.
    for i in np.lexsort((~hits, peaks)):
        weight, at, hit = 1.0, float(peaks[i]), float(hits[i])
        while blocks and blocks[-1][2] * weight >= hit * blocks[-1][0]:
            before = blocks.pop()
            weight, at, hit = weight + before[0], at + before[1], hit + before[2]
        blocks.append((weight, at, hit))
    return np.transpose(np.array(blocks, np.float64))


def _merged_blocks(blocks: Float64, most: int) -> Float64:
    """At most `most` of the blocks, neighbours merged where the squared error grows least."""
    while blocks.shape[1] > most:
        weight, rate = blocks[0], blocks[2] / blocks[0]
        growth = np.diff(rate) ** 2 * weight[1:] * weight[:-1] / (weight[1:] + weight[:-1])
        i = int(growth.argmin())
        blocks[:, i] += blocks[:, i + 1]
        blocks = np.delete(blocks, i + 1, axis=1)
    return blocks
