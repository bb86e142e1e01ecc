"""The learning curve as a file."""

from pathlib import Path

import numpy as np

from train.curve import Curve, Point
from train.training import Step


def _point(iteration: int, **scores: float) -> Point:
    return Point(Step(iteration, 0.0, 0.001, (64, 48), 0, 0), 90.0, 2.5, 0.125, scores)


def test_a_row_holds_losses_and_scores(tmp_path: Path) -> None:
    Curve(tmp_path / "curve.csv", ["AP a"], after=0).add(_point(7, **{"AP a": 0.25}))

    assert (tmp_path / "curve.csv").read_text().splitlines() == [
        "iteration,minutes,height,width,rate,loss,loader_share,AP a", "7,1.5,64,48,0.001,2.5,0.125,0.2500",
    ]  # fmt: skip


def test_a_resumed_run_repeats_no_row(tmp_path: Path) -> None:
    path = tmp_path / "curve.csv"
    first = Curve(path, [], after=0)
    for iteration in (10, 20, 30):
        first.add(_point(iteration))

    Curve(path, [], after=20).add(_point(31))

    assert [line.partition(",")[0] for line in path.read_text().splitlines()[1:]] == ["10", "20", "31"]


def test_columns_are_numbers_and_nan_between_the_validations(tmp_path: Path) -> None:
    curve = Curve(tmp_path / "curve.csv", ["AP a"], after=0)
    curve.add(_point(10))
    curve.add(_point(20, **{"AP a": 0.5}))

    columns = curve.columns()

    assert columns["iteration"].tolist() == [10, 20]
    np.testing.assert_array_equal(columns["AP a"], [np.nan, 0.5])
