"""FP16: typed tensors between float32 inputs and outputs, and what stays float32."""

from dataclasses import replace

import numpy as np
import onnx
import pytest
from onnx import TensorProto

from export.half import SAFE, to_half
from export.onnx import onnx_from_checkpoint
from export.surgery import Surgery
from tests.export.networks import ROWS, seeded
from tests.export.quantised import error, feeds, float_model, outputs, ranges, tensorrt_model

NAMES = ("rsn-nano", "prm-official", "person-nano")


def _half(model: onnx.ModelProto, seen: dict[str, tuple[float, float]], *keep: str) -> onnx.ModelProto:
    graph = Surgery(model)
    to_half(graph, seen, keep)
    return graph.model({})


@pytest.mark.parametrize("row", NAMES)
def test_half_precision_loses_next_to_nothing(row: str) -> None:
    assert error(_half(float_model(row), ranges(row)), row) < 0.004


@pytest.mark.parametrize("row", NAMES)
def test_inputs_and_outputs_stay_float32_and_weights_do_not(row: str) -> None:
    graph = _half(float_model(row), ranges(row)).graph
    kinds = {weight.name: weight.data_type for weight in graph.initializer}

    assert {tensor.type.tensor_type.elem_type for tensor in (*graph.input, *graph.output)} == {TensorProto.FLOAT}
    assert {kinds[node.input[1]] for node in graph.node if node.op_type == "Conv"} == {TensorProto.FLOAT16}


def test_there_are_no_casts_but_at_the_ends() -> None:
    casts = [
        node.name for node in _half(float_model("rsn-nano"), ranges("rsn-nano")).graph.node if node.op_type == "Cast"
    ]

    assert casts == ["crops.half", "heatmaps"]


def test_integers_in_half_precision_are_the_same_integers() -> None:
    feed = next(feeds())
    (wanted,), (got,) = (
        outputs(model, feed) for model in (tensorrt_model("rsn-nano"), _half(tensorrt_model("rsn-nano"), {}))
    )

    assert np.sqrt(np.mean((got - wanted) ** 2)) < 0.03 * wanted.std()  # rounding flips codes: see the docs


def test_a_tensor_near_the_limit_keeps_its_operation_in_float32() -> None:
    graph = Surgery(float_model("rsn-nano"))
    report = to_half(graph, {**ranges("rsn-nano"), "top.conv": (0.0, SAFE * 1.1)})

    assert report.kept == ("top.conv",)
    assert any(node.name == "top.conv.conv.float" for node in graph.model({}).graph.node)


def test_a_head_that_overflows_is_kept_and_stays_finite() -> None:
    checkpoint = seeded(ROWS["rsn-nano"])
    name = "stage0.upsample.up4.res_conv2.bn.weight"
    loud = replace(checkpoint, state={**checkpoint.state, name: checkpoint.state[name] * np.float32(1e6)})
    graph = Surgery(onnx.load_from_string(onnx_from_checkpoint(loud)))
    report = to_half(graph, {})

    assert report.kept == ("stage0.upsample.up4.res_conv2",)
    assert np.isfinite(outputs(graph.model({}), next(feeds()))[0]).all()


def test_weights_that_become_zero_are_counted() -> None:
    graph = Surgery(float_model("rsn-nano"))
    graph.weights["top.conv.conv.weight"] = np.full_like(graph.weights["top.conv.conv.weight"], 1e-9)

    assert to_half(graph, {}).vanishing >= graph.weights["top.conv.conv.weight"].size


def test_patterns_keep_operations_in_float32() -> None:
    graph = _half(float_model("rsn-nano"), {}, "stage0.upsample.up4").graph
    kinds = {weight.name: weight.data_type for weight in graph.initializer}

    assert kinds["stage0.upsample.up4.res_conv2.conv.weight"] == TensorProto.FLOAT
