"""TensorRT's form of INT8: what its parser takes, and where integers are read."""

import numpy as np
import onnx
import pytest

from export.surgery import Surgery
from rsn_edge.quantisation import Form
from tests.export.quantised import error, placement, tensorrt_model

ROWS = ("rsn-nano", "mspn50", "prm-official", "person-nano")


def _quantisers(model: onnx.ModelProto) -> list[onnx.NodeProto]:
    return [node for node in model.graph.node if node.op_type in ("QuantizeLinear", "DequantizeLinear")]


@pytest.mark.parametrize("row", ROWS)
def test_integers_lose_little(row: str) -> None:
    limit = 0.15 if row == "person-nano" else 0.06  # whose boxes are exponentials

    assert error(tensorrt_model(row), row) < limit


@pytest.mark.parametrize("row", ROWS)
def test_scales_are_positive_constants_and_codes_are_symmetric(row: str) -> None:
    weights, model = Surgery(tensorrt_model(row)).weights, tensorrt_model(row)

    for node in _quantisers(model):
        assert (weights[node.input[1]] > 0).all()
        assert weights[node.input[2]].dtype == np.int8
        assert not weights[node.input[2]].any()


def test_filters_have_a_scale_for_each_output_channel() -> None:
    model = tensorrt_model("rsn-nano")
    graph = Surgery(model)
    makers = graph.makers
    filters = [makers[node.input[1]] for node in model.graph.node if node.op_type == "Conv"]

    assert all(node.attribute[0].i == 0 for node in filters)
    assert all(len(graph.weights[node.input[1]]) == len(graph.weights[node.input[0]]) for node in filters)


def test_biases_stay_float() -> None:
    graph = Surgery(tensorrt_model("rsn-nano"))

    assert all(graph.weights[n.input[2]].dtype == np.float32 for n in graph.nodes if n.op_type == "Conv")


@pytest.mark.parametrize(("form", "kinds"), [
    ("conv", {"Conv"}), ("residual", {"Conv", "Add"}), ("full", {"Conv", "Add", "Concat", "MaxPool", "Resize"}),
])  # fmt: skip
def test_a_form_says_who_reads_integers(form: Form, kinds: set[str]) -> None:
    operations = {one.name: one.kind for one in Surgery(tensorrt_model("rsn-nano", "conv")).operations}

    assert {operations[name] for name, _ in placement("rsn-nano", form).edges} == kinds


def test_of_a_residual_sum_the_convolutions_side_is_left_alone() -> None:
    edges = placement("rsn-nano").edges
    block = "stage0.downsample.layer2.1"  # whose shortcut is the block's input

    assert edges[f"{block}.add_6", 1] == "stage0.downsample.layer2.0"
    assert (f"{block}.add_6", 0) not in edges


def test_of_a_sum_of_two_convolutions_one_is_left_alone() -> None:
    assert [at for name, at in placement("rsn-nano").edges if name == "stage0.downsample.layer1.0.add_6"] == [1]


def test_a_sum_within_a_block_is_quantised_once_for_the_next_convolution() -> None:
    edges = placement("rsn-nano").edges
    block = "stage0.downsample.layer1.0"

    assert not any(name == f"{block}.add" for name, _ in edges)
    assert edges[f"{block}.conv_bn_relu2_2_1.conv", 0] == f"{block}.add"


def test_parts_of_a_split_share_the_range_of_the_whole() -> None:
    block = "stage0.downsample.layer1.0"

    assert placement("rsn-nano").shared[f"{block}.split_0"] == f"{block}.conv_bn_relu1"
