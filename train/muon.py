"""Muon: steps of orthogonalised momentum for the filters between hidden layers, AdamW for everything else.

After K. Jordan's description (2024): the momentum of a filter, as a matrix of outputs by inputs, is replaced by the
nearest matrix whose singular values are all about 1, so that rare directions learn as fast as frequent ones.
"""

import torch
from torch import Tensor

_MOMENTUM = 0.95
_STEPS = 5
_QUINTIC = 3.4445, -4.7750, 2.0315  # brings singular values in (0, 1] near 1 fastest, to within 30 %


class Muon(torch.optim.AdamW):
    """An optimiser whose groups say by `muon` how many times their rate Muon takes; 0: AdamW at their rate."""

    @torch.no_grad()
    def step(self, closure: None = None) -> None:  # type: ignore[override]
        """One step; the gradients of Muon's parameters are used up."""
        for group in self.param_groups:
            if group["muon"]:
                for parameter in group["params"]:
                    if parameter.grad is not None:
                        self._turn(parameter, group["lr"] * group["muon"], group["weight_decay"])
        super().step(closure)

    def _turn(self, filters: Tensor, rate: float, decay: float) -> None:
        gradient = filters.grad
        assert gradient is not None
        state = self.state[filters]
        if "momentum" not in state:
            state["momentum"] = torch.zeros_like(filters)
            state["step"] = torch.zeros(())  # which AdamW expects of every state when one is restored
        momentum = state["momentum"].mul_(_MOMENTUM).add_(gradient)
        ahead = (gradient + _MOMENTUM * momentum).flatten(1)  # Nesterov's; (outputs, inputs x kernel)
        rate *= max(1.0, ahead.shape[0] / ahead.shape[1]) ** 0.5
        filters.mul_(1 - rate * decay).sub_(rate * orthogonalised(ahead).view_as(filters))
        filters.grad = None  # or AdamW would step, too


def orthogonalised(matrix: Tensor) -> Tensor:
    """The matrix (m, n) with its singular values brought near 1, by Newton-Schulz steps."""
    a, b, c = _QUINTIC
    wide = matrix.T if matrix.shape[0] > matrix.shape[1] else matrix
    x: Tensor = wide / wide.norm().clamp(min=1e-7)
    for _ in range(_STEPS):
        gram = x @ x.T
        x = a * x + (b * gram + c * gram @ gram) @ x
    return x.T if matrix.shape[0] > matrix.shape[1] else x
