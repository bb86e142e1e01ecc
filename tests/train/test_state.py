"""Training states: the identical next step, and the last good one in every accident."""

import io
import json
from pathlib import Path
from typing import Any

import pytest
import torch

from rsn_edge.errors import ArtefactError, OutputError
from tests.full_disk import largest_file
from tests.train.small import drawn_crops, tiny_training
from train.data.batch import Batch
from train.state import check_folder, newest_state, write_state
from train.training import Training

PLAN = {"recipe": "modern", "seed": "0"}
STEPS = 6


def _state(iteration: int, **more: Any) -> dict[str, Any]:
    return {"plan": json.dumps(PLAN), "iteration": iteration, **more}


def _train(training: Training[Batch], until: int) -> Training[Batch]:
    while training.iteration < until:
        training.step(training.iteration / STEPS, STEPS)
    return training


@pytest.mark.parametrize("recipe", ["modern", "official"])
@pytest.mark.parametrize("left_at", [1, 4])
def test_a_resumed_training_ends_with_the_same_weights(tmp_path: Path, recipe: str, left_at: int) -> None:
    torch.set_num_threads(1)
    crops = drawn_crops(tmp_path)
    undisturbed = _train(tiny_training(crops, recipe), STEPS)
    write_state(tmp_path, left_at, _state(left_at) | _train(tiny_training(crops, recipe), left_at).state())

    resumed = tiny_training(crops, recipe)
    resumed.restore(newest_state(tmp_path, PLAN) or {})
    _train(resumed, STEPS)

    assert resumed.finished().weights_sha256 == undisturbed.finished().weights_sha256


def test_the_last_two_states_are_kept(tmp_path: Path) -> None:
    for iteration in (5, 50, 500):
        write_state(tmp_path, iteration, _state(iteration))

    assert [path.name for path in sorted(tmp_path.iterdir())] == ["state-00000050.pt", "state-00000500.pt"]


def test_the_newest_state_is_read(tmp_path: Path) -> None:
    for iteration in (1, 2):
        write_state(tmp_path, iteration, _state(iteration))

    assert (newest_state(tmp_path, PLAN) or {})["iteration"] == 2


def test_no_state_is_none(tmp_path: Path) -> None:
    assert newest_state(tmp_path, PLAN) is None
    check_folder(tmp_path, resume=False)


def test_a_damaged_state_gives_way_to_the_one_before(tmp_path: Path) -> None:
    write_state(tmp_path, 1, _state(1))
    newest = write_state(tmp_path, 2, _state(2))
    newest.write_bytes(newest.read_bytes()[:100])

    assert (newest_state(tmp_path, PLAN) or {})["iteration"] == 1


def test_a_state_runs_no_code(tmp_path: Path) -> None:
    content = io.BytesIO()
    torch.save({"plan": json.dumps(PLAN), "path": tmp_path}, content)
    (tmp_path / "state-00000001.pt").write_bytes(content.getvalue())

    with pytest.raises(ArtefactError, match="none of the 1 training states"):
        newest_state(tmp_path, PLAN)


def test_a_full_disk_keeps_the_last_good_state(tmp_path: Path) -> None:
    write_state(tmp_path, 1, _state(1))

    with largest_file(100_000), pytest.raises(OutputError, match=r"state-00000002\.pt could not be written"):
        write_state(tmp_path, 2, _state(2, model=torch.zeros(100_000)))

    assert (newest_state(tmp_path, PLAN) or {})["iteration"] == 1
    assert len(list(tmp_path.iterdir())) == 1


def test_another_run_is_not_gone_on_with(tmp_path: Path) -> None:
    write_state(tmp_path, 1, _state(1))

    with pytest.raises(ArtefactError, match="begun otherwise: seed 0 instead of 1"):
        newest_state(tmp_path, {**PLAN, "seed": "1"})
