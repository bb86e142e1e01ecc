"""The float graph as processors like it before it is quantised: a channel split becomes one convolution a part.

`Split` is the only operation that leaves the blocked layout of ONNX Runtime's convolutions, and has no integer kernel.
The convolution before it is 1x1 in every residual steps block, so that its filters can be dealt out: exact, no more
work, and each part has a range of its own.
"""

from .surgery import Surgery


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
