"""The imitation of an integer engine: exact, and the same for any batch and any number of threads."""

import numpy as np
import onnx
import onnxruntime
import pytest
from numpy.typing import NDArray

from export.simulate import simulate
from export.surgery import Surgery
from rsn_edge.backend.onnxruntime import OPTIMISE_KEY
from tests.export.quantised import error, feeds, tensorrt_model

Float32 = NDArray[np.float32]


def _simulated(row: str) -> onnx.ModelProto:
    graph = Surgery(tensorrt_model(row))
    return graph.model(simulate(graph))


def _run(model: onnx.ModelProto, feed: Float32, threads: int = 1) -> Float32:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    return np.asarray(session.run(None, {model.graph.input[0].name: feed})[0], np.float32)


@pytest.mark.parametrize("row", ["rsn-nano", "mspn50", "prm-official", "person-nano"])
def test_it_errs_as_much_as_the_file_that_it_imitates(row: str) -> None:
    assert error(_simulated(row), row) == pytest.approx(error(tensorrt_model(row), row), rel=0.5)


def test_batches_and_threads_change_nothing() -> None:
    model, feed = _simulated("rsn-nano"), np.concatenate(list(feeds()))
    alone = np.concatenate([_run(model, crop[None]) for crop in feed])

    assert np.array_equal(_run(model, feed, threads=2), alone)


def test_a_convolution_is_a_sum_of_integers() -> None:
    """Against 64-bit integers, for a convolution whose sums pass what float32 holds exactly."""
    rng = np.random.default_rng(0)
    filters = rng.integers(120, 128, (8, 1300, 1, 1)).astype(np.float32)
    feed = rng.integers(120, 128, (1, 1300, 4, 4)).astype(np.float32)
    model = _one_convolution(filters)

    wanted = np.einsum("oi,ihw->ohw", filters[..., 0, 0].astype(np.int64), feed[0].astype(np.int64))
    assert wanted.max() > 2**24
    assert np.array_equal(_run(model, feed)[0], wanted.astype(np.float32))


def test_the_file_says_what_it_is() -> None:
    notes = {entry.key: entry.value for entry in _simulated("rsn-nano").metadata_props}

    assert notes[OPTIMISE_KEY] == "none"


def _one_convolution(filters: Float32) -> onnx.ModelProto:
    """The imitation of an integer convolution with a scale of 1 for filters that are integers already."""
    helper = onnx.helper
    outputs, channels = filters.shape[:2]
    constants = {"one": np.float32(1), "zero": np.int8(0), "ones": np.ones(outputs, np.float32),
                 "bias": np.zeros(outputs, np.float32), "zeros": np.zeros(outputs, np.int8),
                 "codes": filters.astype(np.int8)}  # fmt: skip
    nodes = [
        helper.make_node("QuantizeLinear", ["x", "one", "zero"], ["q"], name="q"),
        helper.make_node("DequantizeLinear", ["q", "one", "zero"], ["d"], name="d"),
        helper.make_node("DequantizeLinear", ["codes", "ones", "zeros"], ["w"], name="w", axis=0),
        helper.make_node("Conv", ["d", "w", "bias"], ["y"], name="conv"),
    ]
    kind = onnx.TensorProto.FLOAT
    body = helper.make_graph(
        nodes, "one", [helper.make_tensor_value_info("x", kind, ["n", channels, 4, 4])],
        [helper.make_tensor_value_info("y", kind, ["n", outputs, 4, 4])],
        [onnx.numpy_helper.from_array(np.asarray(values), name) for name, values in constants.items()],
    )  # fmt: skip
    graph = Surgery(helper.make_model(body, opset_imports=[helper.make_opsetid("", 20)], ir_version=9))
    return graph.model(simulate(graph))
