"""Watching a network at work: the extremes and the distribution of each of its tensors over calibration crops.

Counts and extremes do not depend on the order of the crops, and each crop is run alone on one thread, so that any
order and any number of threads gives the same numbers. Axes: t tensors, b bins.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper

from rsn_edge.backend.onnxruntime import session_of_bytes
from rsn_edge.errors import InputError

Float32 = NDArray[np.float32]
Crops = Callable[[], Iterable[Float32]]  # network inputs (1, 3, h, w), the same every time it is called

BINS = 2048
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


def observe(model: onnx.ModelProto, tensors: Sequence[str], crops: Crops) -> Observed:
    """Runs the crops through a float network, twice: for the extremes, then for the counts.

    InputError where there is no crop, or a tensor is not finite on one.
    """
    (entry,) = (tensor.name for tensor in model.graph.input)
    session = session_of_bytes(_opened(model, tensors).SerializeToString())
    inner = [name for name in tensors if name != entry]

    def values_of(crop: Float32) -> list[Float32]:
        found = dict(zip(inner, session.run(inner, {entry: crop}), strict=True)) | {entry: crop}
        return [found[name] for name in tensors]

    low, high = _extremes(tensors, (values_of(crop) for crop in crops()))
    counts = np.zeros((len(tensors), BINS), np.int64)
    for crop in crops():
        for row, values in enumerate(values_of(crop)):
            counts[row] += _histogram(values, low[row], high[row])
    return Observed(tuple(tensors), low, high, counts)


def _extremes(tensors: Sequence[str], seen: Iterable[list[Float32]]) -> tuple[Float32, Float32]:
    low, high, crops = np.zeros(len(tensors), np.float32), np.zeros(len(tensors), np.float32), 0
    for crops, values in enumerate(seen, start=1):  # noqa: B007 - how many there were
        np.minimum(low, [one.min() for one in values], out=low)
        np.maximum(high, [one.max() for one in values], out=high)
    if not crops:
        raise InputError("there are no crops to calibrate on", "Give a source that shows people.")
    bad = np.flatnonzero(~np.isfinite(low) | ~np.isfinite(high))
    if len(bad):
        raise InputError(
            f"the network is not finite on the calibration crops: {tensors[bad[0]]} and {len(bad) - 1} more tensors",
            "Its weights are broken: rsn-edge inspect FILE.",
        )
    return low, high


def _histogram(values: Float32, low: np.float32, high: np.float32) -> NDArray[np.int64]:
    if low == high:
        return np.bincount([0], minlength=BINS).astype(np.int64)
    spread = values.ravel()[:: max(1, values.size // _COUNTED)]
    places = (spread - low) * np.float32(BINS / (high - low))
    return np.bincount(np.minimum(places.astype(np.int32), BINS - 1), minlength=BINS)


def _opened(model: onnx.ModelProto, tensors: Sequence[str]) -> onnx.ModelProto:
    """The model with these tensors among its outputs."""
    opened = onnx.ModelProto()
    opened.CopyFrom(model)
    known = {tensor.name for tensor in (*model.graph.input, *model.graph.output)}
    opened.graph.output.extend(
        helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in tensors if name not in known
    )
    return opened
