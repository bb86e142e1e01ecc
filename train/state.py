"""Training states on disk: whatever the next step depends on, as a torch zip that `weights_only=True` loads.

A folder keeps the last two. Each is whole or not there, so that a run may be killed at any moment.
"""

import io
import json
from collections.abc import Mapping
from pathlib import Path
from pickle import UnpicklingError  # what torch raises; nothing is unpickled
from typing import Any

import torch
from torch import Tensor, nn

from rsn_edge.artefact.writing import write_bytes
from rsn_edge.errors import ArtefactError, OutputError

State = dict[str, Any]
_KEPT = 2


def write_state(folder: Path, iteration: int, state: Mapping[str, Any]) -> Path:
    """Writes state-ITERATION.pt, then removes all but the last two; OutputError where the disk refuses."""
    # Through memory: torch's own writer reports a full disk as an internal error.
    content = io.BytesIO()
    torch.save(dict(state), content)
    path = folder / f"state-{iteration:08d}.pt"
    write_bytes(path, content.getvalue())
    for old in _states(folder)[:-_KEPT]:
        old.unlink()
    return path


def newest_state(folder: Path, plan: Mapping[str, str]) -> State | None:
    """The last whole state in `folder`, None where there is none.

    `plan` is what the run is asked for; a state carries that of its own run. ArtefactError where they differ, or
    where no state can be read.
    """
    paths = _states(folder)
    for path in reversed(paths):
        try:
            state: State = torch.load(path, weights_only=True, map_location="cpu")
        except (OSError, RuntimeError, EOFError, ValueError, UnpicklingError):
            continue
        _check_plan(json.loads(state["plan"]), plan, folder)
        return state
    if paths:
        raise ArtefactError(f"none of the {len(paths)} training states in {folder} can be read", "Delete them.")
    return None


def check_folder(folder: Path, resume: bool) -> None:
    """OutputError where a folder holds a run that is not to be gone on with."""
    if not resume and _states(folder):
        raise OutputError(f"{folder} holds a training already", "Go on with it (--resume) or choose another --out.")


def move_average(average: Mapping[str, Tensor], network: nn.Module, decay: float) -> None:
    """The moving average one step on: every number moves by 1 - decay towards the network's; counters are copied."""
    state = network.state_dict()
    for name, mean in average.items():
        if mean.is_floating_point():
            mean.lerp_(state[name], 1 - decay)
        else:
            mean.copy_(state[name])


def _states(folder: Path) -> list[Path]:
    return sorted(folder.glob("state-*.pt"))


def _check_plan(begun: Mapping[str, str], asked: Mapping[str, str], folder: Path) -> None:
    other = [key for key in asked if begun.get(key) != asked[key]]
    if other:
        was = ", ".join(f"{key} {begun.get(key)} instead of {asked[key]}" for key in other)
        raise ArtefactError(
            f"the run in {folder} was begun otherwise: {was}", "Repeat its options, or choose another --out."
        )
