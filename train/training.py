"""A network in training: everything that the next step depends on, and the step."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from rsn_edge.artefact.checkpoint import Checkpoint
from rsn_edge.network.build import build_network, load_state
from rsn_edge.spec import ModelSpec

from .data.batch import Batch, Sampler
from .finish import finished, last_norm, normalised
from .ranks import Ranks
from .recipe import Recipe, batch_loss, optimiser_of, rate_at, size_at
from .state import State, averaged

_APART = 2**62  # a place in the stream
_MAPS_OF_UNIT = 255.0 * 0.65  # height of the peaks of a finished network: 255 times the usual closeness


@dataclass(frozen=True, slots=True)
class Plan:
    """What is trained and how.

    Args:
        batch: persons in a step, over all processes.
        peak: learning rate, None for the recipe's.
        amp: whether the forward pass computes in bfloat16.
        trained: whether it starts from trained weights.
    """

    spec: ModelSpec
    recipe: Recipe
    batch: int
    peak: float | None
    seed: int
    amp: bool
    trained: bool


class Cutter(Protocol):
    """Makes batches of samples; an Augmenter is one."""

    def batch(self, rows: NDArray[np.intp], positions: NDArray[np.int64], input_hw: tuple[int, int]) -> Batch:
        """The samples `rows` (b,) at `positions` (b,) of the stream, always the same for the same three."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class Data:
    """Who is drawn when, and how each is cut out."""

    sampler: Sampler
    augmenter: Cutter


@dataclass(frozen=True, slots=True)
class Step:
    """What one step was: its loss and rate, the size of its crops, and the seconds of its two halves."""

    iteration: int
    loss: float
    rate: float
    input_hw: tuple[int, int]
    loading_s: float
    computing_s: float


@dataclass(frozen=True, slots=True)
class Signal:
    """What the processes tell each other with every step: the first one's clock, and whether anyone must stop."""

    clock_s: float = 0.0
    stop: bool = False


class Training:
    """Network, moving average and optimiser after `iteration` steps.

    Args:
        start: weights to begin with; None: fresh ones, drawn from the plan's seed.
    """

    def __init__(self, plan: Plan, data: Data, ranks: Ranks, start: Checkpoint | None) -> None:
        torch.manual_seed(plan.seed)
        network = build_network(plan.spec)
        if start is not None:
            load_state(network, start.state)
        _scale_heads(network.state_dict(), plan, fresh=start is None)
        self.iteration = 0
        self._plan, self._data, self._ranks = plan, data, ranks
        network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self._network = network.to(ranks.device).train()
        self._optimiser = optimiser_of(plan.recipe, self._network)
        self._parameters = list(self._network.parameters())
        self._average = {name: tensor.clone() for name, tensor in self._network.state_dict().items()}

    @property
    def spec(self) -> ModelSpec:
        """The network."""
        return self._plan.spec

    @property
    def batch(self) -> int:
        """Persons in a step, over all processes."""
        return self._plan.batch

    @property
    def first_of_ranks(self) -> bool:
        """Whether this process is the one that writes files."""
        return self._ranks.first

    def finished(self, calibration: Sequence[Batch]) -> Checkpoint:
        """The moving average as a network to hand over, its scores fitted on batches that were set `apart`."""
        weights = {name: tensor.cpu() for name, tensor in self._average.items()}
        return finished(self.spec, weights, calibration, scale_maps=self._plan.recipe.modern)

    def apart(self, persons: int, batches: int) -> Iterator[Batch]:
        """Augmented batches from a part of the stream that no training reaches, at the network's full size."""
        for number in range(batches):
            positions = _APART + np.arange(number * persons, (number + 1) * persons)
            yield self._data.augmenter.batch(self._data.sampler.rows(positions), positions, self.spec.input_hw)

    def state(self) -> State:
        """All of it, as tensors and plain numbers."""
        return {
            "model": self._network.state_dict(),
            "average": self._average,
            "optimiser": self._optimiser.state_dict(),
            "iteration": self.iteration,
            "random": torch.get_rng_state(),
        }

    def restore(self, state: State) -> None:
        """Goes back to a `state`."""
        self._network.load_state_dict(state["model"])
        self._optimiser.load_state_dict(state["optimiser"])
        for name, tensor in state["average"].items():
            self._average[name].copy_(tensor)
        self.iteration = int(state["iteration"])
        torch.set_rng_state(state["random"])

    def _next_batch(self, input_hw: tuple[int, int]) -> Batch:
        """The part of the next batch that falls to this process."""
        first = self.iteration * self._plan.batch
        positions = np.arange(first + self._ranks.rank, first + self._plan.batch, self._ranks.world)
        return self._data.augmenter.batch(self._data.sampler.rows(positions), positions, input_hw)

    def step(self, progress: float, iterations: int, signal: Signal) -> tuple[Step, Signal]:
        """One step, `progress` in [0, 1) of all `iterations`; also what the processes told each other."""
        began = time.perf_counter()
        plan = self._plan
        input_hw = size_at(plan.recipe, progress, plan.spec.input_hw, plan.trained)
        batch = self._next_batch(input_hw)
        loaded = time.perf_counter()
        self.iteration += 1
        rate = rate_at(plan.recipe, self.iteration, iterations, plan.batch, plan.peak)
        loss, heard = self._descend(batch, rate, signal)
        done = time.perf_counter()
        return Step(self.iteration, loss, rate, input_hw, loaded - began, done - loaded), heard

    def _descend(self, batch: Batch, rate: float, signal: Signal) -> tuple[float, Signal]:
        loss, mass = self._loss(batch)
        self._optimiser.zero_grad()
        (loss * mass).backward()  # type: ignore[no-untyped-call]
        clock = signal.clock_s if self._ranks.first else 0.0
        gradients = [parameter.grad for parameter in self._parameters if parameter.grad is not None]
        extra = torch.tensor([float(loss.detach()) * mass, mass, clock, float(signal.stop)], device=self._ranks.device)
        total, weighed, clock, stops = self._ranks.shared_gradients(gradients, extra).tolist()
        for gradient in gradients:
            gradient /= max(weighed, 1e-6)
        if self._plan.recipe.clip:
            torch.nn.utils.clip_grad_norm_(self._parameters, self._plan.recipe.clip)
        for group in self._optimiser.param_groups:
            group["lr"] = rate
        self._optimiser.step()
        # Early on a long memory would still hold the start.
        decay = min(self._plan.recipe.average, (1 + self.iteration) / (10 + self.iteration))
        averaged(self._average, self._network, decay)
        return total / max(weighed, 1e-6), Signal(clock, stops > 0)

    def _loss(self, batch: Batch) -> tuple[Tensor, float]:
        device = self._ranks.device
        pixels = normalised(batch.pixels_nhwc, self._plan.spec, device)
        with torch.autocast(device.type, torch.bfloat16, enabled=self._plan.amp):
            maps = self._network(pixels)
        return batch_loss(self._plan.recipe, maps, batch)


def _scale_heads(weights: dict[str, Any], plan: Plan, fresh: bool) -> None:
    """Heads as the recipe wants them at the start, in place.

    Fresh ones start almost flat: else the first hundred steps only undo noise. To cross-entropy a finished network's
    peak of about 166 is a logit of 10, as it was before finishing but for a factor a joint, which is soon learnt.
    """
    last = last_norm(plan.spec)
    for name, tensor in weights.items():
        if fresh and name.endswith("res_conv2.bn.weight"):
            tensor.fill_(plan.recipe.last_gain)
        if not fresh and plan.recipe.modern and name in (f"{last}.weight", f"{last}.bias"):
            tensor /= _MAPS_OF_UNIT
