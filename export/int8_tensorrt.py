"""INT8 for TensorRT: symmetric signed codes, constant scales, filters a channel, where a placement says.

Biases stay float, as its parser wants them; what stands between the integers is fp16 or fp32 (see half).
"""

from collections.abc import Mapping

import numpy as np

from rsn_edge.quantisation import Placement, symmetric_scale, weight_codes, weight_scales

from .surgery import Surgery


def int8_for_tensorrt(graph: Surgery, ranges: Mapping[str, tuple[float, float]], placement: Placement) -> None:
    """Puts QuantizeLinear and DequantizeLinear pairs into a float graph, in place.

    `ranges` holds (low, high) of every tensor of the placement, and of those that share theirs. Filters of a quantised
    convolution are stored as integers.
    """
    rounded: dict[str, str] = {}
    for node in list(graph.nodes):
        activations = [at for at, tensor in enumerate(node.input) if tensor and tensor not in graph.weights]
        for place, at in enumerate(activations):
            tensor = placement.edges.get((node.name, place))
            if tensor is None:
                continue
            if tensor not in rounded:
                scale = symmetric_scale(*ranges[placement.shared.get(tensor, tensor)])
                graph.weights[f"{tensor}.scale"], graph.weights[f"{tensor}.zero"] = (
                    np.array(scale),
                    np.array(0, np.int8),
                )
                rounded[tensor] = graph.add_rounding(tensor, tensor)
            node.input[at] = rounded[tensor]
            if node.op_type == "Conv":
                node.input[1] = _integer_filters(graph, node.input[1])


def _integer_filters(graph: Surgery, name: str) -> str:
    filters = graph.weights[name].astype(np.float32)
    scales = weight_scales(filters)
    graph.weights[f"{name}.codes"] = weight_codes(filters, scales)
    graph.weights[f"{name}.scale"] = scales
    graph.weights[f"{name}.zero"] = np.zeros(len(scales), np.int8)
    terms = [f"{name}.codes", f"{name}.scale", f"{name}.zero"]
    return graph.add("DequantizeLinear", terms, f"{name}.rounded", attributes={"axis": 0})
