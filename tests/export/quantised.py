"""INT8 forms of small networks with seeded weights: what the tests of quantisation share."""

from collections.abc import Iterator
from functools import cache

import numpy as np
import onnx
from numpy.typing import NDArray

from export.int8_cpu import int8_for_cpu, sliced
from export.int8_tensorrt import int8_for_tensorrt
from export.onnx import onnx_from_checkpoint
from export.padding import padded
from export.ranges import Observed, observe
from export.surgery import Surgery
from rsn_edge.backend.onnxruntime import session_of_bytes
from rsn_edge.quantisation import Form, Placement, place
from tests.export.networks import ROWS, seeded

Ranges = dict[str, tuple[float, float]]


def feeds(count: int = 4, size: int = 64) -> Iterator[NDArray[np.float32]]:
    """Network inputs (1, 3, size, size), always the same."""
    rng = np.random.default_rng(0)
    for _ in range(count):
        yield rng.standard_normal((1, 3, size, size)).astype(np.float32)


@cache
def float_model(row: str) -> onnx.ModelProto:
    """The fp32 file of a narrow row of the zoo; not to be changed."""
    return onnx.load_from_string(onnx_from_checkpoint(seeded(ROWS[row])))


@cache
def ranges(row: str) -> Ranges:
    """Extremes of every tensor of `float_model`."""
    tensors = [name for node in float_model(row).graph.node for name in node.output]
    seen: Observed = observe(float_model(row), [float_model(row).graph.input[0].name, *tensors], feeds)
    return {name: (float(low), float(high)) for name, low, high in zip(seen.tensors, seen.low, seen.high, strict=True)}


def sliced_model(row: str) -> onnx.ModelProto:
    """`float_model` without splits."""
    graph = Surgery(float_model(row))
    sliced(graph)
    return graph.model({})


def padded_model(row: str) -> onnx.ModelProto:
    """`sliced_model` with branches filled up."""
    graph = Surgery(sliced_model(row))
    padded(graph)
    return graph.model({})


def cpu_model(row: str) -> onnx.ModelProto:
    """The processor's form."""
    graph = Surgery(padded_model(row))
    int8_for_cpu(graph, ranges(row))
    return graph.model({})


def tensorrt_model(row: str, form: Form = "residual") -> onnx.ModelProto:
    """TensorRT's form, fp32 between its integers."""
    graph = Surgery(float_model(row))
    int8_for_tensorrt(graph, ranges(row), placement(row, form))
    return graph.model({})


def placement(row: str, form: Form = "residual") -> Placement:
    """Where TensorRT's form has integers."""
    return place(Surgery(float_model(row)).operations, form)


def outputs(model: onnx.ModelProto, feed: NDArray[np.float32]) -> list[NDArray[np.float32]]:
    """What ONNX Runtime computes."""
    session = session_of_bytes(model.SerializeToString())
    return [np.asarray(array) for array in session.run(None, {model.graph.input[0].name: feed})]


def error(model: onnx.ModelProto, row: str) -> float:
    """Root mean square of the difference from `float_model`, in standard deviations of its output."""
    worst = 0.0
    for feed in feeds():
        for got, wanted in zip(outputs(model, feed), outputs(float_model(row), feed), strict=True):
            worst = max(worst, float(np.sqrt(np.mean((got - wanted) ** 2)) / wanted.std()))
    return worst
