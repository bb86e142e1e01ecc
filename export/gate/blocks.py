"""The blocks of a network, by its own names: what is kept in float, or not, as one."""

import re
from collections.abc import Collection, Mapping

import numpy as np
import onnx

# `stage0.downsample.layer1.0`, `stage0.upsample.up4`, `stages.2.1` of a detector; else the first name: `top`, `head`.
_BLOCK = re.compile(r"stage\d+\.(?:down|up)sample\.\w+(?:\.\d+)?|stages\.\d+\.\d+|[^.]+")


Blocks = Mapping[str, int]  # named modules, and the multiplications of their convolutions for one crop


def blocks_of(model: onnx.ModelProto) -> Blocks:
    """The blocks of a float graph in its order; the small operations between them are blocks of 0 multiplications.

    As a pattern of `keep_float`, the name of a block covers all of it.
    """
    inferred = onnx.shape_inference.infer_shapes(model).graph
    cells = {t.name: _cells(t) for t in (*inferred.value_info, *inferred.output)}
    weights = {w.name: int(np.prod(w.dims)) for w in model.graph.initializer}
    macs: dict[str, int] = {}
    for node in model.graph.node:
        match = _BLOCK.match(node.name)
        name = match.group() if match else node.name
        products = weights[node.input[1]] * cells[node.output[0]] if node.op_type == "Conv" else 0
        macs[name] = macs.get(name, 0) + products
    return macs


def integer_share(blocks: Blocks, kept: Collection[str]) -> float:
    """Share of the multiplications in blocks that are not `kept` in float."""
    return sum(macs for name, macs in blocks.items() if name not in kept) / max(sum(blocks.values()), 1)


def _cells(tensor: onnx.ValueInfoProto) -> int:
    shape = tensor.type.tensor_type.shape.dim
    return int(np.prod([axis.dim_value for axis in shape[2:]]))
