"""Branches of a residual steps block as wide as integer instructions like them: filters of zeros fill them up.

These instructions multiply four bytes at a time. The 26 channels of an rsn18's finest branches are 28 to them with or
without our help; said beforehand, it saves ONNX Runtime the shuffling. Exact: what is added is 0 and read by nobody.
"""

import numpy as np
import onnx

from .surgery import Surgery

_MULTIPLE = 4


def padded(graph: Surgery) -> None:
    """Widens the branches that each Concat joins, in place, where they are convolutions of one width and their sums."""
    for concat in [node for node in graph.nodes if node.op_type == "Concat"]:
        branch = _branch(graph, concat)
        readers = graph.readers[concat.output[0]]
        widths = {len(graph.weights[conv.input[2]]) for conv in branch}
        if len(widths) == len(readers) == 1 and readers[0].op_type == "Conv":
            (width,) = widths
            _widen(graph, branch, readers[0], width, -(-width // _MULTIPLE) * _MULTIPLE)


def _branch(graph: Surgery, concat: onnx.NodeProto) -> list[onnx.NodeProto]:
    """The convolutions between a block's entry and its Concat; none where anything else stands there."""
    makers, waiting, found = graph.makers, list(concat.input), dict[str, onnx.NodeProto]()
    while waiting:
        node = makers.get(waiting.pop())
        if node is None or node.op_type not in ("Conv", "Relu", "Add"):
            return []
        if node.name not in found:
            found[node.name] = node
            if not _enters(graph, node):
                waiting += [tensor for tensor in node.input if tensor not in graph.weights]
    return [node for node in found.values() if node.op_type == "Conv"]


def _enters(graph: Surgery, node: onnx.NodeProto) -> bool:
    """Whether it is a 1x1 convolution: the one that gives a block's branch its channels."""
    return node.op_type == "Conv" and graph.weights[node.input[1]].shape[2:] == (1, 1)


def _widen(graph: Surgery, branch: list[onnx.NodeProto], after: onnx.NodeProto, width: int, to: int) -> None:
    for conv in branch:
        filters, bias = graph.weights[conv.input[1]], graph.weights[conv.input[2]]
        inputs = 0 if _enters(graph, conv) else to - width
        graph.weights[conv.input[1]] = np.pad(filters, ((0, to - width), (0, inputs), (0, 0), (0, 0)))
        graph.weights[conv.input[2]] = np.pad(bias, (0, to - width))
    filters = graph.weights[after.input[1]]
    parts = filters.reshape(len(filters), -1, width, *filters.shape[2:])
    wider = np.pad(parts, ((0, 0), (0, 0), (0, to - width), (0, 0), (0, 0)))
    graph.weights[after.input[1]] = wider.reshape(len(filters), -1, *filters.shape[2:])
