"""A network in training: everything that the next step depends on, and the step."""

import time
from dataclasses import dataclass
from typing import Generic

import numpy as np
import torch
from numpy.typing import NDArray

from rsn_edge.artefact.checkpoint import Checkpoint
from rsn_edge.spec import Spec

from .ranks import Ranks
from .recipe import optimiser_of, rate_at
from .state import State, averaged
from .task import B, Task


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


class Training(Generic[B]):
    """Network, moving average and optimiser after `iteration` steps.

    Args:
        start: weights to begin with; None: fresh ones, drawn from the plan's seed.
    """

    def __init__(self, task: Task[B], plan: Plan, ranks: Ranks, start: Checkpoint | None) -> None:
        torch.manual_seed(plan.seed)
        network = task.network(start)
        self.iteration = 0
        self._task, self._plan, self._ranks = task, plan, ranks
        network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self._network = network.to(ranks.device).train()
        self._optimiser = optimiser_of(task.recipe, self._network)
        self._parameters = list(self._network.parameters())
        self._average = {name: tensor.clone() for name, tensor in self._network.state_dict().items()}

    @property
    def spec(self) -> Spec:
        """The network."""
        return self._task.spec

    @property
    def batch(self) -> int:
        """Samples in a step, over all processes."""
        return self._plan.batch

    @property
    def first_of_ranks(self) -> bool:
        """Whether this process is the one that writes files."""
        return self._ranks.first

    def finished(self) -> Checkpoint:
        """The moving average as a network to hand over."""
        return self._task.finished({name: tensor.cpu() for name, tensor in self._average.items()})

    def sheet(self) -> NDArray[np.uint8]:
        """A picture of what the network is shown."""
        return self._task.sheet()

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

    def step(self, progress: float, iterations: int, signal: Signal) -> tuple[Step, Signal]:
        """One step, `progress` in [0, 1) of all `iterations`; also what the processes told each other."""
        began = time.perf_counter()
        batch = self._next_batch(progress)
        loaded = time.perf_counter()
        self.iteration += 1
        rate = rate_at(self._task.recipe, self.iteration, iterations, self._plan.batch, self._plan.peak)
        loss, heard = self._descend(batch, rate, signal)
        done = time.perf_counter()
        return Step(self.iteration, loss, rate, batch.input_hw, loaded - began, done - loaded), heard

    def _next_batch(self, progress: float) -> B:
        """The part of the next batch that falls to this process."""
        first = self.iteration * self._plan.batch
        positions = np.arange(first + self._ranks.rank, first + self._plan.batch, self._ranks.world)
        return self._task.batch(positions, progress)

    def _descend(self, batch: B, rate: float, signal: Signal) -> tuple[float, Signal]:
        recipe = self._task.recipe
        loss, mass = self._task.loss(self._network, batch, self._ranks.device, self._plan.amp)
        self._optimiser.zero_grad()
        (loss * mass).backward()  # type: ignore[no-untyped-call]
        clock = signal.clock_s if self._ranks.first else 0.0
        gradients = [parameter.grad for parameter in self._parameters if parameter.grad is not None]
        extra = torch.tensor([float(loss.detach()) * mass, mass, clock, float(signal.stop)], device=self._ranks.device)
        total, weighed, clock, stops = self._ranks.shared_gradients(gradients, extra).tolist()
        for gradient in gradients:
            gradient /= max(weighed, 1e-6)
        if recipe.clip:
            torch.nn.utils.clip_grad_norm_(self._parameters, recipe.clip)
        for group in self._optimiser.param_groups:
            group["lr"] = rate
        self._optimiser.step()
        # Early on a long memory would still hold the start.
        decay = min(recipe.average, (1 + self.iteration) / (10 + self.iteration))
        averaged(self._average, self._network, decay)
        return total / max(weighed, 1e-6), Signal(clock, stops > 0)
