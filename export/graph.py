"""An ONNX graph from a traced network, one node an operation.

Written by hand instead of with torch.onnx.export because resizes then have constant scales under a dynamic batch, names
are those of our modules, and the file does not change with PyTorch's releases.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import helper, numpy_helper
from torch import fx, nn

from rsn_edge import __version__
from rsn_edge.backend.protocol import TensorSpec
from rsn_edge.network.trace import NAME, SHAPE, operation_of, own_name

IR_VERSIONS = {17: 8, 20: 9}  # the file format that came with each opset: the oldest runtimes still read it


def model_from_graph(
    module: fx.GraphModule,
    inputs: Sequence[TensorSpec],
    outputs: Sequence[TensorSpec],
    opset: int,
    notes: Mapping[str, str],
) -> onnx.ModelProto:
    """The ONNX model of a graph as `trace` makes it, batch axis dynamic, checked by onnx itself."""
    graph = _Graph(module)
    for node in module.graph.nodes:
        graph.emit(node, inputs, outputs)
    model = helper.make_model(
        helper.make_graph(graph.nodes, "rsn-edge", _infos(inputs), _infos(outputs), graph.weights),
        producer_name="rsn-edge",
        producer_version=__version__,
        ir_version=IR_VERSIONS[opset],
        opset_imports=[helper.make_opsetid("", opset)],
    )
    helper.set_model_props(model, dict(sorted(notes.items())))
    onnx.checker.check_model(model, full_check=True)
    return model


class _Graph:
    """Collects ONNX nodes and weights; `tensors` says which ONNX tensor holds an fx node's result."""

    def __init__(self, module: fx.GraphModule) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.weights: list[onnx.TensorProto] = []
        self.layers = dict(module.named_modules())
        self.tensors: dict[fx.Node, str] = {}

    def emit(self, node: fx.Node, inputs: Sequence[TensorSpec], outputs: Sequence[TensorSpec]) -> None:
        """Adds what one fx node needs; nodes come in the order of computation."""
        if node.op == "placeholder":
            self.tensors[node] = inputs[0].name
        elif node.op == "output":
            results = node.args[0] if isinstance(node.args[0], tuple) else (node.args[0],)
            self._rename({self.tensors[r]: o.name for r, o in zip(results, outputs, strict=True)})
        elif node.op == "call_module":
            _layer(self, node)
        elif operation_of(node) in _OPERATIONS:
            _OPERATIONS[operation_of(node)](self, node)
        else:
            raise _unknown(node, operation_of(node))

    def add(
        self, operator: str, node: fx.Node, inputs: Sequence[str], attributes: Mapping[str, Any] | None = None
    ) -> None:
        """Adds an ONNX node of one result; node and result are called after the fx node."""
        name = node.meta[NAME]
        self.nodes.append(helper.make_node(operator, inputs, [name], name=name, **(attributes or {})))
        self.tensors[node] = name

    def constant(self, name: str, values: NDArray[Any]) -> str:
        """Adds a constant or weight; its name."""
        self.weights.append(numpy_helper.from_array(np.asarray(values, order="C"), name))
        return name

    def operand(self, value: Any, name: str) -> str:
        """The tensor of an argument, which may be a number."""
        return self.tensors[value] if isinstance(value, fx.Node) else self.constant(name, np.array(value, np.float32))

    def _rename(self, names: Mapping[str, str]) -> None:
        for node in self.nodes:
            for tensors in (node.input, node.output):
                tensors[:] = [names.get(tensor, tensor) for tensor in tensors]


def _layer(graph: _Graph, node: fx.Node) -> None:
    layer = graph.layers[str(node.target)]
    if not isinstance(layer, nn.Conv2d):
        raise _unknown(node, type(layer).__name__)
    attributes = {
        "kernel_shape": layer.kernel_size,
        "strides": layer.stride,
        "pads": [*layer.padding, *layer.padding],
        "dilations": layer.dilation,
        "group": layer.groups,
    }
    weights = [
        graph.constant(f"{own_name(node)}.{name}", weight.detach().numpy()) for name, weight in layer.named_parameters()
    ]  # always with a bias, into which the batch norm was folded
    graph.add("Conv", node, [graph.tensors[_argument(node, 0, "input")], *weights], attributes)


def _single(operator: str) -> Callable[[_Graph, fx.Node], None]:
    def write(graph: _Graph, node: fx.Node) -> None:
        graph.add(operator, node, [graph.tensors[_argument(node, 0, "input")]])

    return write


def _pair(operator: str) -> Callable[[_Graph, fx.Node], None]:
    def write(graph: _Graph, node: fx.Node) -> None:
        name = f"{node.meta[NAME]}.constant"
        graph.add(operator, node, [graph.operand(value, name) for value in node.args[:2]])

    return write


def _mean(graph: _Graph, node: fx.Node) -> None:
    if tuple(_argument(node, 1, "dim")) not in ((2, 3), (-2, -1)) or not _argument(node, 2, "keepdim"):
        raise _unknown(node, "a mean over other axes than height and width")
    _single("GlobalAveragePool")(graph, node)


def _concat(graph: _Graph, node: fx.Node) -> None:
    parts = [graph.tensors[part] for part in _argument(node, 0, "tensors")]
    graph.add("Concat", node, parts, {"axis": _argument(node, 1, "dim")})


def _split(graph: _Graph, node: fx.Node) -> None:
    name, axis = node.meta[NAME], _argument(node, 2, "dim")
    sizes = [shape[axis] for shape in node.meta[SHAPE]]
    inputs = [graph.tensors[_argument(node, 0, "input")], graph.constant(f"{name}.sizes", np.array(sizes, np.int64))]
    parts = [f"{name}_{part}" for part in range(len(sizes))]
    graph.nodes.append(helper.make_node("Split", inputs, parts, name=name, axis=axis))
    for user in node.users:  # each takes one part
        graph.tensors[user] = user.meta[NAME]


def _resize(graph: _Graph, node: fx.Node) -> None:
    source = _argument(node, 0, "input")
    modes = {
        "bilinear": {"mode": "linear", "coordinate_transformation_mode": "align_corners"},
        "nearest": {"mode": "nearest", "coordinate_transformation_mode": "asymmetric", "nearest_mode": "floor"},
    }
    mode = str(node.kwargs["mode"])
    if mode == "bilinear" and not node.kwargs["align_corners"]:
        raise _unknown(node, "bilinear resizing without align_corners")
    ratios = [out / into for out, into in zip(node.meta[SHAPE][2:], source.meta[SHAPE][2:], strict=True)]
    scales = graph.constant(f"{node.meta[NAME]}.scales", np.array([1, 1, *ratios], np.float32))
    graph.add("Resize", node, [graph.tensors[source], "", scales], modes[mode])


def _maxpool(graph: _Graph, node: fx.Node) -> None:
    kernel = _argument(node, 1, "kernel_size")
    padding = node.kwargs["padding"]
    attributes = {"kernel_shape": [kernel] * 2, "strides": [node.kwargs["stride"]] * 2, "pads": [padding] * 4}
    graph.add("MaxPool", node, [graph.tensors[_argument(node, 0, "input")]], attributes)


def _clip(graph: _Graph, node: fx.Node) -> None:
    name = node.meta[NAME]
    limits = [graph.operand(_argument(node, at, end), f"{name}.{end}") for at, end in ((1, "min"), (2, "max"))]
    graph.add("Clip", node, [graph.tensors[_argument(node, 0, "input")], *limits])


def _nothing(_graph: _Graph, _node: fx.Node) -> None:
    """Shapes are known and parts are named where they are split: no node."""


_OPERATIONS: Mapping[str, Callable[[_Graph, fx.Node], None]] = {
    "relu": _single("Relu"),
    "sigmoid": _single("Sigmoid"),
    "exp": _single("Exp"),
    "add": _pair("Add"),
    "mul": _pair("Mul"),
    "mean": _mean,
    "cat": _concat,
    "chunk": _split,
    "interpolate": _resize,
    "max_pool2d": _maxpool,
    "clamp": _clip,
    "getattr": _nothing,
    "getitem": _nothing,
}


def _unknown(node: fx.Node, what: str) -> ValueError:
    return ValueError(f"no ONNX form is known for {what} ({node.meta[NAME]})")


def _argument(node: fx.Node, position: int, name: str) -> Any:
    return node.args[position] if len(node.args) > position else node.kwargs[name]


def _infos(tensors: Sequence[TensorSpec]) -> list[onnx.ValueInfoProto]:
    kind = onnx.TensorProto.FLOAT
    return [helper.make_tensor_value_info(t.name, kind, ["n", *t.shape[1:]]) for t in tensors]
