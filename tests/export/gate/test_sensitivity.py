"""Which blocks stay in float, with networks that lose a known number of pixels for each block in integers."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import pytest

from export.gate.gate import Gate
from export.gate.sensitivity import hold
from rsn_edge.backend.function import FunctionBackend
from rsn_edge.backend.protocol import Tensors, TensorSpec
from tests.export.gate.test_asking import grey
from tests.export.networks import NANO

BLOCKS = {"top": 10, "layer1": 60, "add": 0, "up": 30}
EXACT: dict[str, float] = {}


def build_of(losses: Mapping[str, float]) -> Callable[[Sequence[str]], FunctionBackend]:
    """Makes networks whose peaks move by the sum of the losses, in cells, of the blocks that are not kept."""

    def build(kept: Sequence[str]) -> FunctionBackend:
        x = 3 + round(sum(cells for name, cells in losses.items() if name not in kept))

        def infer(feed: Tensors) -> Tensors:
            maps = np.zeros((len(feed["crops"]), NANO.joints, *NANO.heatmap_hw), np.float32)
            maps[:, :, 5, x] = 255
            return {"heatmaps": maps}

        takes = TensorSpec("crops", (-1, 3, *NANO.input_hw), "float32")
        gives = TensorSpec("heatmaps", (-1, NANO.joints, *NANO.heatmap_hw), "float32")
        return FunctionBackend((takes,), (gives,), infer)

    return build


GATE = Gate(build_of(EXACT)(()), NANO, [grey(4)], limit=0.01, threshold=0.2)


def test_a_network_that_holds_keeps_nothing() -> None:
    search = hold(build_of(EXACT), BLOCKS, GATE, GATE)

    assert (search.best.kept, search.losses, len(search.steps)) == ((), (), 1)


def test_the_worst_block_alone_is_kept_first() -> None:
    search = hold(build_of({"top": 1, "up": 4}), BLOCKS, GATE, GATE)

    assert [name for name, _ in search.losses] == ["up", "top", "layer1"]
    assert search.best.kept == ("up", "top")


def test_every_try_is_a_row_of_what_it_costs_and_saves() -> None:
    search = hold(build_of({"up": 4}), BLOCKS, GATE, GATE)

    assert [step.kept for step in search.steps] == [(), ("up",)]
    assert [step.integer_share for step in search.steps] == pytest.approx([1.0, 0.7])
    assert [step.verdict.passed for step in search.steps] == [False, True]


def test_it_gives_up_where_most_of_the_network_would_be_float() -> None:
    search = hold(build_of({"layer1": 4}), BLOCKS, GATE, GATE)

    assert not search.best.verdict.passed
    assert [step.kept for step in search.steps] == [()]
    assert search.losses[0][0] == "layer1"
