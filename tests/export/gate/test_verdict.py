"""When a verdict passes, when it is sure of itself, and what it says."""

import math

import pytest

from export.gate.verdict import Kind, Verdict


def verdict(
    drop: float, low: float, high: float, limit: float = 0.02, persons: int = 100, kind: Kind = "oks"
) -> Verdict:
    return Verdict(kind, limit, drop, (low, high), persons, (), None, {}, ())


@pytest.mark.parametrize(
    ("drop", "low", "high", "passed", "enough"),
    [
        (0.01, 0.00, 0.02, True, True),
        (0.02, 0.01, 0.04, True, True),
        (0.01, -0.05, 0.05, True, False),
        (0.03, 0.00, 0.06, False, False),
        (0.30, 0.25, 0.35, False, True),
        (-0.01, -0.02, 0.00, True, True),
        (math.nan, math.nan, math.nan, False, False),
    ],
    ids=["within", "at-the-limit", "wide", "wide-beyond", "surely-beyond", "gain", "nobody"],
)
def test_the_mean_decides_and_the_interval_says_how_sure_it_is(
    drop: float, low: float, high: float, passed: bool, enough: bool
) -> None:
    found = verdict(drop, low, high)

    assert (found.passed, found.enough) == (passed, enough)


def test_four_times_the_persons_halve_the_interval() -> None:
    assert verdict(0.0, -0.08, 0.08).persons_needed == 400


def test_fewer_persons_would_do_to_see_a_large_loss() -> None:
    assert verdict(0.42, 0.22, 0.62).persons_needed == 25


def test_no_number_of_persons_tells_a_drop_from_its_limit() -> None:
    assert verdict(0.0, -0.01, 0.01, limit=0.0).persons_needed is None


def test_average_precision_is_told_in_points() -> None:
    assert verdict(0.0031, -0.001, 0.0072, limit=0.005, kind="ap").sentence == (
        "passed: the mean drop of AP over 100 persons is 0.31 points (95 %: -0.10 to 0.72), the limit 0.50"
    )


def test_the_sentence_says_how_many_persons_would_do() -> None:
    assert verdict(0.0, -0.08, 0.08).sentence.endswith("; too few persons to tell: about 400 would do")
