"""What a training does beside its steps: what is saved, validated and said, and when."""

import csv
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest

from rsn_edge.artefact.checkpoint import Checkpoint, read_checkpoint
from tests.train.small import ALONE, TINY
from train.job import Job, Judgement, Task, TrainOptions
from train.loop import Length, Run
from train.state import newest_state
from train.training import Plan, Step, Training

NEVER = 1e6  # minutes


@dataclass
class Counting:
    """A Training that only counts its steps."""

    iteration: int = 0
    plan = Plan(4, None, 0, amp=False)
    ranks = ALONE
    identity: dict[str, str] = field(default_factory=lambda: {"seed": "0"})

    @property
    def task(self) -> "Counting":
        return self

    def step(self, _progress: float, _iterations: int, clock_s: float, stop: bool) -> Step:
        self.iteration += 1
        return Step(self.iteration, 1.0, 0.1, (64, 48), 0.1, 0.1, clock_s, stop)

    def finished(self) -> Checkpoint:
        return Checkpoint(TINY, {"steps": np.full(1, self.iteration, np.float32)})

    def sheet(self) -> np.ndarray:
        return np.zeros((4, 4, 3), np.uint8)

    def state(self) -> dict[str, Any]:
        return {"iteration": self.iteration}

    def restore(self, state: dict[str, Any]) -> None:
        self.iteration = state["iteration"]


@dataclass
class Runs:
    """Trainings in one folder that are judged after every step, and what they said."""

    folder: Path
    said: list[str] = field(default_factory=list)

    def run(self, validate: Callable[[Checkpoint], Judgement], iterations: int = 3, resume: bool = False) -> None:
        training = Counting()
        job = Job(cast("Task[Any]", training), 1, "nobody", ("AP a", "PCK a"), validate)
        options = TrainOptions((), self.folder, resume=resume, save_minutes=NEVER, val_minutes=0.0)
        Run(cast("Training[Any]", training), Length(iterations), job, options, self.said.append).to_end()

    def rows(self) -> list[dict[str, str]]:
        with (self.folder / "curve.csv").open(newline="") as file:
            return list(csv.DictReader(file))

    @property
    def best(self) -> float:
        return float(read_checkpoint(self.folder / "best.safetensors").state["steps"][0])


@pytest.fixture(name="runs")
def _runs(tmp_path: Path) -> Runs:
    return Runs(tmp_path)


def _scores(*pairs: tuple[float, float]) -> Callable[[Checkpoint], Judgement]:
    """Judgements of AP and PCK, one after the other."""
    rest: Iterator[tuple[float, float]] = iter(pairs)

    def judge(_checkpoint: Checkpoint) -> Judgement:
        ap, near = next(rest)
        return Judgement({"AP a": ap, "PCK a": near}, np.zeros((8, 8, 3), np.uint8))

    return judge


def _fails(_checkpoint: Checkpoint) -> Judgement:
    raise RuntimeError("out of memory")


def test_a_validation_that_fails_costs_no_step(runs: Runs) -> None:
    with pytest.raises(RuntimeError, match="out of memory"):
        runs.run(_fails)

    state = newest_state(runs.folder, {})
    assert state is not None
    assert state["iteration"] == 1


def test_the_best_network_is_chosen_by_ap(runs: Runs) -> None:
    runs.run(_scores((0.1, 0.1), (0.3, 0.2), (0.2, 0.9)))

    assert runs.best == 2


def test_a_resumed_run_knows_what_the_best_network_reached(runs: Runs) -> None:
    with pytest.raises(StopIteration):
        runs.run(_scores((0.3, 0.1)))  # broken off in the second validation

    runs.run(_scores((0.2, 0.1), (0.1, 0.1)), resume=True)

    assert runs.best == 1


def test_every_validation_is_in_the_curve_and_the_last_too(runs: Runs) -> None:
    runs.run(_scores((0.1, 0.2), (0.3, 0.4), (0.5, 0.6)))

    assert [(row["iteration"], row["AP a"], row["PCK a"]) for row in runs.rows()] == [
        ("1", "0.1000", "0.2000"), ("2", "0.3000", "0.4000"), ("3", "0.5000", "0.6000"),
    ]  # fmt: skip
    assert (runs.folder / "worst.jpg").is_file()


def test_a_line_ends_with_the_scores(runs: Runs) -> None:
    runs.run(_scores((0.123, 0.5)), iterations=1)

    (line,) = runs.said
    assert line.startswith("100.0 % step 1: loss 1.0000, 64x48, rate 0.1, 20 persons/s, loader 50 % of the time, 0 min")
    assert line.endswith("left, AP a 12.3, PCK a 50.0")


def test_a_run_at_its_end_is_judged_again_and_keeps_its_curve(runs: Runs) -> None:
    runs.run(_scores((0.1, 0.2)), iterations=1)
    before = runs.rows()

    runs.run(_scores((0.1, 0.2)), iterations=1, resume=True)

    assert runs.said[-1] == "No step is left, AP a 10.0, PCK a 20.0."
    assert runs.rows() == before


def test_on_a_terminal_a_bar_stands_below_the_lines(
    runs: Runs, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "80")

    runs.run(_scores((0.1, 0.2), (0.3, 0.4)), iterations=2)

    shown = capsys.readouterr().err
    assert "step 2" in shown
    assert "validating" in shown
    assert len(runs.said) == 2
