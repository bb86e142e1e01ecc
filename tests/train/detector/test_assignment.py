"""Which cells answer for which person, on hand-made maps of 8 x 8 cells (64 pixels)."""

import pytest
import torch
from torch import Tensor

from train.detector.loss import Assigned, assign, cell_centres

CENTRES = cell_centres(8, 8, torch.device("cpu"))


def _assign(boxes: list[list[float]], found: Tensor | None = None, scores: Tensor | None = None) -> Assigned:
    """`found` (64, 4) and `scores` (64,) are those of the one canvas; else boxes of 8 pixels, all scored alike."""
    usual = torch.cat([CENTRES - 4, CENTRES + 4], dim=1)
    persons = torch.tensor(boxes).reshape(-1, 4)
    return assign(
        torch.full((1, 64), 0.2) if scores is None else scores[None],
        (usual if found is None else found)[None],
        CENTRES,
        persons,
        torch.zeros(len(persons), dtype=torch.int64),
    )


def test_centres_lie_between_pixels() -> None:
    assert cell_centres(2, 3, torch.device("cpu")).tolist() == [[4, 4], [12, 4], [20, 4], [4, 12], [12, 12], [20, 12]]


def test_nobody_gets_no_cell() -> None:
    assert len(_assign([]).cells) == 0


def test_a_person_whom_no_cell_boxes_gets_the_middle_one() -> None:
    assigned = _assign([[0.0, 0.0, 56.0, 56.0]])

    assert assigned.cells.tolist() == [3 * 8 + 3]
    assert assigned.targets.tolist() == pytest.approx([0.3])


@pytest.mark.parametrize(("share", "count"), [(1.0, 9), (0.45, 4), (0.1, 1)])
def test_as_many_cells_as_there_are_good_boxes(share: float, count: int) -> None:
    found = torch.tensor([0.0, 0.0, 64.0, 64.0 * share]).expand(64, 4)

    assert len(_assign([[0.0, 0.0, 64.0, 64.0]], found).cells) == count


def test_the_best_cell_should_be_as_sure_as_its_box_is_good() -> None:
    found = torch.tensor([0.0, 0.0, 64.0, 48.0]).expand(64, 4)

    assigned = _assign([[0.0, 0.0, 64.0, 64.0]], found)

    assert float(assigned.targets.max()) == pytest.approx(0.75)


def test_of_equal_boxes_the_better_scored_cell_is_taken() -> None:
    scores = torch.full((64,), 0.01)
    scores[4 * 8 + 3] = 0.9

    assert _assign([[0.0, 0.0, 64.0, 64.0]], scores=scores).cells.tolist() == [4 * 8 + 3]


def test_a_tiny_person_between_cells_gets_one() -> None:
    assert len(_assign([[7.0, 7.0, 9.0, 9.0]]).cells) == 1


def test_a_cell_answers_for_one_person_only() -> None:
    found = torch.tensor([0.0, 0.0, 64.0, 64.0]).expand(64, 4)

    assigned = _assign([[0.0, 0.0, 64.0, 64.0], [2.0, 0.0, 64.0, 60.0]], found)

    assert len(set(assigned.cells.tolist())) == len(assigned.cells) >= 9


def test_of_a_person_boxed_twice_the_first_box_gets_the_cells() -> None:
    assert set(_assign([[16.0, 8.0, 40.0, 56.0]] * 2).persons.tolist()) == {0}


def test_persons_of_two_canvases_keep_to_their_own() -> None:
    found, boxes = torch.cat([CENTRES - 8, CENTRES + 8], dim=1), torch.tensor([[8.0, 8.0, 24.0, 24.0]] * 2)

    assigned = assign(torch.full((2, 64), 0.1), found.expand(2, 64, 4), CENTRES, boxes, torch.tensor([0, 1]))

    assert (assigned.cells // 64).tolist() == assigned.persons.tolist()
    assert set(assigned.persons.tolist()) == {0, 1}
