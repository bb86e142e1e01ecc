"""The processor's form of INT8: everything on integers, in files that two runtimes agree on."""

from collections import Counter
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest

from export.int8_cpu import int8_for_cpu, tensors_to_quantise
from export.surgery import Surgery
from rsn_edge.quantisation import REDUCED_STEPS
from tests.export.quantised import cpu_model, error, feeds, float_model, outputs, padded_model, ranges, sliced_model

ROWS = ("rsn-nano", "res18", "mspn50", "prm-official", "person-nano")


def _after_optimisation(model: onnx.ModelProto, folder: Path) -> Counter[str]:
    options = onnxruntime.SessionOptions()
    options.optimized_model_filepath = str(folder / "optimised.onnx")
    options.log_severity_level = 3  # a file for this machine alone is what is wanted here
    onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    return Counter(node.op_type for node in onnx.load(folder / "optimised.onnx").graph.node)


@pytest.mark.parametrize("row", ROWS)
def test_onnx_runtime_computes_every_convolution_on_integers(tmp_path: Path, row: str) -> None:
    model = cpu_model(row)
    kinds = _after_optimisation(model, tmp_path)

    assert kinds["QLinearConv"] == sum(node.op_type == "Conv" for node in model.graph.node)
    assert not kinds["Conv"]
    assert not kinds["Relu"]


@pytest.mark.parametrize("row", ROWS)
def test_integers_lose_little(row: str) -> None:
    limit = 0.15 if row == "person-nano" else 0.06  # whose boxes are exponentials

    assert error(cpu_model(row), row) < limit


@pytest.mark.parametrize("row", ["rsn-nano", "prm-official"])
def test_slicing_changes_nothing(row: str) -> None:
    feed = next(feeds())
    (whole,), (parts,) = outputs(float_model(row), feed), outputs(sliced_model(row), feed)

    assert not any(node.op_type == "Split" for node in sliced_model(row).graph.node)
    assert parts == pytest.approx(whole, abs=1e-6 * float(np.abs(whole).max()))


@pytest.mark.parametrize("row", ["rsn-nano", "rsn18", "rsn50"])
def test_branches_are_filled_up_to_four_channels_and_nothing_changes(row: str) -> None:
    feed, graph = next(feeds()), Surgery(padded_model(row))
    (whole,), (filled,) = outputs(float_model(row), feed), outputs(padded_model(row), feed)
    branches = [
        graph.weights[node.input[1]] for node in graph.nodes if "conv_bn_relu2" in node.name and node.op_type == "Conv"
    ]

    assert all(len(filters) % 4 == filters.shape[1] % 4 == 0 for filters in branches)
    assert filled == pytest.approx(whole, abs=1e-5 * float(np.abs(whole).max()))


@pytest.mark.parametrize("row", ["mspn50", "person-nano"])
def test_other_networks_are_left_as_they_are(row: str) -> None:
    before, after = Surgery(sliced_model(row)).weights, Surgery(padded_model(row)).weights

    assert all(np.array_equal(before[name], after[name]) for name in before)


def test_a_range_holds_zero_exactly() -> None:
    weights = Surgery(cpu_model("rsn-nano")).weights
    zeros = {name: values for name, values in weights.items() if name.endswith(".zero")}

    assert zeros["crops.zero"] > 0
    assert zeros["top.conv.zero"] == 0


def test_a_pooled_tensor_keeps_its_scale() -> None:
    nodes = {node.name: node for node in cpu_model("rsn-nano").graph.node}

    assert nodes["top.codes"].input[1] == nodes["top.conv.codes"].input[1]


def test_what_is_kept_in_float_has_float_weights() -> None:
    graph = Surgery(sliced_model("rsn-nano"))
    int8_for_cpu(graph, ranges("rsn-nano"), ["stage0.upsample.up4"])
    convolutions = [node for node in graph.model({}).graph.node if node.op_type == "Conv"]
    in_float = {node.name for node in convolutions if node.input[1].endswith(".weight")}

    assert in_float == {node.name for node in convolutions if node.name.startswith("stage0.upsample.up4.")}


def test_reduced_weights_stay_within_seven_bits() -> None:
    graph = Surgery(sliced_model("rsn-nano"))
    int8_for_cpu(graph, ranges("rsn-nano"), weight_steps=REDUCED_STEPS)
    codes = [values for name, values in graph.weights.items() if name.endswith("weight.codes")]

    assert max(int(np.abs(values).max()) for values in codes) == REDUCED_STEPS


def test_ranges_are_wanted_for_what_is_stored_only() -> None:
    wanted = tensors_to_quantise(Surgery(sliced_model("rsn-nano")))

    assert {"crops", "top.conv", "heatmaps"} <= set(wanted)
    assert "top.conv.conv" not in wanted  # goes into a ReLU
