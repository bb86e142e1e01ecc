"""Several networks as one whose outputs are their mean."""

import numpy as np

from rsn_edge.backend.function import FunctionBackend, MeanBackend
from rsn_edge.backend.protocol import TensorSpec

TAKES = (TensorSpec("crops", (-1, 2), "float32"),)


def scaled(factor: float, gives: int = 2) -> FunctionBackend:
    outputs = (TensorSpec("heatmaps", (-1, gives), "float32"),)
    return FunctionBackend(TAKES, outputs, lambda feed: {"heatmaps": feed["crops"] * np.float32(factor)})


def test_outputs_are_averaged() -> None:
    crops = np.array([[1, 2], [3, 4]], np.float32)

    maps = MeanBackend([scaled(1), scaled(2), scaled(6)]).infer({"crops": crops})["heatmaps"]

    np.testing.assert_array_equal(maps, 3 * crops)
    assert maps.dtype == np.float32


def test_a_backend_that_gives_the_same_array_every_time_is_averaged_too() -> None:
    buffer = np.zeros((1, 2), np.float32)

    def counted(feed: object) -> dict[str, np.ndarray]:
        buffer[:] += 1
        return {"heatmaps": buffer}

    shared = FunctionBackend(TAKES, (TensorSpec("heatmaps", (-1, 2), "float32"),), counted)

    assert MeanBackend([shared, shared]).infer({"crops": buffer})["heatmaps"].tolist() == [[1.5, 1.5]]


def test_it_says_what_runs() -> None:
    assert str(MeanBackend([scaled(1), scaled(2)]).facts) == "function 1 on python, fp32"
