"""The learning curve as a file."""

from pathlib import Path

from train.curve import Curve
from train.training import Step


def _add(curve: Curve, iteration: int, **scores: float) -> None:
    curve.add(Step(iteration, 0.0, 0.001, (64, 48), 0, 0), 90.0, 2.5, 0.125, scores)


def test_a_row_holds_losses_and_scores(tmp_path: Path) -> None:
    _add(Curve(tmp_path / "curve.csv", ["AP a"], after=0), 7, **{"AP a": 0.25})

    assert (tmp_path / "curve.csv").read_text().splitlines() == [
        "iteration,minutes,height,width,rate,loss,loader_share,AP a", "7,1.5,64,48,0.001,2.5,0.125,0.2500",
    ]  # fmt: skip


def test_a_resumed_run_repeats_no_row(tmp_path: Path) -> None:
    path = tmp_path / "curve.csv"
    first = Curve(path, [], after=0)
    for iteration in (10, 20, 30):
        _add(first, iteration)

    _add(Curve(path, [], after=20), 31)

    assert [line.partition(",")[0] for line in path.read_text().splitlines()[1:]] == ["10", "20", "31"]
