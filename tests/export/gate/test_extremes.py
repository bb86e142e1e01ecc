"""Pictures that no photograph is like."""

import numpy as np

from export.gate.extremes import extreme_crops, non_finite_on_extremes
from rsn_edge.backend.function import FunctionBackend
from rsn_edge.backend.protocol import Tensors, TensorSpec
from tests.export.networks import NANO


def overflowing_on(name: str) -> FunctionBackend:
    """A network that is not finite on one of the extreme pictures."""
    crops = extreme_crops(NANO.input_hw)
    feed_of = dict(zip(crops.names, crops.feeds(NANO), strict=True))

    def infer(feed: Tensors) -> Tensors:
        return {"heatmaps": np.full((1, 2, 3, 3), np.inf if (feed["crops"] == feed_of[name]).all() else 0.0)}

    return FunctionBackend((TensorSpec("crops", (-1, 3, *NANO.input_hw), "float32"),), (), infer)


def test_a_picture_on_which_a_network_overflows_is_named() -> None:
    assert non_finite_on_extremes(overflowing_on("one pixel"), NANO) == {"a picture that is one pixel": 18}


def test_extreme_pictures_are_all_different_and_the_same_every_time() -> None:
    crops = extreme_crops((96, 64))

    assert len(np.unique(crops.pixels_nhwc.reshape(len(crops), -1), axis=0)) == len(crops)
    assert crops.sha256 == extreme_crops((96, 64)).sha256
