"""The recipes: sizes, rates, optimisers, and what a batch costs."""

import numpy as np
import pytest
import torch
from torch import nn

from train.data.batch import Batch
from train.pose_task import batch_loss
from train.recipe import DETECTOR_RECIPE, RECIPES, mixed_size, official_rate, optimiser_of, rate_at, size_at

MODERN, OFFICIAL = RECIPES["modern"], RECIPES["official"]


def _batch(visibility: float = 2.0, known: bool = True) -> Batch:
    joints = np.tile((30.0, 20.0, visibility), (2, 17, 1))
    return Batch(np.zeros((2, 64, 64, 3), np.uint8), joints, np.full((2, 17), known), np.ones(2))


def _maps(height: float) -> list[list[torch.Tensor]]:
    return [[torch.full((2, 17, 16, 16), height) for _ in range(4)]]


@pytest.mark.parametrize(
    ("progress", "trained", "size"),
    [(0.0, False, (128, 96)), (0.3, False, (192, 144)), (0.64, False, (192, 144)), (0.66, False, (256, 192)),
     (1.0, False, (256, 192)), (0.0, True, (192, 144)), (0.5, True, (192, 144)), (0.6, True, (256, 192))],
)  # fmt: skip
def test_crops_grow_with_the_training(progress: float, trained: bool, size: tuple[int, int]) -> None:
    assert size_at(MODERN, progress, (256, 192), trained) == size


@pytest.mark.parametrize("progress", [0.0, 0.5, 1.0])
def test_the_official_recipe_has_one_size(progress: float) -> None:
    assert size_at(OFFICIAL, progress, (256, 192), trained=True) == (256, 192)


def test_small_inputs_stay_large_enough() -> None:
    assert size_at(MODERN, 0.0, (32, 32), trained=False) == (32, 32)


@pytest.mark.parametrize("iteration", [1, 2400, 50_000])
def test_the_official_rate_is_the_published_one(iteration: int) -> None:
    assert rate_at(OFFICIAL, iteration, 96_000, 256, None) == official_rate(iteration, 96_000, 256)


def test_a_peak_of_ones_own_replaces_the_recipes() -> None:
    assert rate_at(OFFICIAL, 2400, 96_000, 64, 0.5) == pytest.approx(0.5)
    assert rate_at(MODERN, 4, 100, 64, 0.5) == pytest.approx(0.5)


def test_the_modern_rate_grows_with_the_root_of_the_batch() -> None:
    assert rate_at(MODERN, 4, 100, 128, None) == pytest.approx(2 * rate_at(MODERN, 4, 100, 32, None))


def test_only_filters_decay_in_the_modern_recipe() -> None:
    filters, others = optimiser_of(MODERN, nn.Sequential(nn.Conv2d(3, 4, 1), nn.BatchNorm2d(4))).param_groups

    assert (filters["weight_decay"], [p.dim() for p in filters["params"]]) == (0.02, [4])
    assert (others["weight_decay"], {p.dim() for p in others["params"]}) == (0.0, {1})


def test_a_detectors_sizes_come_in_equal_parts() -> None:
    sizes = [mixed_size(DETECTOR_RECIPE, (320, 320), 0, batch) for batch in range(900)]

    assert {size: round(sizes.count(size) / 300) for size in sizes} == {(192, 192): 1, (256, 256): 1, (320, 320): 1}


def test_a_detectors_size_is_a_matter_of_the_batch_and_the_seed() -> None:
    first, again, other = ([mixed_size(DETECTOR_RECIPE, (64, 96), s, b) for b in range(30)] for s in (1, 1, 2))

    assert first == again != other


def test_a_detectors_rate_is_the_one_it_was_found_with() -> None:
    assert rate_at(DETECTOR_RECIPE, 30, 100, 24, None) == pytest.approx(3e-3, rel=0.02)


def test_muon_moves_what_lies_between_hidden_layers() -> None:
    network = nn.Sequential(nn.Conv2d(3, 16, 3), nn.Conv2d(16, 24, 3), nn.BatchNorm2d(24), nn.Conv2d(24, 4, 1))

    moved, outer, others = optimiser_of(DETECTOR_RECIPE, network).param_groups

    assert [tuple(p.shape) for p in moved["params"]] == [(24, 16, 3, 3)]
    assert moved["muon"] * 3e-3 == pytest.approx(0.025, rel=0.02)
    assert [p.shape[0] for p in outer["params"]] == [16, 4]
    assert {p.dim() for p in others["params"]} == {1}


@pytest.mark.parametrize("name", RECIPES)
def test_a_joint_that_a_set_never_labels_costs_nothing(name: str) -> None:
    loss, _ = batch_loss(RECIPES[name], _maps(3.0), _batch(visibility=0.0, known=False))

    assert float(loss) == 0


def test_to_the_official_loss_an_unlabelled_joint_is_absent() -> None:
    loss, _ = batch_loss(OFFICIAL, _maps(3.0), _batch(visibility=0.0))

    assert float(loss) == pytest.approx(3 * 9 / 4)


@pytest.mark.parametrize(("name", "mass"), [("modern", 34.0), ("official", 2.0)])
def test_a_part_weighs_what_its_mean_is_over(name: str, mass: float) -> None:
    assert batch_loss(RECIPES[name], _maps(0.0), _batch())[1] == mass
