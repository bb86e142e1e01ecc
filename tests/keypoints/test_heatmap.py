"""Decoding against the original programs.

pipeline_decode.npz: 3 x 17 maps of 64 x 48. Joints 0 to 11 have peaks on borders and near corners, 12 is zero, 13 the
constant 7, 14 the constant -5, 15 negative noise, 16 two equal pixels, 17 a plateau, 18 a corner pixel, 19 above 255,
20 and 21 nearly nothing, 22 two people, 23 a pixel on negative ground. `*_input` are network-input pixels. Tolerance
1e-4 px, DARK 1e-2 px (it takes logarithms of float32), scores 1e-6. Three differences are meant. Joint 12: mmpose's
Megvii divides 0 by 0. Joints 19 and 21 with the kernel 11, which no published model uses: their neighbours tie, its
weights are no binary fractions, and the rounding of the official float64 decides.
"""

from typing import get_args

import numpy as np
import pytest
from numpy.typing import NDArray

from rsn_edge.keypoints.crop import affines_from_centre_size, apply_affines
from rsn_edge.keypoints.heatmap import decode_heatmaps
from rsn_edge.keypoints.peaks import gaussian_kernel
from rsn_edge.keypoints.targets import heatmap_targets
from rsn_edge.spec import DecodeProfile
from tests.keypoints.goldens import golden

Float32 = NDArray[np.float32]
Float64 = NDArray[np.float64]

PROFILES: tuple[DecodeProfile, ...] = get_args(DecodeProfile)
ZERO_MAP = 12
TIED_WITH_KERNEL_11 = [19, 21]
HALF_CELL = 2.0  # px that our MSRA and DARK add, and mmpose's do not
BROKEN = {"NaN": np.nan, "infinity": np.inf, "minus infinity": -np.inf}


def stored_maps() -> Float32:
    return golden("decode")["heatmaps"].astype(np.float32)


def maps_of_two_people(seed: int, count: int = 2, joints: int = 17) -> Float32:
    """Noisy maps (count, joints, 64, 48) with two peaks of nearly the same height, some near a border."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:64, :48]
    maps = rng.normal(0, 3, (count, joints, 64, 48))
    for _ in range(2):
        at_x, at_y = rng.uniform(-1, 49, (count, joints, 1, 1)), rng.uniform(-1, 65, (count, joints, 1, 1))
        bump = np.exp(-((x - at_x) ** 2 + (y - at_y) ** 2) / rng.uniform(2, 12, (count, joints, 1, 1)))
        maps = np.maximum(maps, rng.uniform(180, 200, (count, joints, 1, 1)) * bump)
    return maps.astype(np.float32)


def official_recipe(heatmap: Float32, size: int) -> tuple[float, float, float]:
    """One joint (x, y, score) step by step in float64, as the official test code describes it."""
    padded = np.pad(heatmap.astype(np.float64), 10)
    weights = gaussian_kernel(size)
    for axis in (0, 1):
        padded = np.apply_along_axis(np.convolve, axis, padded, weights, mode="same")
    peak_y, peak_x = np.unravel_index(padded.argmax(), padded.shape)
    padded[peak_y, peak_x] = 0
    next_y, next_x = np.unravel_index(padded.argmax(), padded.shape)
    along_x, along_y = float(next_x - peak_x), float(next_y - peak_y)
    length = float(np.hypot(along_x, along_y)) or 1.0
    x = min(max(float(peak_x) - 10 + 0.25 * along_x / length, 0.0), heatmap.shape[1] - 1.0)
    y = min(max(float(peak_y) - 10 + 0.25 * along_y / length, 0.0), heatmap.shape[0] - 1.0)
    return 4 * x + 2, 4 * y + 2, float(heatmap[round(y), round(x)]) / 255 + 0.5


@pytest.mark.parametrize("size", [5, 9])
def test_official_decode_equals_the_original_program(size: int) -> None:
    stored = golden("decode")
    xy, scores = decode_heatmaps(stored_maps(), "official", size)
    np.testing.assert_allclose(xy, stored[f"official_k{size}_input"], atol=1e-4)
    np.testing.assert_allclose(scores, stored[f"official_k{size}_score"], atol=1e-6)


@pytest.mark.parametrize("size", [5, 9, 11])
def test_official_keypoints_in_the_picture_equal_the_original_program(size: int) -> None:
    stored = golden("decode")
    to_frame = affines_from_centre_size(stored["center"].astype(np.float64), 200.0 * stored["scale"], (256, 192))
    frame_xy = apply_affines(to_frame, decode_heatmaps(stored_maps(), "official", size)[0])
    compared = np.setdiff1d(np.arange(51), TIED_WITH_KERNEL_11 if size == 11 else [])
    expected = stored[f"official_k{size}_image"].reshape(51, 2)
    np.testing.assert_allclose(frame_xy.reshape(51, 2)[compared], expected[compared], atol=1e-4)


@pytest.mark.parametrize("size", [5, 7])
def test_megvii_decode_equals_mmpose(size: int) -> None:
    stored = golden("decode")
    xy, scores = decode_heatmaps(stored_maps(), "megvii", size)
    others = np.arange(51) != ZERO_MAP
    np.testing.assert_allclose(
        xy.reshape(51, 2)[others], stored[f"mmpose_megvii_k{size}_input"].reshape(51, 2)[others], atol=1e-4
    )
    np.testing.assert_allclose(
        scores.ravel()[others], stored[f"mmpose_megvii_k{size}_score"].ravel()[others], atol=1e-6
    )


@pytest.mark.parametrize("size", [5, 11])
def test_dark_decode_equals_mmpose_up_to_the_half_cell(size: int) -> None:
    stored = golden("decode")
    xy, scores = decode_heatmaps(stored_maps(), "dark", size)
    np.testing.assert_allclose(xy - HALF_CELL, stored[f"mmpose_dark_k{size}_input"], atol=1e-2)
    np.testing.assert_allclose(scores, stored[f"mmpose_dark_k{size}_score"] / 255 + 0.5, atol=1e-6)


@pytest.mark.parametrize("size", [1, 5, 9, 19])
def test_official_decode_equals_the_recipe_step_by_step(size: int) -> None:
    maps = maps_of_two_people(seed=size)
    xy, scores = decode_heatmaps(maps, "official", size)
    expected = np.array([official_recipe(one, size) for one in maps.reshape(-1, 64, 48)])
    np.testing.assert_allclose(xy.reshape(-1, 2), expected[:, :2], atol=1e-9)
    np.testing.assert_allclose(scores.ravel(), expected[:, 2], atol=1e-12)


def test_official_decode_folds_a_peak_in_the_zero_border_back() -> None:
    # The wide kernel carries the corner pixels' sum beyond what the negative ground leaves inside.
    heatmap = np.full((64, 48), -100, np.float32)
    heatmap[:3, 20] = 90
    xy, _ = decode_heatmaps(heatmap[None, None], "official", 9)
    assert tuple(xy[0, 0]) == official_recipe(heatmap, 9)[:2]


def test_a_lone_peak_is_drawn_towards_the_corner_of_the_official_border() -> None:
    # High enough to stay positive after smoothing, low enough that its neighbours do not.
    heatmap = np.full((64, 48), -10, np.float32)
    heatmap[40, 12] = 80
    xy, _ = decode_heatmaps(heatmap[None, None], "official", 5)
    corner = np.array([-22, -50]) / np.hypot(22, 50)
    np.testing.assert_allclose(xy[0, 0], 4 * (np.array([12, 40]) + 0.25 * corner) + 2, atol=1e-9)


@pytest.mark.parametrize("profile", PROFILES)
def test_a_zero_map_is_no_evidence(profile: DecodeProfile) -> None:
    xy, scores = decode_heatmaps(np.zeros((1, 2, 64, 48), np.float32), profile, 5)
    assert np.isfinite(xy).all()
    assert (scores == 0.5).all()


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("value", list(BROKEN.values()), ids=list(BROKEN))
def test_a_map_that_is_not_finite_gives_a_missing_joint(profile: DecodeProfile, value: float) -> None:
    maps = maps_of_two_people(seed=2, count=1, joints=3)
    expected, expected_scores = decode_heatmaps(maps, profile, 5)
    maps[0, 1, 30, 7] = value
    xy, scores = decode_heatmaps(maps, profile, 5)
    np.testing.assert_array_equal(xy[0, [0, 2]], expected[0, [0, 2]])
    np.testing.assert_array_equal(np.isnan(xy[0, 1]), [True, True])
    np.testing.assert_array_equal(scores[0], [expected_scores[0, 0], 0.5, expected_scores[0, 2]])


@pytest.mark.parametrize("profile", PROFILES)
def test_a_batch_decodes_as_single_calls_do(profile: DecodeProfile) -> None:
    maps = maps_of_two_people(seed=3, count=4)
    xy, scores = decode_heatmaps(maps, profile, 5)
    for i in range(len(maps)):
        alone_xy, alone_scores = decode_heatmaps(maps[i : i + 1], profile, 5)
        np.testing.assert_array_equal(xy[i], alone_xy[0])
        np.testing.assert_array_equal(scores[i], alone_scores[0])


@pytest.mark.parametrize("profile", PROFILES)
def test_zero_persons_decode_to_zero_keypoints(profile: DecodeProfile) -> None:
    xy, scores = decode_heatmaps(np.zeros((0, 17, 64, 48), np.float32), profile, 5)
    assert (xy.shape, scores.shape) == ((0, 17, 2), (0, 17))


@pytest.mark.parametrize("profile", PROFILES)
def test_decoding_leaves_the_maps_as_they_were(profile: DecodeProfile) -> None:
    maps = stored_maps()
    decode_heatmaps(maps, profile, 5)
    np.testing.assert_array_equal(maps, stored_maps())


@pytest.mark.parametrize("profile", PROFILES)
def test_encoded_joints_come_back_without_a_bias(profile: DecodeProfile) -> None:
    # Every place within a cell once; the noise decides among the four equal neighbours of a perfect peak.
    within_x, within_y = np.meshgrid(np.arange(0.125, 4, 0.25), np.arange(0.125, 4, 0.25))
    joints = np.stack([40 + within_x.ravel(), 80 + within_y.ravel(), np.full(256, 2.0)], axis=1)[None]
    maps = heatmap_targets(joints, (256, 192))[:, -1]
    maps += np.random.default_rng(4).normal(0, 0.05, maps.shape).astype(np.float32)
    errors = decode_heatmaps(maps, profile, 5)[0][0] - joints[0, :, :2]
    np.testing.assert_allclose(errors.mean(axis=0), [0, 0], atol=0.15)
    assert np.abs(errors).max() < 3.1


def test_a_dark_step_stays_within_its_window() -> None:
    maps = np.exp(np.random.default_rng(5).normal(0, 4, (1, 200, 16, 16))).astype(np.float32)
    y, x = np.divmod(maps.reshape(200, -1).argmax(axis=1), 16)
    stepped, _ = decode_heatmaps(maps, "dark", 1)
    assert np.abs(stepped[0] - (4 * np.stack([x, y], axis=1) + 2)).max() <= 4 * 2
