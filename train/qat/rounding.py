"""Integers imitated in training: the values that an INT8 file computes with, and gradients as if it did not round."""

from math import log
from typing import Any

import torch
from torch import Tensor, nn

from rsn_edge.quantisation import SIGNED_STEPS, UNSIGNED_STEPS

_LOWEST = -SIGNED_STEPS - 1  # QuantizeLinear stops here; no range is chosen for it
_PACE = 30.0  # a range moves so much faster than weights, which are small beside its logarithm
_COUNTED = 7  # every so many-th value
_SHRINKS = torch.linspace(1.0, 0.2, 21)  # of the largest magnitude, tried for the least error


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
