"""Pictures that no photograph is like."""

import numpy as np

from export.gate.gate import Gate, extreme_crops
from rsn_edge.backend.function import FunctionBackend
from rsn_edge.backend.protocol import Tensors, TensorSpec
from tests.export.gate.test_asking import grey
from tests.export.networks import NANO


def overflowing_on(name: str) -> FunctionBackend:
    """A network that is not finite on one of the extreme pictures."""
    crops = extreme_crops(NANO.input_hw)
    feed_of = dict(zip(crops.names, crops.feeds(NANO), strict=True))

    def infer(feed: Tensors) -> Tensors:
        maps = np.zeros((1, NANO.joints, *NANO.heatmap_hw), np.float32)
        maps[0, 0, 0, 0] = np.inf if (feed["crops"] == feed_of[name]).all() else 1
        return {"heatmaps": maps}

    takes = TensorSpec("crops", (-1, 3, *NANO.input_hw), "float32")
    return FunctionBackend((takes,), (TensorSpec("heatmaps", (-1, NANO.joints, *NANO.heatmap_hw), "float32"),), infer)


def test_a_network_that_overflows_on_one_of_them_fails_the_gate() -> None:
    network = overflowing_on("one pixel")

    verdict = Gate(network, NANO, [grey(2)], limit=0.1, threshold=0.2).verdict(network)

    assert (verdict.drop, verdict.passed) == (0, False)
    assert verdict.non_finite == {"extreme pictures": 1}


def test_extreme_pictures_are_all_different_and_the_same_every_time() -> None:
    crops = extreme_crops((96, 64))

    assert len(np.unique(crops.pixels_nhwc.reshape(len(crops), -1), axis=0)) == len(crops)
    assert crops.sha256 == extreme_crops((96, 64)).sha256
