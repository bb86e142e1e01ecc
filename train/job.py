"""What a user asked to be trained, and what came of it: the options, and network, samples and judge put together."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from rsn_edge.artefact.checkpoint import Checkpoint
from rsn_edge.skeleton import Skeleton
from rsn_edge.spec import Spec

from .data.keypoint_set import KeypointSet, open_set
from .recipe import Recipe

_UNSEEN = 10_000  # added to the seed for synthetic pictures to validate on


@dataclass(frozen=True, slots=True)
class TrainOptions:
    """The command line of `train`, one field an option."""

    data: tuple[str, ...]
    out: Path
    val: tuple[str, ...] = ()
    model: str | None = None
    input_hw: tuple[int, int] | None = None
    skeleton: str | None = None
    recipe: str = "modern"
    epochs: float | None = None
    minutes: float | None = None
    batch: int | None = None
    lr: float | None = None
    amp: bool | None = None
    resume: bool = False
    cache: Path | None = None
    seed: int = 0
    init: Path | None = None
    threads: int | None = None
    save_minutes: float = 10.0
    val_minutes: float = 15.0

    @property
    def cache_folder(self) -> Path:
        """For crops, pictures and what is drawn."""
        return self.cache or self.out / "cache"

    def training_set(self, text: str, skeleton: Skeleton | None) -> KeypointSet:
        """One set of `data`, as in `open_set`; InputError where there is none."""
        return open_set(text, "train2017", skeleton, self.cache_folder)

    def validation_sets(self, skeleton: Skeleton | None) -> list[KeypointSet]:
        """Those of `val`."""
        return [open_set(text, "val2017", skeleton, self.cache_folder, _UNSEEN) for text in self.val]


@dataclass(frozen=True, slots=True, eq=False)
class Judgement:
    """How good a network is: scores in [0, 1] by name, the higher the better, and a picture of where it fails worst.

    Args:
        scores: those that could be told; without the others.
        sheet: (h, w, 3) BGR; None where there is nothing to show.
    """

    scores: Mapping[str, float]
    sheet: NDArray[np.uint8] | None = None

    @property
    def quality(self) -> float:
        """What the best network is chosen by, the mean of its average precisions; -1 where there is none."""
        chosen = [score for name, score in self.scores.items() if name.startswith("AP")]
        return float(np.mean(chosen)) if chosen else -1.0


class Shown(Protocol):
    """What a network is shown in one step."""

    @property
    def input_hw(self) -> tuple[int, int]:
        """Height and width of its pictures."""
        ...


B = TypeVar("B", bound=Shown)


class Task(Protocol[B]):
    """A network, what it is shown, and what it is told about that. Samples are counted by their place in a stream."""

    @property
    def spec(self) -> Spec:
        """The network that is trained."""
        ...

    @property
    def recipe(self) -> Recipe:
        """How it is trained."""
        ...

    def network(self, start: Checkpoint | None) -> nn.Module:
        """The network at the first step: with these weights, or fresh ones from torch's global generator."""
        ...

    def batch(self, positions: NDArray[np.int64], progress: float) -> B:
        """The samples at these places (b,), as they are shown at `progress` in [0, 1]; always the same ones."""
        ...

    def loss(self, network: nn.Module, batch: B, device: torch.device, amp: bool) -> tuple[Tensor, float]:
        """Mean loss of a batch, and what it weighs beside the other parts of a step that several processes share."""
        ...

    def finished(self, weights: Mapping[str, Tensor]) -> Checkpoint:
        """A network with these weights, ready to be handed over."""
        ...

    def sheet(self) -> NDArray[np.uint8]:
        """A picture (h, w, 3) BGR of what the network will be shown."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class Job:
    """What is trained, on whom, and how it is judged.

    Args:
        samples: how many make an epoch.
        data: says which they are: a run must not change them when it goes on.
        score_names: of what `validate` returns.
    """

    task: Task[Any]
    samples: int
    data: str
    score_names: tuple[str, ...]
    validate: Callable[[Checkpoint], Judgement]
