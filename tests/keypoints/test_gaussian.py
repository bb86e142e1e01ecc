"""Smoothing kernels against the OpenCV that the original programs ran on (5.0; `gauss1d_*` of pipeline_targets.npz)."""

import cv2
import numpy as np
import pytest

from rsn_edge.keypoints.peaks import gaussian_kernel, smoothed_maps, smoothing_border
from tests.keypoints.goldens import golden

MAPS = np.random.default_rng(1).normal(50, 60, (3, 20, 12)).astype(np.float32)


@pytest.mark.parametrize("size", [5, 7, 9, 11, 15, 17])
def test_kernels_are_those_of_the_original_programs(size: int) -> None:
    np.testing.assert_allclose(gaussian_kernel(size), golden("targets")[f"gauss1d_{size}"], atol=1e-12)


@pytest.mark.parametrize("size", [1, 3, 5, 7])
def test_small_kernels_are_those_of_every_opencv(size: int) -> None:
    np.testing.assert_allclose(gaussian_kernel(size), cv2.getGaussianKernel(size, 0)[:, 0], atol=1e-12)


@pytest.mark.parametrize("size", [1, 5, 9, 15])
def test_maps_in_one_stack_do_not_touch_each_other(size: int) -> None:
    together = smoothed_maps(MAPS, size)
    for one, smooth in zip(MAPS, together, strict=True):
        np.testing.assert_allclose(smooth, smoothed_maps(one[None], size)[0], atol=1e-4)


@pytest.mark.parametrize("size", [1, 5, 9, 15])
def test_the_outermost_ring_is_zero_and_nothing_gets_lost(size: int) -> None:
    smooth, border = smoothed_maps(MAPS, size), smoothing_border(size)
    assert smooth.shape == (3, 20 + 2 * border, 12 + 2 * border)
    assert not smooth[:, [0, -1]].any()
    assert not smooth[:, :, [0, -1]].any()
    np.testing.assert_allclose(smooth.sum(axis=(1, 2)), MAPS.sum(axis=(1, 2)), rtol=1e-4)
