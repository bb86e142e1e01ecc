"""The processes that train one network together, as torchrun starts them; one alone where it did not."""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar

import torch
from torch import Tensor, distributed

T = TypeVar("T")

_PATIENCE = timedelta(hours=2)  # the first process decodes all pictures, and validates, while the others wait


@dataclass(frozen=True, slots=True)
class Ranks:
    """The number of this process among `world` processes, and the device that it computes on."""

    rank: int
    world: int
    device: torch.device

    @property
    def first(self) -> bool:
        """Whether this is the process that writes files and speaks."""
        return self.rank == 0

    def total(self, numbers: Tensor) -> Tensor:
        """The sum over all processes, in place."""
        if self.world > 1:
            distributed.all_reduce(numbers)
        return numbers

    def wait(self) -> None:
        """Returns when all processes are here."""
        self.total(torch.zeros(1, device=self.device))

    def in_turn(self, work: Callable[[], T]) -> T:
        """What `work` returns, done by the first process before the others: they find its files."""
        if not self.first:
            self.wait()
        result = work()
        if self.first:
            self.wait()
        return result

    def shared_gradients(self, gradients: Sequence[Tensor], extra: Tensor) -> Tensor:
        """Sums gradients over all processes, in place, and returns the sum of `extra` (m,): one message."""
        if self.world == 1:
            return extra
        flat = self.total(torch.cat([*(gradient.flatten() for gradient in gradients), extra]))
        sizes = [gradient.numel() for gradient in gradients]
        parts = torch.split(flat, [*sizes, len(extra)])
        for gradient, part in zip(gradients, parts[:-1], strict=True):
            gradient.copy_(part.view_as(gradient))
        return parts[-1]


def join_ranks() -> Ranks:
    """Meets the other processes that torchrun started, over NCCL where every process has a GPU, else over gloo."""
    world, local = int(os.environ.get("WORLD_SIZE", "1")), int(os.environ.get("LOCAL_RANK", "0"))
    gpus = torch.cuda.device_count()
    device = torch.device("cuda", local) if local < gpus else torch.device("cpu")
    if world > 1 and not distributed.is_initialized():
        nccl = int(os.environ.get("LOCAL_WORLD_SIZE", world)) <= gpus
        distributed.init_process_group("nccl" if nccl else "gloo", timeout=_PATIENCE)
    return Ranks(int(os.environ.get("RANK", "0")), world, device)
