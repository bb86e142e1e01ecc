"""Learning to be rounded: another task's pictures, and the float network's answers to them."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from rsn_edge.artefact.checkpoint import Checkpoint
from rsn_edge.calibration import LIMITS_KEY, limits_to_note
from rsn_edge.spec import Spec

from ..finish import normalised
from ..job import Job, Task
from ..recipe import QAT, Recipe
from .student import learnt, plain_network, rounded_network

_WATCHED = np.arange(2**62, 2**62 + 64)  # places of the stream that no training reaches, for the ranges at the start
_EPSILON = nn.BatchNorm2d(1).eps


@dataclass(frozen=True, slots=True, eq=False)
class QatTask:
    """What `shown` is a task of, with a finished network as teacher and start.

    Args:
        teacher: `plain_network` of `start`.
    """

    shown: Task[Any]
    start: Checkpoint
    teacher: nn.Module

    @property
    def spec(self) -> Spec:
        """As in Task; confidence and all."""
        return self.start.spec

    @property
    def recipe(self) -> Recipe:
        """As in Task."""
        return QAT

    def network(self, _start: Checkpoint | None) -> nn.Module:
        """As in Task, from the finished network whatever is asked for."""
        batch = self.shown.batch(_WATCHED, 1.0)
        return rounded_network(self.start, normalised(batch.pixels_nhwc, self.spec, torch.device("cpu")))

    def batch(self, positions: NDArray[np.int64], progress: float) -> Any:
        """As in Task."""
        return self.shown.batch(positions, progress)

    def loss(self, network: nn.Module, batch: Any, device: torch.device, _amp: bool) -> tuple[Tensor, float]:
        """As in Task, in float32: coarser numbers would be another rounding."""
        pixels = normalised(batch.pixels_nhwc, self.spec, device)
        with torch.no_grad():
            wanted = self.teacher.to(device)(pixels)
        return distance(network(pixels), wanted), float(len(pixels))

    def finished(self, weights: Mapping[str, Tensor]) -> Checkpoint:
        """As in Task: a checkpoint like any other, that says which ranges it learnt."""
        arrays, limits = learnt(dict(weights))
        state = {**self.start.state, **unfolded(self.start.state, arrays)}
        return Checkpoint(self.spec, state, {**self.start.notes, LIMITS_KEY: limits_to_note(limits)})

    def sheet(self) -> NDArray[np.uint8]:
        """As in Task."""
        return self.shown.sheet()


def qat_job(job: Job, start: Checkpoint) -> Job:
    """The job's samples and judge, to teach the network `start` to be rounded."""
    data = f"{job.data}, answers of {start.weights_sha256[:12]}"
    return replace(job, task=QatTask(job.task, start, plain_network(start)), data=data)


def distance(given: Any, wanted: Any) -> Tensor:
    """How far outputs are from the float network's: mean square, in variances of what is wanted.

    Of a detector, distances to the sides of boxes count as their logarithm, and as much as the cell's score.
    """
    if isinstance(wanted, Tensor):
        error: Tensor = (given - wanted).square().mean() / wanted.var()
        return error
    (scores, ltrb), (true_scores, true_ltrb) = given, wanted
    sides: Tensor = ((ltrb / true_ltrb).log().square() * true_scores).mean() / true_scores.mean()
    return distance(scores, true_scores) + sides


def unfolded(start: Mapping[str, NDArray[Any]], arrays: Mapping[str, Tensor]) -> dict[str, NDArray[Any]]:
    """Folded convolutions as a checkpoint has them, with batch norms that change nothing but add the bias.

    Their statistics are those of `start`, so that a training may go on from here.
    """
    state = {name: tensor.numpy() for name, tensor in arrays.items()}
    for conv in [name.removesuffix(".weight") for name in arrays if name.endswith(".weight")]:
        norm = conv.removesuffix("conv") + "bn"
        if f"{norm}.weight" not in start:
            continue
        gamma, mean, var = (
            start[f"{norm}.{part}"].astype(np.float64) for part in ("weight", "running_mean", "running_var")
        )
        gain = gamma / np.sqrt(var + _EPSILON)
        bias, var = state.pop(f"{conv}.bias"), (var * gain**2).astype(np.float32)
        state[f"{norm}.running_mean"], state[f"{norm}.running_var"] = (mean * gain).astype(np.float32), var
        state[f"{norm}.weight"] = np.sqrt(var.astype(np.float64) + _EPSILON).astype(np.float32)
        state[f"{norm}.bias"] = (bias + mean * gain).astype(np.float32)
    return state
