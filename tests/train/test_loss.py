"""Losses against the numbers of the published programs, and what the cross-entropy promises.

The golden maps, targets and visibilities are seeded, not stored: see `_tensors`.
"""

from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor

from rsn_edge.keypoints.targets import target_levels
from tests.seeded_weights import uniform
from train.loss import (
    cross_entropy_loss,
    gaussian_cells,
    hard_joints,
    official_loss,
    softmax_cross_entropy,
    squares,
    target_sigma,
)

Golden = dict[str, NDArray[np.float64]]

CASES = [(17, 1), (17, 2), (16, 1), (16, 2)]
SHAPES = pytest.mark.parametrize(("joints", "stages"), CASES, ids=[f"k{k}-{s}stg" for k, s in CASES])
INPUT_HW = (128, 96)
MAPS_HW = ((4, 3), (8, 6), (16, 12), (32, 24))


@pytest.fixture(scope="module")
def golden() -> Golden:
    return dict(np.load(Path(__file__).parents[1] / "golden" / "pipeline_loss.npz"))


def _between(key: str, shape: tuple[int, ...], low: float, high: float) -> NDArray[np.float64]:
    values: NDArray[np.float64] = low + (high - low) * uniform("pipe:" + key, int(np.prod(shape)))
    return values.reshape(shape)


def _tensors(joints: int, stages: int) -> tuple[list[list[Tensor]], Tensor, Tensor]:
    name = f"{joints}{stages}"
    shape = (3, joints, 12, 9)
    keys = [[f"lo{name}{stage}{level}" for level in range(4)] for stage in range(stages)]
    maps = [[torch.tensor(_between(key, shape, -30, 200), dtype=torch.float32) for key in stage] for stage in keys]
    targets = torch.tensor(_between(f"ll{name}", (3, 5, joints, 12, 9), 0, 255), dtype=torch.float32)
    visibility = np.floor(_between(f"lv{name}", (3, joints, 1), 0, 3))[..., 0]
    return maps, targets, torch.tensor(visibility, dtype=torch.float32)


def _each_level(maps: list[list[Tensor]], targets: Tensor) -> list[tuple[int, Tensor, Tensor]]:
    return [
        (level, heatmap, targets[:, index])
        for levels, indices in zip(maps, target_levels(len(maps)), strict=True)
        for level, (heatmap, index) in enumerate(zip(levels, indices, strict=True))
    ]


@SHAPES
def test_the_seeded_visibility_is_the_stored_one(golden: Golden, joints: int, stages: int) -> None:
    _, _, visibility = _tensors(joints, stages)
    assert np.array_equal(visibility.numpy(), golden[f"k{joints}s{stages}_valid"][..., 0])


@SHAPES
def test_the_official_total_is_the_published_programs(golden: Golden, joints: int, stages: int) -> None:
    loss = official_loss(*_tensors(joints, stages))
    assert float(loss) == pytest.approx(float(golden[f"k{joints}s{stages}_official_total"]), rel=1e-6)


@SHAPES
def test_every_official_level_is_the_published_programs(golden: Golden, joints: int, stages: int) -> None:
    maps, targets, visibility = _tensors(joints, stages)
    seen, labelled = (visibility > 1).float()[..., None, None], (visibility > 0).float()
    losses = [
        float(hard_joints(heatmap, target, labelled) if level == 3 else squares(heatmap, target * seen))
        for level, heatmap, target in _each_level(maps, targets)
    ]
    assert losses == pytest.approx(list(golden[f"k{joints}s{stages}_official_unweighted"]), rel=1e-6)


def test_maps_of_half_precision_lose_as_float32() -> None:
    maps, targets, visibility = _tensors(17, 1)
    halves = [[heatmap.bfloat16() for heatmap in levels] for levels in maps]
    rounded = [[heatmap.float() for heatmap in levels] for levels in halves]
    assert torch.equal(official_loss(halves, targets, visibility), official_loss(rounded, targets, visibility))


def _persons(joints: int = 17) -> tuple[Tensor, Tensor]:
    inside = torch.tensor(_between("ce", (2, joints, 2), 8, 88), dtype=torch.float32)
    return inside, torch.ones(2, joints)


def _logits(keypoints: Tensor) -> list[list[Tensor]]:
    sigmas = [target_sigma(level, height, INPUT_HW[0]) for level, (height, _) in enumerate(MAPS_HW)]
    cells = [gaussian_cells(keypoints, hw, INPUT_HW, sigma) for hw, sigma in zip(MAPS_HW, sigmas, strict=True)]
    return [[cell.clamp(min=1e-30).log() / 10 for cell in cells]]


def test_cross_entropy_of_the_targets_own_logits_is_their_entropy() -> None:
    keypoints, weights = _persons()
    target = gaussian_cells(keypoints, MAPS_HW[3], INPUT_HW, 1.0)
    loss = softmax_cross_entropy(target.clamp(min=1e-30).log() / 10, target, weights)
    entropy = -(target * target.clamp(min=1e-30).log()).sum(dim=(2, 3)).mean()
    assert float(loss) == pytest.approx(float(entropy), rel=1e-5)


def test_cross_entropy_is_smallest_where_the_maps_are_right() -> None:
    keypoints, weights = _persons()
    right = cross_entropy_loss(_logits(keypoints), keypoints, weights, INPUT_HW)
    shifted = cross_entropy_loss(_logits(keypoints + 6), keypoints, weights, INPUT_HW)
    assert right < shifted


def test_cross_entropy_does_not_see_a_joint_without_weight() -> None:
    keypoints, weights = _persons()
    weights[:, 3] = 0
    maps = _logits(keypoints)
    before = cross_entropy_loss(maps, keypoints, weights, INPUT_HW)
    keypoints[:, 3] = float("nan")
    assert torch.equal(cross_entropy_loss(maps, keypoints, weights, INPUT_HW), before)


def test_cross_entropy_of_persons_without_labels_is_zero() -> None:
    keypoints, weights = _persons()
    assert float(cross_entropy_loss(_logits(keypoints), keypoints, weights * 0, INPUT_HW)) == 0


@pytest.mark.parametrize("level", range(4))
def test_gaussians_sum_to_one_at_every_level(level: int) -> None:
    cells = gaussian_cells(_persons()[0], MAPS_HW[level], INPUT_HW, 0.9)
    assert torch.allclose(cells.sum(dim=(2, 3)), torch.ones(2, 17), atol=1e-5)


def test_the_centre_of_a_gaussian_is_the_joint_between_the_cells() -> None:
    joint = torch.tensor([[[41.3, 62.9]]])
    cells = gaussian_cells(joint, MAPS_HW[3], INPUT_HW, 1.2)[0, 0]
    column = float((cells.sum(dim=0) * torch.arange(24)).sum())
    row = float((cells.sum(dim=1) * torch.arange(32)).sum())
    assert (4 * column + 2, 4 * row + 2) == pytest.approx((41.3, 62.9), abs=0.01)


def test_corners_of_all_levels_lie_on_each_other() -> None:
    corner = torch.tensor([[[4 * 23 + 2.0, 4 * 31 + 2.0]]])
    peaks = [int(gaussian_cells(corner, hw, INPUT_HW, 0.8).argmax()) for hw in MAPS_HW]
    assert peaks == [height * width - 1 for height, width in MAPS_HW]


def test_a_coarse_gaussian_is_as_wide_on_a_map_of_the_finest_size() -> None:
    own, resized = target_sigma(0, 4, 128), target_sigma(0, 32, 128)
    assert own == pytest.approx(0.8)
    assert resized / 31 == pytest.approx(own / 3)


@pytest.mark.parametrize(("height", "sigma"), [(128, 1.0), (160, 1.075), (192, 1.15), (256, 1.4), (384, 1.4)])
def test_the_finest_gaussian_grows_with_the_input(height: int, sigma: float) -> None:
    assert target_sigma(3, height // 4, height) == pytest.approx(sigma)
