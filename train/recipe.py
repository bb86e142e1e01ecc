"""The recipes of a training as rows of a table: losses, optimiser, rate, sizes, averages."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import accumulate
from math import cos, pi

import numpy as np
import torch
from torch import Tensor, nn

from .chance import BEYOND, generator

_USUAL_BATCH = 32  # for which the rates are given
_HIDDEN_CHANNELS = 8  # fewer are a picture's, or those of an output
WARM_UP = 2400  # iterations of the published warm-up, whatever the batch
_PUBLISHED_ITERATIONS = 96_000  # on COCO, at the published batch
_PUBLISHED_BATCH = 256
_PUBLISHED_RATE = 4e-3  # at that batch; 5e-4 for each GPU with its 32 persons
_WARM_UP_FROM = 0.1
_CYCLE_WARM_UP = 0.04  # of all iterations
_CYCLE_END = 0.01  # of the peak rate
_PLATEAU_WARM_UP = 0.01  # of all iterations
_MOMENTUM = 0.95
_STEPS = 5
_QUINTIC = 3.4445, -4.7750, 2.0315  # brings singular values in (0, 1] near 1 fastest, to within 30 %


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a network is trained.

    Args:
        name: what users call it.
        modern: cross-entropy, AdamW, one cycle and the modern augmentation; else what the RSN and MSPN code does.
        batch: samples in a step, on all devices.
        rate: peak learning rate of a modern training at 32 samples, growing with the root of their number; 0: the
            published rate.
        decay: AdamW's of convolution weights; or Adam's, as part of the gradient, of everything.
        clip: largest norm of the gradient, 0 for any.
        average: decay of the moving average of the weights, which is what gets evaluated; 0 for none.
        sizes: (share of the training, share of the input's height and width), in their order; of a detector's
            training in any order, batch by batch.
        context: how much more than the network's crop is kept of each person.
        last_gain: scale of the heads' last batch norms at the start.
        muon: learning rate of Muon, which moves the filters between hidden layers, where AdamW's is `rate`; 0: AdamW
            moves all.
        plateau: share of the training that the rate stays at its peak; 0: one cycle.
    """

    name: str
    modern: bool
    batch: int
    rate: float
    decay: float
    clip: float
    average: float
    sizes: tuple[tuple[float, float], ...]
    context: float
    last_gain: float
    muon: float = 0.0
    plateau: float = 0.0


RECIPES: Mapping[str, Recipe] = {
    recipe.name: recipe
    for recipe in (
        Recipe("official", False, 256, 0.0, 1e-5, 0.0, 0.0, ((1.0, 1.0),), 2.0, 1.0),
        Recipe("modern", True, 64, 4e-3, 0.02, 5.0, 0.999, ((0.25, 0.5), (0.4, 0.75), (0.35, 1.0)), 1.5, 0.1),
        Recipe("finetune", True, 16, 1.4e-3, 0.02, 5.0, 0.999, ((1.0, 1.0),), 1.5, 0.1),
        Recipe("qat", True, 16, 2e-5, 0.0, 0.0, 0.998, ((1.0, 1.0),), 1.5, 0.1),
    )
}
QAT = RECIPES["qat"]

_MIXED = ((1 / 3, 0.6), (1 / 3, 0.8), (1 / 3, 1.0))  # 192, 256 and 320 pixels: one size alone is all that is learnt
DETECTOR_RECIPE = Recipe("detector", True, 24, 3.5e-3, 0.02, 8.0, 0.998, _MIXED, 1.0, 1.0, muon=0.029, plateau=0.4)


def size_at(recipe: Recipe, progress: float, input_hw: tuple[int, int], trained: bool) -> tuple[int, int]:
    """Height and width of the crops at `progress` in [0, 1]: multiples of 16, at least 32.

    A network that is `trained` already leaves out the first of several sizes, which it has behind it.
    """
    sizes = recipe.sizes[1:] if trained and len(recipe.sizes) > 1 else recipe.sizes
    done = progress * sum(share for share, _ in sizes)
    ends = accumulate(share for share, _ in sizes)
    scale = next((scale for end, (_, scale) in zip(ends, sizes, strict=True) if done < end), sizes[-1][1])
    return _scaled(input_hw, scale, 16)


def mixed_size(recipe: Recipe, input_hw: tuple[int, int], seed: int, batch: int) -> tuple[int, int]:
    """Height and width of the pictures of the batch of this number: one of the recipe's sizes, multiples of 32."""
    shares, scales = zip(*recipe.sizes, strict=True)
    drawn = generator(seed, BEYOND + batch).choice(len(scales), p=np.array(shares) / sum(shares))
    return _scaled(input_hw, scales[drawn], 32)


def rate_at(recipe: Recipe, iteration: int, iterations: int, batch: int, peak: float | None) -> float:
    """Learning rate of `iteration`, counted from 1; `peak` replaces the recipe's own."""
    if not recipe.modern:
        scale = 1.0 if peak is None else peak / official_rate(WARM_UP, WARM_UP, batch)
        return scale * official_rate(iteration, iterations, batch)
    peak = peak or recipe.rate * (batch / _USUAL_BATCH) ** 0.5
    return cycle_rate(iteration, iterations, peak, recipe.plateau)


def optimiser_of(recipe: Recipe, network: nn.Module) -> torch.optim.Optimizer:
    """The recipe's optimiser; its rate is set at every step."""
    if not recipe.modern:
        return torch.optim.Adam(network.parameters(), weight_decay=recipe.decay)
    filters = [parameter for parameter in network.parameters() if parameter.dim() > 1]
    others = [parameter for parameter in network.parameters() if parameter.dim() <= 1]
    rest = {"params": others, "weight_decay": 0.0}
    if not recipe.muon:
        return torch.optim.AdamW([{"params": filters, "weight_decay": recipe.decay}, rest])
    hidden = [parameter for parameter in filters if min(parameter.shape[:2]) >= _HIDDEN_CHANNELS]
    outer = [parameter for parameter in filters if min(parameter.shape[:2]) < _HIDDEN_CHANNELS]
    moved = {"params": hidden, "weight_decay": recipe.decay, "muon": recipe.muon / recipe.rate}
    return Muon([moved, {"params": outer, "weight_decay": recipe.decay, "muon": 0.0}, rest | {"muon": 0.0}])


def official_iterations(batch: int) -> int:
    """How many iterations see as many persons as the published training on COCO, 96,000 at a batch of 256."""
    return round(_PUBLISHED_ITERATIONS * _PUBLISHED_BATCH / batch)


def official_rate(iteration: int, iterations: int, batch: int, warm_up: int = WARM_UP) -> float:
    """Learning rate of the RSN and MSPN code at `iteration`, counted from 1, with `batch` persons on all devices.

    Linear from a tenth to the whole over the warm-up, then linear to 0 at the last iteration; the whole rate grows
    with the batch. A training shorter than the warm-up never decays: give it a shorter one.
    """
    peak = _PUBLISHED_RATE * batch / _PUBLISHED_BATCH
    if iteration <= warm_up:
        return peak * (_WARM_UP_FROM + (1 - _WARM_UP_FROM) * iteration / max(warm_up, 1))
    return peak * max(0.0, 1 - (iteration - warm_up) / max(iterations - warm_up, 1))


def cycle_rate(iteration: int, iterations: int, peak: float, plateau: float = 0.0) -> float:
    """Learning rate of a modern training at `iteration`, counted from 1: up to the peak, then a cosine to 1 % of it.

    Without a plateau it goes up over 4 % of the iterations: one cycle, the fastest of what was tried for small
    networks. With one it goes up over 1 %, and leaves the peak after the share `plateau` of the iterations.
    """
    top = max(1.0, (_PLATEAU_WARM_UP if plateau else _CYCLE_WARM_UP) * iterations)
    if iteration <= top:
        return peak * (_CYCLE_END + (1 - _CYCLE_END) * iteration / top)
    edge = plateau * iterations if plateau else top
    progress = min(1.0, max(0.0, iteration - edge) / max(iterations - edge, 1.0))
    return peak * (_CYCLE_END + (1 - _CYCLE_END) * (1 + cos(pi * progress)) / 2)


class Muon(torch.optim.AdamW):
    """Steps of orthogonalised momentum for the filters between hidden layers, AdamW for everything else.

    After K. Jordan's description (2024): the momentum of a filter, as a matrix of outputs by inputs, is replaced by
    the nearest matrix whose singular values are all about 1, so that rare directions learn as fast as frequent ones.
    Groups say by `muon` how many times their rate Muon takes; 0: AdamW at their rate.
    """

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


def _scaled(input_hw: tuple[int, int], scale: float, step: int) -> tuple[int, int]:
    height, width = (max(32, round(side * scale / step) * step) for side in input_hw)
    return height, width
