"""Shapes, ranges and graph of the person detector."""

import pytest
import torch

from rsn_edge.network.build import build_network
from rsn_edge.network.detector import PersonDetector
from rsn_edge.spec import DETECTORS


@pytest.fixture(scope="module", name="detector")
def _detector() -> PersonDetector:
    torch.manual_seed(0)
    network = build_network(DETECTORS["person-nano"])
    assert isinstance(network, PersonDetector)
    return network.eval()


@pytest.mark.parametrize("size", [(320, 320), (64, 96)])
def test_every_cell_has_a_score_and_a_box(detector: PersonDetector, size: tuple[int, int]) -> None:
    scores, ltrb = detector(torch.zeros(2, 3, *size))

    cells = size[0] // 8, size[1] // 8
    assert scores.shape == (2, 1, *cells)
    assert ltrb.shape == (2, 4, *cells)


def test_scores_are_probabilities_and_boxes_have_an_extent(detector: PersonDetector) -> None:
    with torch.inference_mode():
        scores, ltrb = detector(1e3 * torch.randn(1, 3, 64, 64))

    assert 0 <= scores.min() <= scores.max() <= 1
    assert 8 * 0.0497 < ltrb.min() <= ltrb.max() < 8 * 148.5


def test_an_untrained_detector_sees_nobody(detector: PersonDetector) -> None:
    with torch.inference_mode():
        scores, ltrb = detector(torch.zeros(1, 3, 64, 64))

    assert scores.mean().item() == pytest.approx(0.01, abs=0.005)
    assert ltrb.mean().item() == pytest.approx(22, abs=4)


def test_its_graph_can_be_traced(detector: PersonDetector) -> None:
    canvas = torch.randn(1, 3, 64, 64)

    traced = torch.fx.symbolic_trace(detector)

    torch.testing.assert_close(traced(canvas), detector(canvas), rtol=0, atol=0)
