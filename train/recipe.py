"""The recipes of a training as rows of a table: losses, optimiser, rate, sizes, averages."""

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import nn

from .schedule import WARM_UP, official_rate, one_cycle_rate

_USUAL_BATCH = 32  # for which the modern recipe's rate was found


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a network is trained.

    Args:
        name: what users call it.
        modern: cross-entropy, AdamW, one cycle and the modern augmentation; else what the RSN and MSPN code does.
        batch: persons in a step, on all devices.
        rate: peak learning rate of a modern training at 32 persons, growing with the root of their number; 0: the
            published rate.
        decay: AdamW's of convolution weights; or Adam's, as part of the gradient, of everything.
        clip: largest norm of the gradient, 0 for any.
        average: decay of the moving average of the weights, which is what gets evaluated; 0 for none.
        sizes: (share of the training, share of the input's height and width), in their order.
        context: how much more than the network's crop is kept of each person.
        last_gain: scale of the heads' last batch norms at the start.
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


RECIPES: Mapping[str, Recipe] = {
    recipe.name: recipe
    for recipe in (
        Recipe("official", False, 256, 0.0, 1e-5, 0.0, 0.0, ((1.0, 1.0),), 2.0, 1.0),
        Recipe("modern", True, 64, 4e-3, 0.02, 5.0, 0.999, ((0.25, 0.5), (0.4, 0.75), (0.35, 1.0)), 1.5, 0.1),
    )
}


def size_at(recipe: Recipe, progress: float, input_hw: tuple[int, int], trained: bool) -> tuple[int, int]:
    """Height and width of the crops at `progress` in [0, 1]: multiples of 16, at least 32.

    A network that is `trained` already leaves out the first of several sizes, which it has behind it.
    """
    sizes = recipe.sizes[1:] if trained and len(recipe.sizes) > 1 else recipe.sizes
    left = progress * sum(share for share, _ in sizes)
    scale = sizes[-1][1]
    for share, size in sizes:
        if left < share:
            scale = size
            break
        left -= share
    height, width = (max(32, round(side * scale / 16) * 16) for side in input_hw)
    return height, width


def rate_at(recipe: Recipe, iteration: int, iterations: int, batch: int, peak: float | None) -> float:
    """Learning rate of `iteration`, counted from 1; `peak` replaces the recipe's own."""
    if not recipe.modern:
        scale = 1.0 if peak is None else peak / official_rate(WARM_UP, WARM_UP, batch)
        return scale * official_rate(iteration, iterations, batch)
    return one_cycle_rate(iteration, iterations, peak or recipe.rate * (batch / _USUAL_BATCH) ** 0.5)


def optimiser_of(recipe: Recipe, network: nn.Module) -> torch.optim.Optimizer:
    """The recipe's optimiser; its rate is set at every step."""
    if not recipe.modern:
        return torch.optim.Adam(network.parameters(), weight_decay=recipe.decay)
    filters = [parameter for parameter in network.parameters() if parameter.dim() > 1]
    others = [parameter for parameter in network.parameters() if parameter.dim() <= 1]
    groups = [{"params": filters, "weight_decay": recipe.decay}, {"params": others, "weight_decay": 0.0}]
    return torch.optim.AdamW(groups)
