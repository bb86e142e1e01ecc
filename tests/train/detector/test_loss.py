"""What scores and boxes cost, and what costs nothing."""

import numpy as np
import pytest
import torch
from torch import Tensor

from train.detector.canvas import Canvases
from train.detector.loss import detector_loss, giou, varifocal


def _batch(
    boxes: list[list[float]], *, ignored: bool = False, incomplete: bool = False, trust: float = 1.0
) -> Canvases:
    """One canvas of 64 x 64 pixels, all of it to ignore or incomplete."""
    return Canvases(
        pixels_nhwc=np.zeros((1, 64, 64, 3), np.uint8),
        boxes_xyxy=np.array(boxes, np.float32).reshape(-1, 4),
        owners=np.zeros(len(boxes), np.int64),
        trust=np.full(len(boxes), trust, np.float32),
        ignored=np.full((1, 8, 8), ignored),
        incomplete=np.full((1, 8, 8), incomplete),
    )


def _maps(score: float, distance: float = 10.0) -> tuple[Tensor, Tensor]:
    return torch.full((1, 1, 8, 8), score, requires_grad=True), torch.full((1, 4, 8, 8), distance, requires_grad=True)


def _cost(score: float, batch: Canvases, distance: float = 10.0) -> float:
    return float(detector_loss(*_maps(score, distance), batch)[0].detach())


def _slopes(score: float, batch: Canvases) -> tuple[Tensor, Tensor]:
    scores, ltrb = _maps(score)
    detector_loss(scores, ltrb, batch)[0].backward()  # type: ignore[no-untyped-call]
    assert scores.grad is not None
    assert ltrb.grad is not None
    return scores.grad, ltrb.grad


def test_a_canvas_without_persons_costs_what_is_believed_to_be_there() -> None:
    assert _cost(0.5, _batch([])) == pytest.approx(64 * 0.75 * 0.25 * np.log(2), rel=1e-5)


def test_a_region_to_ignore_costs_nothing() -> None:
    assert _cost(0.5, _batch([], ignored=True)) == 0


@pytest.mark.parametrize(("score", "share"), [(0.3, 1), (0.4, 0)], ids=["unsure", "sure"])
def test_where_boxes_are_missing_only_unsure_cells_are_corrected(score: float, share: float) -> None:
    assert _cost(score, _batch([], incomplete=True)) == share * _cost(score, _batch([]))


def test_a_person_in_a_region_to_ignore_is_learnt_all_the_same() -> None:
    scores, ltrb = _slopes(0.1, _batch([[8.0, 8.0, 40.0, 56.0]], ignored=True))

    assert 1 <= int((scores < 0).sum()) == int((scores != 0).sum())
    assert int((ltrb != 0).any(dim=1).sum()) == int((scores != 0).sum())


def test_only_a_persons_cells_are_told_where_its_box_is() -> None:
    scores, ltrb = _slopes(0.1, _batch([[8.0, 8.0, 40.0, 56.0]]))

    assert torch.equal((ltrb != 0).any(dim=1), scores[:, 0] < 0)


def test_a_box_that_nobody_drew_counts_less() -> None:
    box = [[8.0, 8.0, 40.0, 56.0]]
    drawn, guessed, free = (_cost(0.3, _batch(box, trust=trust)) for trust in (1.0, 0.3, 0.0))

    assert guessed - free == pytest.approx(0.3 * (drawn - free), rel=1e-5)


def test_better_boxes_cost_less() -> None:
    box = [[20.0, 20.0, 36.0, 36.0]]

    assert _cost(0.5, _batch(box), distance=8.0) < _cost(0.5, _batch(box), distance=16.0)


def test_the_mass_is_the_sum_of_the_targets() -> None:
    found = detector_loss(*_maps(0.5, 16.0), _batch([[12.0, 12.0, 44.0, 44.0]] * 1))

    assert 1 <= found[1] <= 9
    assert detector_loss(*_maps(0.5), _batch([]))[1] == 1


@pytest.mark.parametrize("score", [0.0, 1.0])
def test_scores_that_are_quite_sure_have_a_finite_slope(score: float) -> None:
    for batch in (_batch([]), _batch([[8.0, 8.0, 40.0, 56.0]])):
        assert all(torch.isfinite(slope).all() for slope in _slopes(score, batch))


def test_a_right_score_is_cheapest() -> None:
    costs = [
        float(varifocal(torch.tensor([s]), torch.tensor([0.6]), *[torch.tensor([False])] * 2)) for s in (0.5, 0.6, 0.7)
    ]

    assert costs[1] < min(costs[0], costs[2])


@pytest.mark.parametrize(
    ("other", "value"), [([0, 0, 2, 2], 1.0), ([1, 0, 3, 2], 1 / 3), ([4, 0, 6, 2], -1 / 3), ([0, 0, 1, 2], 0.5)]
)  # fmt: skip
def test_giou_of_boxes(other: list[float], value: float) -> None:
    assert float(giou(torch.tensor([[0.0, 0, 2, 2]]), torch.tensor([other]))) == pytest.approx(value)
