"""Muon: what it does to a filter, and whom it leaves to AdamW."""

import pytest
import torch
from torch import nn

from train.recipe import Muon, orthogonalised


def _optimiser(network: nn.Module, muon: float, decay: float = 0.0) -> Muon:
    optimiser = Muon([{"params": list(network.parameters()), "muon": muon, "weight_decay": decay}])
    optimiser.param_groups[0]["lr"] = 0.01
    return optimiser


def _stepped(muon: float, decay: float = 0.0) -> tuple[torch.Tensor, torch.Tensor]:
    """Filters before and after a step down a random slope."""
    torch.manual_seed(1)
    layer = nn.Conv2d(16, 16, 3, bias=False)
    before = layer.weight.detach().clone()
    layer.weight.grad = torch.randn_like(before)
    _optimiser(layer, muon, decay).step()
    return before, layer.weight.detach()


@pytest.mark.parametrize("shape", [(8, 40), (40, 8), (8, 8)], ids=["wide", "high", "square"])
def test_singular_values_come_near_one(shape: tuple[int, int]) -> None:
    matrix = torch.randn(shape, generator=torch.Generator().manual_seed(0)) @ torch.diag(
        torch.logspace(-1, 1, shape[1])
    )

    values = torch.linalg.svdvals(orthogonalised(matrix))

    assert 0.5 < float(values.min()) < float(values.max()) < 1.3


def test_singular_directions_stay() -> None:
    left, _, right = torch.linalg.svd(torch.randn(6, 6, generator=torch.Generator().manual_seed(0)))

    turned = left.T @ orthogonalised(left @ torch.diag(torch.arange(1.0, 7)) @ right) @ right.T

    torch.testing.assert_close(turned, torch.diag(turned.diagonal()), atol=1e-4, rtol=0)


def test_a_step_is_as_long_as_its_rate() -> None:
    before, after = _stepped(muon=5.0)

    values = torch.linalg.svdvals((after - before).flatten(1))

    assert 0.5 < float(values.min()) / 0.05 < float(values.max()) / 0.05 < 1.3


def test_without_muon_it_is_adamw() -> None:
    before, after = _stepped(muon=0.0)

    torch.testing.assert_close((after - before).abs(), torch.full_like(before, 0.01), rtol=1e-3, atol=0)


def test_decay_shrinks_filters() -> None:
    (before, free), (_, shrunk) = _stepped(muon=5.0), _stepped(muon=5.0, decay=0.2)

    torch.testing.assert_close(free - shrunk, 0.01 * before, atol=1e-6, rtol=1e-3)


def test_no_gradient_is_no_step() -> None:
    layer = nn.Conv2d(16, 16, 1)
    before = layer.weight.detach().clone()

    _optimiser(layer, muon=5.0, decay=0.1).step()

    torch.testing.assert_close(layer.weight.detach(), before, atol=0, rtol=0)
