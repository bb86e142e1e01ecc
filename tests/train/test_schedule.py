"""Learning rates against the published program's, and the shape of the short cycle."""

import json
from pathlib import Path

import pytest

from train.recipe import cycle_rate, official_iterations, official_rate

GOLDEN: dict[str, dict[str, float]] = json.loads(
    (Path(__file__).parents[1] / "golden" / "pipeline_lr.json").read_text(encoding="utf-8")
)["lr"]
ROWS = [(int(gpus), int(at), rate) for gpus, rates in GOLDEN.items() for at, rate in rates.items()]


@pytest.mark.parametrize(("gpus", "iteration", "rate"), ROWS, ids=[f"{g}gpus-{i}" for g, i, _ in ROWS])
def test_the_official_rate_is_the_published_programs(gpus: int, iteration: int, rate: float) -> None:
    batch = 32 * gpus
    assert official_rate(iteration, official_iterations(batch), batch) == pytest.approx(rate, rel=1e-9, abs=1e-15)


@pytest.mark.parametrize(("batch", "iterations"), [(256, 96_000), (32, 768_000)], ids=["8-gpus", "1-gpu"])
def test_a_smaller_batch_takes_more_iterations(batch: int, iterations: int) -> None:
    assert official_iterations(batch) == iterations


def test_the_official_rate_stays_zero_after_the_end() -> None:
    assert official_rate(96_001, 96_000, 256) == 0


def test_a_training_shorter_than_its_warm_up_only_rises() -> None:
    rates = [official_rate(i, 100, 256) for i in range(1, 101)]
    assert rates == sorted(rates)


@pytest.mark.parametrize("iterations", [1, 10, 1000])
def test_one_cycle_ends_at_a_hundredth_of_the_peak(iterations: int) -> None:
    assert cycle_rate(iterations + 1, iterations, 4e-3) == pytest.approx(4e-5)


def test_one_cycle_peaks_after_four_percent() -> None:
    rates = [cycle_rate(i, 1000, 4e-3) for i in range(1, 1001)]
    assert rates.index(max(rates)) + 1 == 40
    assert max(rates) == pytest.approx(4e-3)


def test_one_cycle_is_half_way_down_in_the_middle_of_the_cosine() -> None:
    assert cycle_rate(520, 1000, 1.0) == pytest.approx(0.505)


@pytest.mark.parametrize(
    ("iteration", "rate"), [(1, 0.0109), (10, 0.1), (11, 0.1), (400, 0.1), (700, 0.0505), (1000, 0.001)]
)
def test_a_long_training_keeps_its_rate_and_then_ends_as_a_cosine(iteration: int, rate: float) -> None:
    assert cycle_rate(iteration, 1000, 0.1, 0.4) == pytest.approx(rate)


def test_the_plateau_may_be_the_whole() -> None:
    assert cycle_rate(100, 100, 0.1, 1.0) == pytest.approx(0.1)
