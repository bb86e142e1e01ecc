"""Four ways from a distribution to a range."""

import numpy as np
import pytest
from numpy.typing import NDArray

from export.ranges import BINS, Observed, ranges_of
from rsn_edge.calibration import METHODS, Method, Range
from rsn_edge.quantisation import asymmetric_scale

Counts = NDArray[np.int64]


def ranges(values: NDArray[np.floating], low: float | None = None, high: float | None = None) -> dict[Method, Range]:
    low, high = min(values.min(), 0) if low is None else low, max(values.max(), 0) if high is None else high
    counts, _ = np.histogram(values, BINS, (low, high))
    ends = np.array([low], np.float32), np.array([high], np.float32)
    return ranges_of(Observed(("t",), *ends, counts[None].astype(np.int64)))["t"]


def bell(size: int = 200_000) -> NDArray[np.floating]:
    return np.random.default_rng(0).standard_normal(size)


def slow_entropy(counts: Counts) -> int:
    """The bin that the published pseudo-code of TensorRT's entropy calibration ends a range after, step by step.

    Histogram of magnitudes; the first bin like its neighbour; what is cut off joins the last bin of the reference;
    128 levels, each spread over its filled bins.
    """
    best, best_divergence = 0, np.inf
    for end in range(128, len(counts) + 1, 16):
        reference = counts[:end].astype(float)
        reference[-1] += counts[end:].sum()
        candidate = np.zeros(end)
        for level in range(128):
            inside = np.flatnonzero((np.arange(end) * 128 // end == level) & (counts[:end] > 0))
            candidate[inside] = counts[inside].sum() / max(len(inside), 1)
        p, q = reference / reference.sum(), candidate / candidate.sum()
        terms = [a * np.log(a / b) if b else np.inf for a, b in zip(p, q, strict=True) if a]
        if sum(terms) <= best_divergence:
            best, best_divergence = end, sum(terms)
    return best


def test_the_widest_range_is_that_of_all_values() -> None:
    assert ranges(np.array([-1.5, 3.0]))["max"] == (-1.5, 3.0)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    "values",
    [bell(), np.abs(bell()), -np.abs(bell()), np.zeros(5), np.ones(5), np.full(5, -2e-38)],
    ids=["both", "above", "below", "zeros", "ones", "tiny"],
)
def test_every_range_lies_in_the_widest_and_holds_0(method: Method, values: NDArray[np.floating]) -> None:
    found = ranges(values)

    assert found["max"][0] <= found[method][0] <= 0 <= found[method][1] <= found["max"][1]


def test_a_percentile_gives_up_one_of_100_000_at_either_end() -> None:
    low, high = ranges(np.concatenate([bell(), [-100.0, 100.0]]))["percentile"]

    assert -6 < low < -4
    assert 4 < high < 6


@pytest.mark.parametrize("outliers", [[], [20.0], [-30.0], [20.0, -20.0]], ids=["none", "above", "below", "both"])
def test_no_other_method_has_a_smaller_squared_error_than_mse(outliers: list[float]) -> None:
    values = np.concatenate([bell(), outliers])

    def error(found: Range) -> float:
        scale, zero = asymmetric_scale(*found)
        codes = np.clip(np.rint(values / scale) + zero, 0, 255)
        return float((((codes - zero) * scale - values) ** 2).sum())

    errors = {method: error(found) for method, found in ranges(values).items()}
    assert errors["mse"] <= 1.01 * min(errors.values())
    assert not outliers or errors["mse"] < 0.9 * errors["max"]


@pytest.mark.parametrize("shape", ["bell", "long-tail", "spike-at-the-end"])
def test_entropy_is_that_of_the_published_pseudo_code(shape: str) -> None:
    values = np.abs(bell())
    values = {"bell": values, "long-tail": values**3, "spike-at-the-end": np.append(values, np.full(90_000, 5.5))}[
        shape
    ]
    high = float(np.float32(values.max()))
    counts, _ = np.histogram(values, BINS, (0, high))
    counts[0] = counts[1]

    assert ranges(values, 0, high)["entropy"][1] == pytest.approx(high * slow_entropy(counts) / BINS, rel=1e-6)


def test_entropy_never_cuts_off_a_heap_of_equal_values() -> None:
    borders = np.append(np.random.default_rng(0).uniform(-1, 1, 100_000), np.full(30_000, -2.1))

    assert ranges(borders)["entropy"][0] == pytest.approx(-2.1, rel=0.01)
