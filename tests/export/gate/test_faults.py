"""Faults planted into the embedded network or its calibration: each is caught, named, and repaired or refused."""

from functools import cache

import numpy as np
import onnx

from export.gate.gate import extreme_crops
from export.gate.sensitivity import Sensitivity, blocks_of, hold
from export.half import to_half
from export.surgery import Surgery
from tests.export.gate.planted import (
    HEAD,
    SPEC,
    Weights,
    backend,
    figures,
    gate,
    int8,
    network,
    painted,
    ranges,
    seen,
)  # fmt: skip


def one_channel_a_thousand_times_larger(weights: Weights) -> None:
    """The float network computes what it did: the next convolution divides by as much."""
    weights[f"{HEAD}.res_conv1.conv.weight"][0] *= 1000
    weights[f"{HEAD}.res_conv1.conv.bias"][0] *= 1000
    weights[f"{HEAD}.res_conv2.conv.weight"][:, 0] /= 1000


def blind_but_for_blue(weights: Weights) -> None:
    filters = weights["top.conv.conv.weight"]
    filters[:, 0], filters[:, 1:] = filters.sum(axis=1), 0


def head_beyond_half_precision(weights: Weights) -> None:
    for part in ("weight", "bias"):
        weights[f"{HEAD}.res_conv2.conv.{part}"] *= 1000


@cache
def planted_layer() -> tuple[onnx.ModelProto, Sensitivity]:
    model = network(one_channel_a_thousand_times_larger)
    build = int8(model, seen(model, figures(seed=5)))
    return model, hold(build, blocks_of(model), gate(model, figures()[:2]), gate(model))


def test_a_sound_network_passes() -> None:
    model = network()

    verdict = gate(model).verdict(int8(model, seen(model, figures(seed=5)))(()))

    assert verdict.passed, verdict.sentence


def test_a_planted_bad_layer_fails() -> None:
    assert not planted_layer()[1].steps[0].verdict.passed


def test_a_planted_bad_layer_is_named_and_kept_in_float() -> None:
    search = planted_layer()[1]

    assert search.losses[0][0] == HEAD
    assert search.best.kept == (HEAD,)
    assert search.best.verdict.passed


def test_a_calibration_set_of_one_black_picture_fails_and_is_worse_than_none() -> None:
    model = network()
    black = painted(figures()[:1], lambda pixels: pixels * 0.0)
    calibrated = seen(model, black)

    verdict = gate(model).verdict(int8(model, calibrated)(()))
    control = gate(model).verdict(int8(model, seen(model, extreme_crops(SPEC.input_hw)))(()))

    assert not verdict.passed
    assert verdict.drop > control.drop


def test_a_sound_calibration_is_better_than_that_of_pictures_without_people() -> None:
    model = network()

    calibrated, control = (
        gate(model).verdict(int8(model, seen(model, crops))(()))
        for crops in (figures(8, seed=5), extreme_crops(SPEC.input_hw))
    )

    assert calibrated.drop < control.drop


def test_swapped_calibration_colours_fail_and_are_worse_than_none() -> None:
    model, light = network(blind_but_for_blue), np.array([1.0, 0.3, 0.02])
    crops = painted(figures(), lambda pixels: pixels * light)
    calibrated = seen(model, painted(crops, lambda pixels: pixels[..., ::-1] * 1.0))

    verdict = gate(model, crops).verdict(int8(model, calibrated)(()))
    control = gate(model, crops).verdict(int8(model, seen(model, extreme_crops(SPEC.input_hw)))(()))

    assert not verdict.passed
    assert verdict.drop > control.drop


def test_a_head_that_overflows_half_precision_is_refused() -> None:
    # ONNX Runtime computes half-precision files in fp32 on a processor: what a device would store is rounded here.
    model = network(head_beyond_half_precision)

    verdict = gate(model).verdict(backend(model, np.float16))

    assert not verdict.passed
    assert "numbers are not finite on figures" in verdict.sentence


def test_a_head_that_overflows_half_precision_is_named_and_kept_in_fp32() -> None:
    model = network(head_beyond_half_precision)
    half = Surgery(model)

    report = to_half(half, ranges(seen(model, figures(seed=5))))

    assert report.kept == (f"{HEAD}.res_conv2",)
    assert gate(model).verdict(backend(half.model({}))).passed


def test_a_network_beside_itself_loses_nothing() -> None:
    model = network()

    verdict = gate(model).verdict(backend(model))

    assert (verdict.drop, verdict.interval95, verdict.passed, verdict.enough) == (0.0, (0.0, 0.0), True, True)
