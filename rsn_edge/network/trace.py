"""A network as a graph of plain operations that carry its own module names and the shapes of their results."""

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import torch
from torch import fx, nn
from torch.fx.passes.shape_prop import ShapeProp
from torch.nn.utils.fusion import fuse_conv_bn_eval

from rsn_edge.network.pose import LastMap, PoseNetwork

NAME, SHAPE = "rsn_edge.name", "rsn_edge.shape"  # keys of fx.Node.meta

_WRAPPER = "network."  # LastMap's own level, which checkpoints do not have
_OPERATION_NAMES = {"cat": "concat", "chunk": "split", "interpolate": "resize", "max_pool2d": "maxpool"}


def trace(network: nn.Module, input_hw: tuple[int, int]) -> fx.GraphModule:
    """The graph of a network in evaluation mode, batch norms folded; of a pose network only what its last map needs.

    Every node has a NAME. A result that a module returns is called after that module, the innermost that is not a
    single layer (`stage0.downsample.layer1.0.conv_bn_relu1`); what lies inside one after the module and its operation
    (`stage0.downsample.layer1.0.add`, `..._1`), parts of a split after it and their number (`..._2`). SHAPE is the
    result's shape at batch 1, of `split` one per part.
    """
    root = LastMap(network) if isinstance(network, PoseNetwork) else network
    tracer = _NamingTracer()
    module = fx.GraphModule(root, tracer.trace(root))
    module.graph.eliminate_dead_code()
    with torch.no_grad():
        ShapeProp(module).propagate(torch.zeros(1, 3, *input_hw))
    taken: set[str] = set()
    for node in module.graph.nodes:
        node.meta[NAME] = _part_name(node) or _unique(tracer.returned_by.get(node) or own_name(node), taken)
        node.meta[SHAPE] = _shape(node.meta.get("tensor_meta"))
    _fold(module)
    return module


class _NamingTracer(fx.Tracer):
    """Remembers which module returned a node."""

    def __init__(self) -> None:
        super().__init__()
        self.returned_by: dict[fx.Node, str] = {}

    def call_module(
        self, m: nn.Module, forward: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> Any:
        result = super().call_module(m, forward, args, kwargs)
        path = self.path_of_module(m)
        if isinstance(result, fx.Proxy) and not self.is_leaf_module(m, path):
            self.returned_by.setdefault(result.node, path.removeprefix(_WRAPPER))
        return result


def own_name(node: fx.Node) -> str:
    """What a node would be called after itself alone: a layer as checkpoints name it."""
    if node.op == "call_module":
        return str(node.target).removeprefix(_WRAPPER)
    operation = operation_of(node)
    stack = list(node.meta.get("nn_module_stack", {}))
    inside = stack[-1].removeprefix(_WRAPPER) if stack else ""
    operation = _OPERATION_NAMES.get(operation, operation)
    return f"{inside}.{operation}" if inside else operation


def operation_of(node: fx.Node) -> str:
    """What a node does, by the name of PyTorch's function or method: `relu`, `interpolate`, `mean`."""
    return str(getattr(node.target, "__name__", node.target))


def _part_name(node: fx.Node) -> str:
    whole = node.args[0] if operation_of(node) == "getitem" else None
    if not isinstance(whole, fx.Node) or operation_of(whole) != "chunk":
        return ""
    return f"{whole.meta[NAME]}_{node.args[1]}"


def _unique(name: str, taken: set[str]) -> str:
    count, free = 0, name
    while free in taken:
        count += 1
        free = f"{name}_{count}"
    taken.add(free)
    return free


def _shape(meta: Any) -> Any:
    if hasattr(meta, "shape"):
        return tuple(meta.shape)
    return [_shape(part) for part in meta] if isinstance(meta, tuple | list) else None


def _fold(module: fx.GraphModule) -> None:
    """Folds batch norms into convolutions, in float64, rounded once; the network that was traced stays as it is.

    A unit that ends with its norm gives its name to the convolution; one that goes on with a ReLU does not.
    """
    layers = dict(module.named_modules())
    for node in list(module.graph.nodes):
        norm, conv = layers.get(str(node.target)), node.args[0] if node.args else None
        if not isinstance(norm, nn.BatchNorm2d) or not isinstance(conv, fx.Node):
            continue
        layer = deepcopy(layers[str(conv.target)]).double()
        module.add_submodule(str(conv.target), fuse_conv_bn_eval(layer, deepcopy(norm).double()).float())
        if node.meta[NAME] != own_name(node):
            conv.meta[NAME] = node.meta[NAME]
        node.replace_all_uses_with(conv)
        module.graph.erase_node(node)
    module.delete_all_unused_submodules()
    module.recompile()
