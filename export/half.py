"""FP16 as a typed file: half-precision tensors between float32 inputs and outputs, and what they cannot hold."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import onnx
from onnx import TensorProto

from rsn_edge.quantisation import is_kept

from .surgery import Surgery

SAFE = 30_000.0  # an activation that comes so near to fp16's limit on calibration crops stays in fp32
_LARGEST = 65504.0
_SMALLEST = 2.0**-25  # half of the smallest number that is not 0: below it a weight is rounded to 0

# Constants whose type the operator gives: sizes, scales, axes.
_FIXED = {"Resize": (1, 2, 3), "Split": (1,), "Slice": (1, 2, 3, 4)}


@dataclass(frozen=True, slots=True)
class HalfReport:
    """What fp16 cannot hold.

    Args:
        vanishing: number of weights that become 0.
        kept: operations that stay in fp32.
    """

    vanishing: int
    kept: tuple[str, ...]


def to_half(graph: Surgery, ranges: Mapping[str, tuple[float, float]], keep_float: Sequence[str] = ()) -> HalfReport:
    """Turns a float graph, quantised or not, into fp16 between fp32 inputs and outputs, in place.

    An operation stays in fp32 where it gives a tensor that came near fp16's limit (`ranges`), reads a weight beyond it,
    or matches a pattern of `keep_float`.
    """
    kept = {node.name for node in graph.nodes if _too_large(graph, node, ranges) or is_kept(node.name, keep_float)}
    halved = {name for node in graph.nodes if node.name not in kept for name in _float_weights(graph, node)}
    sizes = [np.abs(graph.weights[name]) for name in sorted(halved)]
    for node in list(graph.nodes):
        _retype(graph, node, kept)
    for output in graph.outputs:
        _give_float(graph, output, kept)
    vanishing = sum(int(((size > 0) & (size < _SMALLEST)).sum()) for size in sizes)
    return HalfReport(vanishing, tuple(sorted(kept)))


def _too_large(graph: Surgery, node: onnx.NodeProto, ranges: Mapping[str, tuple[float, float]]) -> bool:
    largest = [max(-ranges[tensor][0], ranges[tensor][1]) for tensor in node.output if tensor in ranges]
    weights = [float(np.abs(graph.weights[name]).max(initial=0)) for name in _float_weights(graph, node)]
    return max(largest, default=0) > SAFE or max(weights, default=0) > _LARGEST


def _float_weights(graph: Surgery, node: onnx.NodeProto) -> list[str]:
    fixed = _FIXED.get(node.op_type, ())
    return [
        name
        for at, name in enumerate(node.input)
        if at not in fixed and name in graph.weights and graph.weights[name].dtype == np.float32
    ]


def _retype(graph: Surgery, node: onnx.NodeProto, kept: set[str]) -> None:
    """Gives a node inputs of its own precision: rounded weights, casts of what the other precision made."""
    half, weights, makers = node.name not in kept, _float_weights(graph, node), graph.makers
    for at, tensor in enumerate(node.input):
        if tensor in weights and half:
            graph.weights[f"{tensor}.half"] = graph.weights[tensor].astype(np.float16)
            node.input[at] = f"{tensor}.half"
        elif tensor and tensor not in graph.weights and not _is_code(makers, tensor):
            maker = makers.get(tensor)
            if (maker is not None and maker.name not in kept) != half:
                node.input[at] = _cast(graph, tensor, makers, half)


def _is_code(makers: Mapping[str, onnx.NodeProto], tensor: str) -> bool:
    return tensor in makers and makers[tensor].op_type == "QuantizeLinear"


def _cast(graph: Surgery, tensor: str, makers: Mapping[str, onnx.NodeProto], half: bool) -> str:
    name = f"{tensor}.{'half' if half else 'float'}"
    if name not in makers:
        graph.add("Cast", [tensor], name, attributes={"to": TensorProto.FLOAT16 if half else TensorProto.FLOAT})
    return name


def _give_float(graph: Surgery, output: str, kept: set[str]) -> None:
    """An output of the graph in fp32, under its name."""
    if graph.makers[output].name not in kept:
        graph.rename(output, f"{output}.half")
        graph.add("Cast", [f"{output}.half"], output, attributes={"to": TensorProto.FLOAT})
