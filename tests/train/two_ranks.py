"""Prints the losses of a training's first steps; a program that torchrun starts (see test_ranks).

Batch norms keep their statistics: those of half a batch differ from those of the whole by design.
"""

import json
import sys
from pathlib import Path

import torch
from torch import distributed, nn

from tests.train.small import drawn_crops, tiny_training
from train.ranks import join_ranks


def _stay_frozen(norm: nn.Module, _mode: bool = True) -> nn.Module:
    norm.training = False
    return norm


def main(folder: Path, recipe: str, batch: int, steps: int) -> None:
    """Losses as one line of JSON, from the first process."""
    torch.set_num_threads(1)
    nn.BatchNorm2d.train = _stay_frozen  # type: ignore[assignment, method-assign]
    ranks = join_ranks()
    training = tiny_training(drawn_crops(folder), recipe, ranks, batch)
    losses = [training.step(step / steps, steps).loss for step in range(steps)]
    if ranks.first:
        print(json.dumps(losses))  # noqa: T201 - this is what it is for
    if ranks.world > 1:
        distributed.destroy_process_group()


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
