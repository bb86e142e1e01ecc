"""From a network at work on calibration crops to the range that the integers of each tensor cover, by four methods.

Counts and extremes do not depend on the order of the crops, and each crop is run alone on one thread, so that any
order and any number of threads gives the same numbers. Axes: t tensors, b bins.

`max` covers everything. `percentile` gives up 1 value in 100,000 at either end. `mse` takes the range of least squared
error, `entropy` the one whose 128 levels keep most of the distribution (the Kullback-Leibler search of TensorRT's
calibrators, on magnitudes).
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import reduce
from itertools import count, islice
from math import gcd
from typing import TypeVar

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper

from rsn_edge.backend.onnxruntime import session_of_bytes
from rsn_edge.calibration import Method, Range
from rsn_edge.errors import InputError

Float32 = NDArray[np.float32]
Float64 = NDArray[np.float64]
Crops = Callable[[], Iterable[Float32]]  # network inputs (1, 3, h, w), the same every time it is called
Values = list[Float32]  # of t tensors, on one crop
T = TypeVar("T")

BINS = 2048
_WAITING = 4  # crops a thread
_COUNTED = 16_384  # values of a tensor that a crop adds to the counts: every so many-th, all count for the extremes
_GIVEN_UP = 1e-5  # share of the values that a percentile range leaves out at either end
_SHRINKS = np.linspace(1.0, 0.2, 41)  # of either end, tried for the least error
_LEVELS = 128  # of magnitudes in int8
_STEPS = 255


@dataclass(frozen=True, slots=True, eq=False)
class Observed:
    """What was seen of t tensors.

    Args:
        tensors: their names.
        low, high: (t,) extremes, widened to hold 0.
        counts: (t, b) how often a value fell into each of b equal bins from low to high.
    """

    tensors: tuple[str, ...]
    low: Float32
    high: Float32
    counts: NDArray[np.int64]


def observe(model: onnx.ModelProto, tensors: Sequence[str], crops: Crops, threads: int = 1) -> Observed:
    """Runs the crops through a float network, twice: for the extremes, then for the counts.

    InputError where there is no crop, or a tensor is not finite on one.
    """
    (entry,) = (tensor.name for tensor in model.graph.input)
    session = session_of_bytes(_opened(model, tensors).SerializeToString())
    inner = [name for name in tensors if name != entry]

    def values_of(crop: Float32) -> Values:
        found = dict(zip(inner, session.run(inner, {entry: crop}), strict=True)) | {entry: crop}
        return [found[name] for name in tensors]

    extremes = _side_by_side(lambda crop: _extremes(values_of(crop)), crops(), threads)
    ends = reduce(np.maximum, extremes, np.zeros((2, len(tensors)), np.float32))
    low, high = 0 - ends[0], ends[1]  # never -0
    _check(tensors, low, high)
    counts = _side_by_side(lambda crop: _counts(values_of(crop), low, high), crops(), threads)
    return Observed(tuple(tensors), low, high, reduce(np.add, counts))


def _side_by_side(work: Callable[[Float32], T], crops: Iterable[Float32], threads: int) -> Iterator[T]:
    """What `work` makes of each crop; only a few crops are in memory at once."""
    waiting = iter(crops)
    with ThreadPoolExecutor(threads) as pool:
        while some := list(islice(waiting, _WAITING * threads)):
            yield from pool.map(work, some)


def _extremes(values: Values) -> Float32:
    """(2, t): how far below and above 0; NaN where a value was."""
    return np.array([[-one.min() for one in values], [one.max() for one in values]])


def _check(tensors: Sequence[str], low: Float32, high: Float32) -> None:
    if not (high - low).any():
        raise InputError("there are no crops to calibrate on", "Give a source that shows people.")
    bad = np.flatnonzero(~np.isfinite(low) | ~np.isfinite(high))
    if len(bad):
        raise InputError(
            f"the network is not finite on the calibration crops: {tensors[bad[0]]} and {len(bad) - 1} more tensors",
            "Its weights are broken: rsn-edge inspect FILE.",
        )


def _counts(values: Values, low: Float32, high: Float32) -> NDArray[np.int64]:
    return np.stack([_histogram(*one) for one in zip(values, low, high, strict=True)])


def _histogram(values: Float32, low: np.float32, high: np.float32) -> NDArray[np.int64]:
    if low == high:
        return np.bincount([0], minlength=BINS).astype(np.int64)
    spread = values.ravel()[:: _stride(values)]
    places = (spread - low) * np.float32(BINS / (high - low))
    return np.bincount(np.minimum(places.astype(np.int32), BINS - 1), minlength=BINS)


def _stride(values: Float32) -> int:
    """Without a factor in common with the width, or the same columns would be taken of every line."""
    return next(step for step in count(max(1, values.size // _COUNTED)) if gcd(step, values.shape[-1]) == 1)


def _opened(model: onnx.ModelProto, tensors: Sequence[str]) -> onnx.ModelProto:
    """The model with these tensors among its outputs."""
    opened = onnx.ModelProto()
    opened.CopyFrom(model)
    known = {tensor.name for tensor in (*model.graph.input, *model.graph.output)}
    opened.graph.output.extend(
        helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in tensors if name not in known
    )
    return opened


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
