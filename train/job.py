"""What a user asked to be trained, and what came of it: the options, and network, samples and judge put together."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .loop import Validate
from .task import Task


@dataclass(frozen=True, slots=True)
class TrainOptions:
    """The command line of `train`, one field an option."""

    data: tuple[str, ...]
    val: tuple[str, ...]
    model: str | None
    input_hw: tuple[int, int] | None
    skeleton: str | None
    recipe: str
    epochs: float | None
    minutes: float | None
    batch: int | None
    lr: float | None
    amp: bool | None
    resume: bool
    out: Path
    cache: Path | None
    seed: int
    init: Path | None
    threads: int | None
    save_minutes: float
    val_minutes: float


@dataclass(frozen=True, slots=True, eq=False)
class Job:
    """What is trained, on whom, and how it is judged.

    Args:
        samples: how many make an epoch.
        identity: of network and data: what a run must not change when it goes on.
        score_names: what `validate` returns.
    """

    task: Task[Any]
    samples: int
    identity: Mapping[str, str]
    score_names: tuple[str, ...]
    validate: Validate
