"""A network in training: everything that the next step depends on, and the step."""

import hashlib
import time
from dataclasses import dataclass
from typing import Generic

import numpy as np
import torch

from rsn_edge.artefact.checkpoint import Checkpoint
from rsn_edge.spec import spec_to_json

from .job import B, Task
from .ranks import Ranks
from .recipe import optimiser_of, rate_at
from .state import State, move_average


@dataclass(frozen=True, slots=True)
class Plan:
    """What a user may choose of how it is trained.

    Args:
        batch: samples in a step, over all processes.
        peak: learning rate, None for the recipe's.
        amp: whether the forward pass computes in bfloat16.
    """

    batch: int
    peak: float | None
    seed: int
    amp: bool


@dataclass(frozen=True, slots=True)
class Step:
    """What one step was: its loss and rate, the size of its crops, and the seconds of its two halves.

    With every step the processes tell each other the first one's clock, and whether anyone must stop.
    """

    iteration: int
    loss: float
    rate: float
    input_hw: tuple[int, int]
    loading_s: float
    computing_s: float
    clock_s: float
    stop: bool


class Training(Generic[B]):
    """Network, moving average and optimiser after `iteration` steps.

    Args:
        start: weights to begin with; None: fresh ones, drawn from the plan's seed.
    """

    def __init__(self, task: Task[B], plan: Plan, ranks: Ranks, start: Checkpoint | None) -> None:
        torch.manual_seed(plan.seed)
        network = task.network(start)
        self.iteration = 0
        self.task, self.plan, self.ranks = task, plan, ranks
        network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self._network = network.to(ranks.device).train()
        self._optimiser = optimiser_of(task.recipe, self._network)
        self._parameters = list(self._network.parameters())
        self._average = {name: tensor.clone() for name, tensor in self._network.state_dict().items()}

    @property
    def identity(self) -> dict[str, str]:
        """Network, recipe and plan: what a run must not change when it goes on."""
        network, plan = hashlib.sha256(spec_to_json(self.task.spec).encode()).hexdigest()[:12], self.plan
        asked = {"batch": plan.batch, "lr": plan.peak, "seed": plan.seed, "amp": plan.amp}
        return {"recipe": self.task.recipe.name, "network": network} | {name: str(one) for name, one in asked.items()}

    def finished(self) -> Checkpoint:
        """The moving average as a network to hand over."""
        return self.task.finished({name: tensor.cpu() for name, tensor in self._average.items()})

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

    def step(self, progress: float, iterations: int, clock_s: float = 0.0, stop: bool = False) -> Step:
        """One step, `progress` in [0, 1) of all `iterations`; clock and wish to stop are this process's own."""
        began = time.perf_counter()
        batch = self._next_batch(progress)
        loaded = time.perf_counter()
        self.iteration += 1
        rate = rate_at(self.task.recipe, self.iteration, iterations, self.plan.batch, self.plan.peak)
        loss, clock_s, stops = self._descend(batch, rate, clock_s, stop)
        computing_s = time.perf_counter() - loaded
        return Step(self.iteration, loss, rate, batch.input_hw, loaded - began, computing_s, clock_s, stops > 0)

    def _next_batch(self, progress: float) -> B:
        """The part of the next batch that falls to this process."""
        first = self.iteration * self.plan.batch
        positions = np.arange(first + self.ranks.rank, first + self.plan.batch, self.ranks.world)
        return self.task.batch(positions, progress)

    def _descend(self, batch: B, rate: float, clock_s: float, stop: bool) -> tuple[float, float, float]:
        """Mean loss, clock and number of wishes to stop of all processes."""
        recipe = self.task.recipe
        device = self.ranks.device
        loss, mass = self.task.loss(self._network, batch, device, self.plan.amp)
        self._optimiser.zero_grad()
        (loss * mass).backward()  # type: ignore[no-untyped-call]
        clock = clock_s if self.ranks.first else 0.0
        gradients = [parameter.grad for parameter in self._parameters if parameter.grad is not None]
        extra = torch.tensor([float(loss.detach()) * mass, mass, clock, float(stop)], device=device)
        total, weighed, clock, stops = self.ranks.shared_gradients(gradients, extra).tolist()
        for gradient in gradients:
            gradient /= max(weighed, 1e-6)
        if recipe.clip:
            torch.nn.utils.clip_grad_norm_(self._parameters, recipe.clip)
        for group in self._optimiser.param_groups:
            group["lr"] = rate
        self._optimiser.step()
        # Early on a long memory would still hold the start.
        decay = min(recipe.average, (1 + self.iteration) / (10 + self.iteration))
        move_average(self._average, self._network, decay)
        return total / max(weighed, 1e-6), clock, stops
