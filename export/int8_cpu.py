"""INT8 for processors: unsigned activations with a zero point, signed weights a channel, every operation.

With the zero point of a rectified tensor at 0 its ReLU disappears into the rounding, and ONNX Runtime and OpenVINO run
every convolution, sum, concatenation and pooling on integers. TensorRT takes none of this: it has a form of its own.

Before, a channel split becomes one convolution a part: `Split` is the only operation that leaves the blocked layout of
ONNX Runtime's convolutions, and has no integer kernel. The convolution before it is 1x1 in every residual steps block,
so that its filters can be dealt out: exact, no more work, and each part has a range of its own.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import onnx

from rsn_edge.quantisation import SIGNED_STEPS, asymmetric_scale, is_kept, weight_codes, weight_scales

from .surgery import Surgery

Ranges = Mapping[str, tuple[float, float]]

# What runs on integers, or stands between them.
_INTEGER = ("Conv", "Relu", "Add", "Concat", "MaxPool", "GlobalAveragePool", "Resize")
_PASSING = ("MaxPool",)  # its result has its input's range


def tensors_to_quantise(graph: Surgery, keep_float: Sequence[str] = ()) -> list[str]:
    """The tensors that the processor form holds as integers: all that an integer operation reads or gives.

    What only a ReLU reads is never stored. Operations that match `keep_float` stay in float.
    """
    readers, found = graph.readers, dict[str, None]()
    for node in graph.nodes:
        if _is_integer(node, keep_float):
            found |= dict.fromkeys([*(t for t in node.input if t and t not in graph.weights), *node.output])
    return [tensor for tensor in found if not _is_inside(readers.get(tensor, []))]


def int8_for_cpu(
    graph: Surgery, ranges: Ranges, keep_float: Sequence[str] = (), weight_steps: int = SIGNED_STEPS
) -> None:
    """Puts QuantizeLinear and DequantizeLinear pairs into a float graph.

    Args:
        graph: changed in place.
        ranges: (low, high) of every tensor of `tensors_to_quantise`.
        keep_float: patterns of operations that stay in float.
        weight_steps: largest weight code; REDUCED_STEPS where the processor cannot add two products exactly.
    """
    nodes = list(graph.nodes)
    makers = graph.makers
    scales: dict[str, str] = {}
    rounded: dict[str, str] = {}
    for tensor in tensors_to_quantise(graph, keep_float):
        source = makers.get(tensor)
        passing = source is not None and source.op_type in _PASSING and source.input[0] in scales
        scales[tensor] = scales[source.input[0]] if passing and source else _scale(graph, tensor, *ranges[tensor])
        rounded[tensor] = graph.add_rounding(tensor, scales[tensor])
    for node in nodes:
        of_input = scales.get(node.input[0])
        node.input[:] = [rounded.get(tensor, tensor) for tensor in node.input]
        if node.op_type == "Conv" and of_input and _is_integer(node, keep_float):
            _quantise_weights(graph, node, of_input, weight_steps)
    for output in graph.outputs:
        if output in rounded:
            graph.rename(output, f"{output}.exact")
            graph.rename(rounded[output], output)


def _is_integer(node: onnx.NodeProto, keep_float: Sequence[str]) -> bool:
    return node.op_type in _INTEGER and not is_kept(node.name, keep_float)


def _is_inside(readers: Sequence[onnx.NodeProto]) -> bool:
    """Whether a tensor goes into a ReLU and nowhere else."""
    return bool(readers) and all(reader.op_type == "Relu" for reader in readers)


def _scale(graph: Surgery, tensor: str, low: float, high: float) -> str:
    """Adds scale and zero point of a tensor; the name that both begin with."""
    scale, zero = asymmetric_scale(low, high)
    graph.weights[f"{tensor}.scale"], graph.weights[f"{tensor}.zero"] = np.array(scale), np.array(zero, np.uint8)
    return tensor


def _quantise_weights(graph: Surgery, conv: onnx.NodeProto, of_input: str, steps: int) -> None:
    """Filters and bias of a convolution as integers; the bias counts in products of both scales."""
    name, bias = conv.input[1], conv.input[2]
    filters = graph.weights[name].astype(np.float32)
    scales = weight_scales(filters, steps)
    products = (scales * graph.weights[f"{of_input}.scale"]).astype(np.float32)
    limits = np.iinfo(np.int32)
    graph.weights[f"{name}.codes"] = weight_codes(filters, scales, steps)
    graph.weights[f"{name}.scale"] = scales
    graph.weights[f"{bias}.codes"] = np.clip(
        np.rint(graph.weights[bias] / products.astype(np.float64)), limits.min, limits.max
    ).astype(np.int32)
    graph.weights[f"{bias}.scale"] = products
    for part in (name, bias):
        graph.add("DequantizeLinear", [f"{part}.codes", f"{part}.scale"], f"{part}.rounded", attributes={"axis": 0})
    conv.input[1:] = [f"{name}.rounded", f"{bias}.rounded"]


def sliced(graph: Surgery) -> None:
    """Replaces Conv -> ReLU -> Split by a Conv -> ReLU for each part, in place; other splits stay."""
    makers, readers = graph.makers, graph.readers
    for split in [node for node in graph.nodes if node.op_type == "Split"]:
        relu = makers.get(split.input[0])
        conv = makers.get(relu.input[0]) if relu is not None and relu.op_type == "Relu" else None
        if relu is None or conv is None or conv.op_type != "Conv" or len(readers[relu.output[0]]) > 1:
            continue
        filters, bias = graph.weights[conv.input[1]], graph.weights[conv.input[2]]
        start = 0
        for part, size in zip(split.output, graph.weights[split.input[1]].tolist(), strict=True):
            name = f"{part}.conv"
            graph.weights[f"{name}.weight"] = filters[start : start + size]
            graph.weights[f"{name}.bias"] = bias[start : start + size]
            graph.add("Conv", [conv.input[0], f"{name}.weight", f"{name}.bias"], name)
            graph.nodes[-1].attribute.extend(conv.attribute)
            graph.add("Relu", [name], part)
            start += size
        graph.nodes.remove(split)
