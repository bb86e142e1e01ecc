"""Two processes train as one with the same batch."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.program import ROOT
from tests.train.small import drawn_crops

STEPS = 20


def _losses(folder: Path, recipe: str, batch: int, processes: int) -> list[float]:
    launcher = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node", str(processes)]
    arguments = ["-m", "tests.train.two_ranks", str(folder), recipe, str(batch), str(STEPS)]
    command = [sys.executable, *(launcher if processes > 1 else []), *arguments]
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, env=environment, timeout=300, check=True)
    losses: list[float] = json.loads(done.stdout.splitlines()[-1])
    return losses


@pytest.mark.parametrize(("recipe", "batch"), [("official", 8), ("modern", 7)], ids=["even", "uneven"])
def test_two_processes_have_the_losses_of_one(tmp_path: Path, recipe: str, batch: int) -> None:
    drawn_crops(tmp_path)

    alone, together = (_losses(tmp_path, recipe, batch, processes) for processes in (1, 2))

    assert len(alone) == STEPS
    assert together == pytest.approx(alone, rel=1e-4)
