"""The network that learns to be rounded: the traced one, with integers at the places where a TensorRT file has them."""

from collections.abc import Collection
from math import log
from typing import Any

import torch
from torch import Tensor, fx, nn
from torch.nn.utils import parametrize

from rsn_edge.artefact.checkpoint import Checkpoint
from rsn_edge.network.build import load_network
from rsn_edge.network.trace import NAME, operation_of, trace
from rsn_edge.quantisation import SIGNED_STEPS, UNSIGNED_STEPS, Operation, place

_KINDS = {"add": "Add", "chunk": "Split"}  # what placements ask for, beside convolutions
_ROUNDINGS = "roundings."  # and the tensor's name: where its module is
_FILTERS = ".parametrizations.weight.original"
_LOWEST = -SIGNED_STEPS - 1  # QuantizeLinear stops here; no range is chosen for it
_PACE = 30.0  # a range moves so much faster than weights, which are small beside its logarithm
_COUNTED = 7  # every so many-th value
_SHRINKS = torch.linspace(1.0, 0.2, 21)  # of the largest magnitude, tried for the least error


def plain_network(checkpoint: Checkpoint) -> fx.GraphModule:
    """The float network as files for devices have it: batch norms folded, without heads that only training needs."""
    return trace(load_network(checkpoint.spec, checkpoint.state), checkpoint.spec.input_hw)


def rounded_network(checkpoint: Checkpoint, pixels: Tensor) -> fx.GraphModule:
    """The same with rounded filters and activations; ranges begin where they fit network inputs (n, 3, h, w) best."""
    module = plain_network(checkpoint)
    placement = place(operations(module))
    ranged = {tensor: placement.shared.get(tensor, tensor) for tensor in placement.tensors}
    watching = _Watching(module, set(ranged.values()))
    with torch.no_grad():
        watching.run(pixels)
    nodes = {node.meta[NAME]: node for node in module.graph.nodes}
    for tensor, owner in sorted(ranged.items()):
        path = _ROUNDINGS + owner.replace(".", "/")
        module.add_submodule(path, RoundedActivation(watching.limits[owner]))
        with module.graph.inserting_after(nodes[tensor]):
            nodes[tensor].meta["rounded"] = module.graph.call_module(path, (nodes[tensor],))
    for name, at in placement.edges:
        node = nodes[name]
        activations = [place for place, argument in enumerate(node.args) if isinstance(argument, fx.Node)]
        source: Any = node.args[activations[at]]
        node.update_arg(activations[at], source.meta["rounded"])
    for layer in [layer for layer in module.modules() if isinstance(layer, nn.Conv2d)]:
        parametrize.register_parametrization(layer, "weight", RoundedFilters())
    module.recompile()
    return module.requires_grad_(True)  # what a fold left has none


def operations(module: fx.GraphModule) -> list[Operation]:
    """The operations of a traced network under the names of its ONNX file; other kinds than placements ask for too."""
    return [
        Operation(
            "Conv" if node.op == "call_module" else _KINDS.get(operation_of(node), node.op),
            node.meta[NAME],
            tuple(argument.meta[NAME] for argument in node.args if isinstance(argument, fx.Node)),
            tuple(user.meta[NAME] for user in node.users) if operation_of(node) == "chunk" else (node.meta[NAME],),
        )
        for node in module.graph.nodes
    ]


def learnt(weights: dict[str, Tensor]) -> tuple[dict[str, Tensor], dict[str, float]]:
    """Of the state of a `rounded_network` the arrays by the names of `plain_network`, and the limits by tensor."""
    limits = {
        name.removeprefix(_ROUNDINGS).rpartition(".")[0].replace("/", "."): float(limit_of(tensor))
        for name, tensor in weights.items()
        if name.startswith(_ROUNDINGS)
    }
    own = {name: tensor for name, tensor in weights.items() if not name.startswith(_ROUNDINGS)}
    return {name.replace(_FILTERS, ".weight").removeprefix("network."): tensor for name, tensor in own.items()}, limits


class RoundedActivation(nn.Module):
    """A tensor as codes of one scale. Learnt is the logarithm of the largest value that they reach, in `_PACE`s."""

    def __init__(self, limit: float) -> None:
        super().__init__()
        self.level = nn.Parameter(torch.tensor(log(limit) / _PACE))

    def forward(self, values: Tensor) -> Tensor:
        """Any shape."""
        return rounded(values, limit_of(self.level) / SIGNED_STEPS)


class RoundedFilters(nn.Module):
    """Filters (o, i, h, w) as codes of a scale for each output channel: that of its largest weight."""

    def forward(self, filters: Tensor) -> Tensor:
        """The same shape."""
        largest = filters.detach().abs().amax(dim=(1, 2, 3), keepdim=True)
        return rounded(filters, largest.clamp(min=torch.finfo(torch.float32).tiny) / SIGNED_STEPS)


def limit_of(level: Tensor) -> Tensor:
    """The largest value that codes reach, from what is learnt."""
    return (level * _PACE).exp()


def rounded(values: Tensor, scale: Tensor) -> Tensor:
    """The nearest multiples of `scale` (one number, or one an output channel) that have a code.

    Its gradients are those of learned step size quantisation (Esser et al.): values within the range pass theirs on,
    and the scale is told of the rounding errors within and of the codes at the ends.
    """
    result: Tensor = _Rounded.apply(values, scale)  # type: ignore[no-untyped-call]
    return result


def best_limit(values: Tensor) -> float:
    """The range that calibration by `mse` would choose: least squared error of 255 steps on the wider side.

    With the 127 steps that signed codes have there it would give up peaks, which are all that maps hold.
    """
    spread = values.flatten()[::_COUNTED]

    def error(limit: Tensor) -> float:
        step = limit / UNSIGNED_STEPS
        return float(((spread.clamp(-limit, limit) / step).round() * step - spread).square().sum())

    return float(min((values.abs().max().clamp(min=1e-6) * _SHRINKS).unbind(), key=error))


class _Watching(fx.Interpreter):
    """Runs a network; `limits` are then those of the tensors `wanted`."""

    def __init__(self, module: fx.GraphModule, wanted: Collection[str]) -> None:
        super().__init__(module)
        self._wanted, self.limits = wanted, dict[str, float]()

    def run_node(self, n: fx.Node) -> Any:
        result = super().run_node(n)
        if n.meta[NAME] in self._wanted:
            self.limits[n.meta[NAME]] = best_limit(result)
        return result


class _Rounded(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, values: Tensor, scale: Tensor) -> Tensor:
        ctx.save_for_backward(values, scale)
        return (values / scale).round_().clamp_(_LOWEST, SIGNED_STEPS).mul_(scale)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, Tensor | None]:
        values, scale = ctx.saved_tensors
        exact = values / scale
        held = exact.clamp(_LOWEST, SIGNED_STEPS)
        within = exact == held
        if not ctx.needs_input_grad[1]:
            return gradient * within, None
        errors = held.round_().sub_(exact.mul_(within))
        return gradient * within, errors.mul_(gradient).sum()
