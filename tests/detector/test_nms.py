"""Which of many boxes are one person."""

import numpy as np
import pytest

from rsn_edge.detector.nms import best_first, greedy_nms, iou_matrix, support_scores


def floats(*values: object) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    return np.array(values, np.float32)


@pytest.mark.parametrize(
    ("other", "iou"),
    [
        pytest.param([0, 0, 10, 10], 1.0, id="itself"),
        pytest.param([5, 0, 15, 10], 1 / 3, id="half shifted"),
        pytest.param([2, 2, 4, 4], 0.04, id="inside"),
        pytest.param([10, 0, 20, 10], 0.0, id="touching"),
        pytest.param([30, 30, 40, 40], 0.0, id="apart"),
        pytest.param([3, 3, 3, 3], 0.0, id="empty"),
    ],
)
def test_iou_of_a_square_with(other: list[float], iou: float) -> None:
    assert iou_matrix(floats([0, 0, 10, 10]), floats(other))[0, 0] == pytest.approx(iou, abs=1e-6)


def test_two_empty_boxes_have_no_overlap() -> None:
    assert iou_matrix(floats([3, 3, 3, 3]), floats([3, 3, 3, 3]))[0, 0] == 0


def test_no_boxes_give_a_matrix_without_entries() -> None:
    assert iou_matrix(np.zeros((0, 4), np.float32), floats([0, 0, 1, 1], [0, 0, 2, 2])).shape == (0, 2)


def test_the_best_come_first_and_equal_ones_keep_their_order() -> None:
    scores = floats(*[0.2] * 100, 0.9, 0.05, 0.2, 0.5)

    assert best_first(scores, floor=0.2, limit=60).tolist() == [100, 103, *range(58)]


def test_a_chain_of_boxes_loses_only_those_that_overlap_a_kept_one() -> None:
    chain = floats([0, 0, 10, 10], [3, 0, 13, 10], [6, 0, 16, 10])  # neighbours 0.54, the ends 0.25

    assert greedy_nms(iou_matrix(chain, chain), 0.5, 10).tolist() == [0, 2]


def test_an_overlap_of_exactly_the_limit_is_kept() -> None:
    boxes = floats([0, 0, 10, 10], [0, 0, 10, 5])

    assert greedy_nms(iou_matrix(boxes, boxes), 0.5, 10).tolist() == [0, 1]


def test_suppression_stops_at_the_limit() -> None:
    apart = floats(*([20 * i, 0, 20 * i + 10, 10] for i in range(5)))

    assert greedy_nms(iou_matrix(apart, apart), 0.5, 2).tolist() == [0, 1]


def test_suppression_equals_the_plain_loop() -> None:
    rng = np.random.default_rng(3)
    corner = rng.uniform(0, 60, (200, 2))
    boxes = np.concatenate([corner, corner + rng.uniform(5, 40, (200, 2))], axis=1).astype(np.float32)
    overlaps = iou_matrix(boxes, boxes)
    expected: list[int] = []
    for box in range(200):
        if all(overlaps[box, earlier] <= 0.5 for earlier in expected):
            expected.append(box)

    assert greedy_nms(overlaps, 0.5, 200).tolist() == expected


@pytest.mark.parametrize(
    ("neighbours", "score"),
    [
        pytest.param([], np.sqrt(0.8 * 0.8 / 4), id="alone"),
        pytest.param([0.6], np.sqrt(0.8 * 1.4 / 4), id="one neighbour"),
        pytest.param([0.7, 0.6, 0.5, 0.4, 0.3], np.sqrt(0.8 * 2.6 / 4), id="the four best count"),
        pytest.param([0.8, 0.8, 0.8], 0.8, id="all agree"),
    ],
)
def test_support_of_a_box_of_score_08(neighbours: list[float], score: float) -> None:
    scores = floats(0.8, *neighbours)
    overlaps = np.full((len(scores), len(scores)), 0.7, np.float32)

    assert support_scores(np.array([0]), overlaps, scores)[0] == pytest.approx(score, abs=1e-6)


def test_support_counts_neighbours_from_an_overlap_of_06_on_and_starts_from_the_boxs_own_score() -> None:
    scores = floats(0.9, 0.5, 0.4)
    overlaps = floats([1, 0.45, 0.61], [0.45, 1, 0.59], [0.61, 0.59, 1])

    expected = [np.sqrt(0.9 * 1.3 / 4), np.sqrt(0.5 * 0.5 / 4)]

    np.testing.assert_allclose(support_scores(np.array([0, 1]), overlaps, scores), expected, atol=1e-6)
