"""The recipes of a training as rows of a table: losses, optimiser, rate, sizes, averages."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import accumulate

import numpy as np
import torch
from torch import nn

from .chance import BEYOND, generator
from .muon import Muon
from .schedule import WARM_UP, cycle_rate, official_rate

_USUAL_BATCH = 32  # for which the rates are given
_HIDDEN_CHANNELS = 8  # fewer are a picture's, or those of an output


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


def _scaled(input_hw: tuple[int, int], scale: float, step: int) -> tuple[int, int]:
    height, width = (max(32, round(side * scale / step) * step) for side in input_hw)
    return height, width
