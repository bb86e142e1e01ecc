"""What is seen of a network's tensors is what numpy sees."""

from collections.abc import Iterator

import numpy as np
import onnx
import pytest
from numpy.typing import NDArray
from onnx import TensorProto, helper

from export.ranges import BINS, observe
from rsn_edge.errors import InputError

Float32 = NDArray[np.float32]


def doubling() -> onnx.ModelProto:
    """The network y = x + x."""
    x, y = (helper.make_tensor_value_info(name, TensorProto.FLOAT, (1, 3, 4, 6)) for name in "xy")
    graph = helper.make_graph([helper.make_node("Add", ["x", "x"], ["y"])], "g", [x], [y])
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=10)


def crops(shift: float = 0.0) -> Iterator[Float32]:
    rng = np.random.default_rng(0)
    for _ in range(5):
        yield (rng.standard_normal((1, 3, 4, 6)) + shift).astype(np.float32)


@pytest.mark.parametrize("shift", [0.0, 9.0, -9.0], ids=["around-0", "above-0", "below-0"])
def test_extremes_hold_everything_and_0(shift: float) -> None:
    seen = observe(doubling(), ["x", "y"], lambda: crops(shift), threads=2)

    every = np.stack([*crops(shift)])
    assert seen.low.tolist() == [min(every.min(), 0), min((every + every).min(), 0)]
    assert seen.high.tolist() == [max(every.max(), 0), max((every + every).max(), 0)]
    assert not np.signbit(seen.low[seen.low == 0]).any()


def test_counts_are_numpys_histogram() -> None:
    seen = observe(doubling(), ["y"], crops)

    every = 2 * np.stack([*crops()])
    expected, _ = np.histogram(every, BINS, (seen.low[0], seen.high[0]))
    assert seen.counts.sum() == every.size
    assert np.abs(np.cumsum(seen.counts[0] - expected)).max() <= 1  # a value on an edge


def test_no_line_is_counted_by_the_same_columns_only() -> None:
    wide = np.zeros((1, 3, 128, 96), np.float32)
    wide[..., 1] = 1.0  # a column that a step of 2 or 3 would never meet
    x, y = (helper.make_tensor_value_info(name, TensorProto.FLOAT, wide.shape) for name in "xy")
    graph = helper.make_graph([helper.make_node("Relu", ["x"], ["y"])], "g", [x], [y])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=10)

    counts = observe(model, ["y"], lambda: [wide]).counts[0]

    assert counts[-1] / counts.sum() == pytest.approx(1 / 96, rel=0.05)


def test_no_crops_are_refused() -> None:
    with pytest.raises(InputError, match="no crops to calibrate on"):
        observe(doubling(), ["y"], list)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_what_is_not_finite_is_refused_by_name(value: float) -> None:
    bad = np.full((1, 3, 4, 6), value, np.float32)

    with pytest.raises(InputError, match="not finite on the calibration crops: y"):
        observe(doubling(), ["y"], lambda: [*crops(), bad])
