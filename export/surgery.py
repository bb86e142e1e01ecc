"""Reading and changing an ONNX graph: who makes a tensor, who reads it, what a weight holds, and a clean file."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import helper, numpy_helper

from rsn_edge.quantisation import Operation


class Surgery:
    """The parts of a model that is being rewritten: nodes in their order, weights by name, notes.

    `nodes` and `weights` may be changed freely; `model` sorts, prunes and checks what came of it.
    """

    def __init__(self, model: onnx.ModelProto) -> None:
        self._template = model
        own = onnx.ModelProto()
        own.CopyFrom(model)
        self.nodes: list[onnx.NodeProto] = list(own.graph.node)
        self.weights: dict[str, NDArray[Any]] = {w.name: numpy_helper.to_array(w) for w in model.graph.initializer}
        self.notes = notes_of(model)
        self.inputs = [tensor.name for tensor in model.graph.input]
        self.outputs = [tensor.name for tensor in model.graph.output]

    @property
    def makers(self) -> dict[str, onnx.NodeProto]:
        """The node that gives each tensor."""
        return {output: node for node in self.nodes for output in node.output}

    @property
    def readers(self) -> dict[str, list[onnx.NodeProto]]:
        """The nodes that read each tensor."""
        found: dict[str, list[onnx.NodeProto]] = {}
        for node in self.nodes:
            for tensor in dict.fromkeys(node.input):
                found.setdefault(tensor, []).append(node)
        return found

    @property
    def operations(self) -> list[Operation]:
        """The nodes by what they compute on activations."""
        return [
            Operation(n.op_type, n.name, tuple(t for t in n.input if t and t not in self.weights), tuple(n.output))
            for n in self.nodes
        ]

    def add(self, kind: str, inputs: Sequence[str], output: str, attributes: Mapping[str, Any] | None = None) -> str:
        """Appends a node of one result, called after it; the result's name. Nodes may be appended in any order."""
        self.nodes.append(helper.make_node(kind, inputs, [output], name=output, **(attributes or {})))
        return output

    def add_rounding(self, tensor: str, scale: str) -> str:
        """Appends what rounds a tensor by the weights `<scale>.scale` and `<scale>.zero`; the result's name."""
        terms = [f"{scale}.scale", f"{scale}.zero"]
        self.add("QuantizeLinear", [tensor, *terms], f"{tensor}.codes")
        return self.add("DequantizeLinear", [f"{tensor}.codes", *terms], f"{tensor}.rounded")

    def rename(self, tensor: str, name: str) -> None:
        """Calls a tensor otherwise, where it is made and wherever it is read; not among inputs and outputs."""
        for node in self.nodes:
            for tensors in (node.input, node.output):
                tensors[:] = [name if one == tensor else one for one in tensors]

    def model(self, notes: Mapping[str, str]) -> onnx.ModelProto:
        """The model, sorted topologically, without what nobody reads, checked by onnx itself."""
        made = onnx.ModelProto()
        made.CopyFrom(self._template)
        graph = made.graph
        for field in (graph.node, graph.initializer, graph.value_info, made.metadata_props):
            del field[:]
        graph.node.extend(_sorted(self._needed(), {*self.inputs, *self.weights, ""}))
        read = {tensor for node in graph.node for tensor in node.input}
        graph.initializer.extend(
            numpy_helper.from_array(np.asarray(values, order="C"), name)
            for name, values in self.weights.items()
            if name in read
        )
        helper.set_model_props(made, dict(sorted({**self.notes, **notes}.items())))
        onnx.checker.check_model(made, full_check=True)
        return made

    def _needed(self) -> list[onnx.NodeProto]:
        makers, needed, waiting = self.makers, set(), list(self.outputs)
        while waiting:
            node = makers.get(waiting.pop())
            if node is not None and node.name not in needed:
                needed.add(node.name)
                waiting += node.input
        return [node for node in self.nodes if node.name in needed]


def notes_of(model: onnx.ModelProto) -> dict[str, str]:
    """What a model says of itself."""
    return {entry.key: entry.value for entry in model.metadata_props}


def _sorted(nodes: Iterable[onnx.NodeProto], known: set[str]) -> list[onnx.NodeProto]:
    """Nodes in an order in which each finds its inputs; those that could go at once keep their order."""
    waiting, ordered = list(nodes), []
    while waiting:
        ready = [node for node in waiting if known.issuperset(node.input)]
        if not ready:
            raise ValueError(f"nothing gives the inputs of {waiting[0].name}")
        for node in ready:
            known.update(node.output)
        ordered += ready
        done = {node.name for node in ready}
        waiting = [node for node in waiting if node.name not in done]
    return ordered
