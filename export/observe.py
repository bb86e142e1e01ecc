"""Watching a network at work: the extremes and the distribution of each of its tensors over calibration crops.

Counts and extremes do not depend on the order of the crops, and each crop is run alone on one thread, so that any
order and any number of threads gives the same numbers. Axes: t tensors, b bins.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
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
from rsn_edge.errors import InputError

Float32 = NDArray[np.float32]
Crops = Callable[[], Iterable[Float32]]  # network inputs (1, 3, h, w), the same every time it is called
Values = list[Float32]  # of t tensors, on one crop
T = TypeVar("T")

BINS = 2048
_WAITING = 4  # crops a thread
_COUNTED = 16_384  # values of a tensor that a crop adds to the counts: every so many-th, all count for the extremes


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
