"""Scales and rounding of 8-bit integers."""

import numpy as np
import pytest

from rsn_edge.quantisation import asymmetric_scale, is_kept, symmetric_scale, weight_codes, weight_scales


@pytest.mark.parametrize(("low", "high", "scale"), [(-2.0, 1.0, 2 / 127), (0.0, 12.7, 0.1), (0.0, 0.0, 0.0)])
def test_signed_codes_reach_the_farther_end(low: float, high: float, scale: float) -> None:
    assert symmetric_scale(low, high) == pytest.approx(scale, abs=1e-30)
    assert symmetric_scale(low, high) > 0


@pytest.mark.parametrize(("low", "high", "zero"), [(0.0, 1.0, 0), (-1.0, 1.55, 100), (-1.0, 0.0, 255), (0.5, 1.0, 0)])
def test_unsigned_codes_hold_zero_exactly(low: float, high: float, zero: int) -> None:
    scale, found = asymmetric_scale(low, high)

    assert found == zero
    assert scale == pytest.approx((max(high, 0) - min(low, 0)) / 255)


def test_a_filters_largest_weight_is_the_largest_code() -> None:
    filters = np.random.default_rng(0).standard_normal((6, 3, 3, 3)).astype(np.float32)
    codes = weight_codes(filters, weight_scales(filters))

    assert (np.abs(codes).reshape(6, -1).max(axis=1) == 127).all()


def test_codes_are_within_half_a_step() -> None:
    filters = np.random.default_rng(0).standard_normal((6, 3, 3, 3)).astype(np.float32)
    scales = weight_scales(filters).reshape(-1, 1, 1, 1)
    error = np.abs(weight_codes(filters, weight_scales(filters)) * scales - filters)

    assert (error <= 0.5001 * scales).all()


def test_a_filter_of_zeros_has_a_scale() -> None:
    filters = np.zeros((2, 3, 1, 1), np.float32)

    assert (weight_scales(filters) > 0).all()
    assert not weight_codes(filters, weight_scales(filters)).any()


@pytest.mark.parametrize(
    ("name", "kept"), [("top.conv", True), ("top", True), ("topper", False), ("stage0.up4", False)]
)
def test_a_pattern_names_a_module_and_all_inside(name: str, kept: bool) -> None:
    assert is_kept(name, ["top"]) is kept
