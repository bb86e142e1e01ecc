"""The exported graph: what it holds, what its parts are called, and what it must not hold."""

from collections import Counter
from dataclasses import replace

import numpy as np
import onnx
import pytest
from onnx import numpy_helper

from export.onnx import OPSETS, onnx_from_checkpoint
from rsn_edge.artefact.checkpoint import Checkpoint
from rsn_edge.spec import VARIANTS, PoseRefine
from tests.export.networks import NANO, ROWS, narrow_pose, seeded


def _graph(checkpoint: Checkpoint, opset: int = 20) -> onnx.GraphProto:
    return onnx.load_from_string(onnx_from_checkpoint(checkpoint, opset)).graph


def _named(graph: onnx.GraphProto, operator: str) -> list[str]:
    return [node.name for node in graph.node if node.op_type == operator]


def test_batch_norms_are_folded_and_one_head_is_left() -> None:
    graph = _graph(seeded(replace(NANO, stages=2)))

    assert not _named(graph, "BatchNormalization")
    assert [name for name in _named(graph, "Conv") if "res_conv" in name] == [
        "stage1.upsample.up4.res_conv1.conv",
        "stage1.upsample.up4.res_conv2",
    ]
    assert [output.name for output in graph.output] == ["heatmaps"]


@pytest.mark.parametrize(("row", "resizes"), [("rsn-nano", 3), ("2xrsn50", 6), ("person-nano", 2)])
def test_every_resize_has_constant_scales_and_no_sizes(row: str, resizes: int) -> None:
    graph = _graph(seeded(ROWS[row]))
    constants = {weight.name: numpy_helper.to_array(weight) for weight in graph.initializer}
    found = [node for node in graph.node if node.op_type == "Resize"]

    assert len(found) == resizes
    assert all(len(node.input) == 3 and constants[node.input[2]].tolist() == [1, 1, 2, 2] for node in found)


def test_the_convolution_stands_before_the_resize() -> None:
    graph = _graph(seeded(NANO))
    sources = [node.input[0] for node in graph.node if node.op_type == "Resize"]
    assert sources == [f"stage0.upsample.up{unit}.up_conv" for unit in (2, 3, 4)]


def test_nodes_are_counted_as_the_architecture_says() -> None:
    counted = Counter(node.op_type for node in _graph(seeded(NANO)).node)
    blocks = sum(VARIANTS["rsn-nano"].blocks)

    # A block has 1 + 10 + 1 convolutions, four of the six here also a shortcut; then the stem, four u_skip, three
    # up_conv and one head of two. A branch adds 0 + 1 + 2 + 3 times, and the block once.
    assert counted == {
        "Conv": 12 * blocks + 4 + 1 + 4 + 3 + 2,
        "Relu": 12 * blocks + 1 + 4 + 1,
        "Add": 7 * blocks + 3,
        "Split": blocks,
        "Concat": blocks,
        "MaxPool": 1,
        "Resize": 3,
    }


def test_nodes_and_tensors_carry_the_networks_own_names() -> None:
    graph = _graph(seeded(NANO))
    first = "stage0.downsample.layer1.0"
    names = {node.name: tuple(node.output) for node in graph.node}

    assert names["top.conv"] == ("top.conv",)
    assert names[f"{first}.conv_bn_relu1"] == (f"{first}.conv_bn_relu1",)
    assert names[f"{first}.split"] == tuple(f"{first}.split_{part}" for part in range(4))
    assert names[first] == (first,)
    assert names["stage0.upsample.up4.res_conv2"] == ("heatmaps",)
    assert len(names) == len(graph.node)
    assert f"{first}.conv_bn_relu1.conv.weight" in {weight.name for weight in graph.initializer}


def test_every_tensor_is_written_once_and_read() -> None:
    graph = _graph(seeded(ROWS["2xmspn50"]))
    written = [*(weight.name for weight in graph.initializer), *(name for node in graph.node for name in node.output)]
    read = {name for node in graph.node for name in node.input if name}

    assert len(set(written)) == len(written)
    assert set(written) | {"crops"} == read | {"heatmaps"}


@pytest.mark.parametrize("opset", OPSETS)
def test_the_opset_is_the_one_asked_for(opset: int) -> None:
    model = onnx.load_from_string(onnx_from_checkpoint(seeded(NANO), opset))
    assert [(entry.domain, entry.version) for entry in model.opset_import] == [("", opset)]
    assert model.ir_version <= 10  # what ONNX Runtime 1.23 reads


def test_two_exports_are_equal_to_the_last_byte() -> None:
    assert onnx_from_checkpoint(seeded(NANO)) == onnx_from_checkpoint(seeded(NANO))


@pytest.mark.parametrize("prm", ["official", "mmpose"])
def test_a_pose_refine_machine_needs_no_more_than_plain_operations(prm: PoseRefine) -> None:
    counted = Counter(node.op_type for node in _graph(seeded(replace(NANO, prm=prm))).node)
    assert (counted["GlobalAveragePool"], counted["Sigmoid"], counted["Mul"]) == (1, 2, 2)


def test_weights_are_folded_in_double_precision() -> None:
    checkpoint = seeded(NANO)
    norm = {leaf: checkpoint.state[f"top.conv.bn.{leaf}"].astype(np.float64) for leaf in ("weight", "running_var")}
    scale = norm["weight"] / np.sqrt(norm["running_var"] + 1e-5)
    wanted = checkpoint.state["top.conv.conv.weight"] * scale[:, None, None, None]

    weights = {weight.name: weight for weight in _graph(checkpoint).initializer}

    assert np.array_equal(numpy_helper.to_array(weights["top.conv.conv.weight"]), wanted.astype(np.float32))


def test_numbers_of_the_detector_are_scalars() -> None:
    graph = _graph(seeded(ROWS["person-nano"]))
    numbers = {w.name: numpy_helper.to_array(w) for w in graph.initializer if not w.dims}
    assert numbers == {"clamp.min": -3, "clamp.max": 5, "mul.constant": 8}


def test_an_oblong_input_keeps_height_and_width_apart() -> None:
    graph = _graph(seeded(narrow_pose(VARIANTS["rsn-nano"], (96, 64))))
    axes = [axis.dim_param or axis.dim_value for axis in graph.output[0].type.tensor_type.shape.dim]
    assert axes == ["n", 17, 24, 16]
