"""Small ONNX files for tests."""

from collections.abc import Mapping

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper


def small_onnx(notes: Mapping[str, str] | None = None) -> bytes:
    """A file that computes y (n, 2) = relu(x (n, 2) + weights), of IR version 8 and opset 17."""
    weights = numpy_helper.from_array(np.array([1.0, -1.0], np.float32), "weights")
    nodes = [helper.make_node("Add", ["x", "weights"], ["sum"]), helper.make_node("Relu", ["sum"], ["y"])]
    # Before IR version 4 weights were listed as inputs too; readers must tell them apart.
    inputs = [_info("x", ["n", 2]), _info("weights", [2])]
    model = helper.make_model(
        helper.make_graph(nodes, "small", inputs, [_info("y", ["n", 2])], [weights]),
        producer_name="a test",
        ir_version=8,
        opset_imports=[helper.make_opsetid("", 17), helper.make_opsetid("com.example", 3)],
    )
    helper.set_model_props(model, dict(notes or {}))
    return bytes(model.SerializeToString())


def hungry_onnx() -> bytes:
    """A file of 200 bytes whose graph OpenVINO folds to 8 GiB when it opens it (ONNX Runtime leaves it alone)."""
    one = numpy_helper.from_array(np.ones(1, np.float32), "one")
    length = numpy_helper.from_array(np.array([1 << 31]), "length")
    many = helper.make_node("Expand", ["one", "length"], ["many"])
    total = helper.make_node("ReduceSum", ["many"], ["y"], keepdims=0)
    graph = helper.make_graph([many, total], "hungry", [], [_info("y", [])], [one, length])
    model = helper.make_model(graph, ir_version=8, opset_imports=[helper.make_opsetid("", 17)])
    return bytes(model.SerializeToString())


def _info(name: str, shape: list[str | int]) -> onnx.ValueInfoProto:
    return helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)
