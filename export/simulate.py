"""What an integer engine computes, exactly, on any processor: integer codes in float32, whose sums stay exact.

An imitation of the TensorRT form: a convolution of codes, times its scales, plus its bias, in this order. Sums of
products of codes below 2^24 are exact in float32, so that the result depends neither on threads nor on the batch. The
file must run as it stands: fused, it would compute something else.
"""

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto

from rsn_edge.backend.onnxruntime import OPTIMISE_KEY

from .surgery import Surgery

Float32 = NDArray[np.float32]

_EXACT = 2**24  # float32 holds every integer up to here
_LARGEST_CODE = 128


def simulate(graph: Surgery) -> dict[str, str]:
    """Replaces each convolution of integers, in place; the notes that mark the file.

    `graph` is a TensorRT form with fp32 between its integers.
    """
    makers = graph.makers
    for conv in [node for node in graph.nodes if node.op_type == "Conv"]:
        activation, filters = makers.get(conv.input[0]), makers.get(conv.input[1])
        if activation is not None and filters is not None and filters.op_type == "DequantizeLinear":
            _replace(graph, conv, activation, filters)
    return {OPTIMISE_KEY: "none"}


def _replace(graph: Surgery, conv: onnx.NodeProto, activation: onnx.NodeProto, filters: onnx.NodeProto) -> None:
    name, result = conv.name, conv.output[0]
    codes = graph.weights[filters.input[0]].astype(np.float32)
    scales = graph.weights[activation.input[1]] * graph.weights[filters.input[1]]
    bias = graph.weights[conv.input[2]]
    graph.weights[f"{name}.products"] = np.asarray(scales, np.float32).reshape(-1, 1, 1)
    graph.weights[f"{name}.added"] = bias.reshape(-1, 1, 1)
    as_float = f"{activation.input[0]}.float"
    if as_float not in graph.makers:
        graph.add("Cast", [activation.input[0]], as_float, attributes={"to": TensorProto.FLOAT})
    sums = _sums(graph, conv, as_float, codes)
    graph.add("Mul", [sums, f"{name}.products"], f"{name}.scaled")
    graph.nodes.remove(conv)
    graph.add("Add", [f"{name}.scaled", f"{name}.added"], result)


def _sums(graph: Surgery, conv: onnx.NodeProto, codes: str, filters: Float32) -> str:
    """The convolution of codes, rounded to float32 as the sum of 32-bit integers would be.

    Where a sum may pass 2^24, input channels are summed in parts: each is exact, and their sum is rounded once.
    """
    largest = float(np.abs(filters).reshape(len(filters), -1).sum(axis=1).max()) * _LARGEST_CODE
    parts = int(largest // _EXACT) + 1
    of_channel = np.arange(filters.shape[1]) * parts // filters.shape[1]
    total = ""
    for part in range(parts):
        name = f"{conv.name}.sums{part}"
        graph.weights[f"{name}.codes"] = filters * (of_channel == part)[:, None, None].astype(np.float32)
        graph.add("Conv", [codes, f"{name}.codes"], name)
        graph.nodes[-1].attribute.extend(conv.attribute)
        total = graph.add("Add", [total, name], f"{name}.total") if total else name
    return total
