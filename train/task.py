"""What is learnt: the seam between a training, which knows steps, and poses or persons, which know pictures."""

from collections.abc import Mapping
from typing import Protocol, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from rsn_edge.artefact.checkpoint import Checkpoint
from rsn_edge.spec import Spec

from .recipe import Recipe


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
