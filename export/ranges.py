"""From what was seen of a tensor to the range that its integers cover, by four methods.

`max` covers everything. `percentile` gives up 1 value in 100,000 at either end. `mse` takes the range of least squared
error, `entropy` the one whose 128 levels keep most of the distribution (the Kullback-Leibler search of TensorRT's
calibrators, on magnitudes). Axes: b bins.
"""

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from rsn_edge.calibration import Method, Range

from .observe import Observed

Float64 = NDArray[np.float64]

_GIVEN_UP = 1e-5  # share of the values that a percentile range leaves out at either end
_SHRINKS = np.linspace(1.0, 0.2, 41)  # of either end, tried for the least error
_LEVELS = 128  # of magnitudes in int8
_STEPS = 255


def ranges_of(observed: Observed) -> dict[str, dict[Method, Range]]:
    """The range of each tensor by each method; every one holds 0."""
    found: dict[str, dict[Method, Range]] = {}
    for row, name in enumerate(observed.tensors):
        low, high = float(observed.low[row]), float(observed.high[row])
        counts = observed.counts[row]
        found[name] = {method: _held(choose(counts, low, high), low, high) for method, choose in _METHODS.items()}
    return found


def _held(chosen: Range, low: float, high: float) -> Range:
    """Never wider than what was seen, always with 0 inside, in float32."""
    return float(np.float32(min(max(chosen[0], low), 0.0))), float(np.float32(max(min(chosen[1], high), 0.0)))


def _max(_counts: NDArray[np.int64], low: float, high: float) -> Range:
    return low, high


def _percentile(counts: NDArray[np.int64], low: float, high: float) -> Range:
    share = np.cumsum(counts) / max(counts.sum(), 1)
    edges = np.linspace(low, high, len(counts) + 1)
    first = int(np.searchsorted(share, _GIVEN_UP, side="right"))
    last = int(np.searchsorted(share, 1 - _GIVEN_UP, side="left"))
    return float(edges[first]), float(edges[min(last + 1, len(counts))])


def _mse(counts: NDArray[np.int64], low: float, high: float) -> Range:
    centres = _centres(counts, low, high)

    def error(low: float, high: float) -> float:
        scale = max(high - low, float(np.finfo(np.float32).tiny)) / _STEPS
        codes = np.clip(np.rint(centres / scale), np.rint(low / scale), np.rint(high / scale))
        return float(counts @ (codes * scale - centres) ** 2)

    high = min((high * _SHRINKS).tolist(), key=lambda end: error(low, end))
    return min((low * _SHRINKS).tolist(), key=lambda end: error(end, high)), high


def _entropy(counts: NDArray[np.int64], low: float, high: float) -> Range:
    magnitudes, largest = _magnitudes(counts, low, high)
    bins = len(magnitudes)
    ends = range(bins, _LEVELS - 1, -_LEVELS // 8)  # the widest first: it wins where several are as good
    limit = largest * min(ends, key=lambda end: _divergence(magnitudes, end)) / bins
    return max(low, -limit), min(high, limit)


def _divergence(magnitudes: Float64, end: int) -> float:
    """Kullback-Leibler divergence of 128 levels of the first `end` bins from these bins with the rest in the last one.

    The levels know nothing of that rest, so that cutting off much is dear, and infinitely so where the last bin is
    empty.
    """
    level = np.arange(end) * _LEVELS // end
    filled = magnitudes[:end] > 0
    sums, sizes = np.bincount(level, magnitudes[:end], _LEVELS), np.bincount(level, filled, _LEVELS)
    kept = np.where(filled, (sums / np.maximum(sizes, 1))[level], 0.0)
    wanted = magnitudes[:end].copy()
    wanted[-1] += magnitudes[end:].sum()
    if not filled.any() or (wanted[-1] > 0 and not filled[-1]):
        return float("inf")
    p, q = wanted[filled] / wanted.sum(), kept[filled] / kept.sum()
    return float(p @ np.log(p / q))


def _magnitudes(counts: NDArray[np.int64], low: float, high: float) -> tuple[Float64, float]:
    """Counts (b,) over magnitudes from 0, exact zeros left out of the first bin, and the largest magnitude."""
    largest = max(-low, high, float(np.finfo(np.float32).tiny))
    place = np.minimum((np.abs(_centres(counts, low, high)) / largest * len(counts)).astype(int), len(counts) - 1)
    magnitudes = np.bincount(place, counts, len(counts)).astype(np.float64)
    magnitudes[0] = magnitudes[1]  # rectified tensors are mostly exact zeros, which any range keeps
    return magnitudes, largest


def _centres(counts: NDArray[np.int64], low: float, high: float) -> Float64:
    width = (high - low) / len(counts)
    return np.asarray(low + width * (np.arange(len(counts)) + 0.5), np.float64)


_METHODS: Mapping[Method, Callable[[NDArray[np.int64], float, float], Range]] = {
    "max": _max,
    "percentile": _percentile,
    "entropy": _entropy,
    "mse": _mse,
}
