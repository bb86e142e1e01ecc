"""Our own detector: from the cells of its maps to persons of the frame."""

import numpy as np
import pytest

from rsn_edge.backend.function import FunctionBackend
from rsn_edge.backend.protocol import Tensors, TensorSpec
from rsn_edge.detector.cells import CellDetector, boxes_from_cells
from rsn_edge.errors import ArtefactError
from rsn_edge.frame import Frame
from rsn_edge.spec import DETECTORS
from tests.detector.networks import ClosingBackend

SPEC = DETECTORS["person-nano"]
CANVAS = (TensorSpec("canvas", (-1, 3, 320, 320), "float32"),)
MAPS = (TensorSpec("scores", (-1, 1, 40, 40), "float32"), TensorSpec("ltrb", (-1, 4, 40, 40), "float32"))

Cells = dict[tuple[int, int], tuple[float, tuple[float, float, float, float]]]


def maps(cells: Cells) -> Tensors:
    """(x, y) of a cell -> its score and its box in canvas pixels."""
    scores, ltrb = np.zeros((1, 1, 40, 40), np.float32), np.zeros((1, 4, 40, 40), np.float32)
    for (x, y), (score, (x1, y1, x2, y2)) in cells.items():
        scores[0, 0, y, x] = score
        ltrb[0, :, y, x] = (8 * x + 4 - x1, 8 * y + 4 - y1, x2 - 8 * x - 4, y2 - 8 * y - 4)
    return {"scores": scores, "ltrb": ltrb}


def detector(cells: Cells, threshold: float = 0.08) -> CellDetector:
    return CellDetector(FunctionBackend(CANVAS, MAPS, lambda feed: maps(cells)), SPEC, threshold)


def frame(height: int, width: int) -> Frame:
    return Frame(np.full((height, width, 3), 200, np.uint8))


def test_an_empty_map_gives_no_persons() -> None:
    assert len(detector({}).detect(frame(240, 320))) == 0


def test_a_cells_box_is_mapped_back_to_the_frame() -> None:
    found = detector({(10, 12): (0.9, (50, 60, 120, 160))}).detect(frame(480, 640))  # the canvas is half as large

    np.testing.assert_allclose(found.boxes_xyxy, [[100, 120, 240, 320]], atol=1e-3)


def test_the_network_sees_the_normalised_picture_and_zeros_where_there_is_none() -> None:
    fed: list[np.ndarray[tuple[int, ...], np.dtype[np.float32]]] = []

    def compute(feed: Tensors) -> Tensors:
        fed.append(feed["canvas"].copy())
        return maps({})

    CellDetector(FunctionBackend(CANVAS, MAPS, compute), SPEC).detect(frame(160, 320))

    assert fed[0].shape == (1, 3, 320, 320)
    np.testing.assert_allclose(fed[0][:, :, :160], (200 - 114) / 58, atol=1e-6)
    assert (fed[0][:, :, 160:] == 0).all()


def test_a_large_picture_is_averaged_down_to_the_canvas() -> None:
    fed: list[np.ndarray[tuple[int, ...], np.dtype[np.float32]]] = []

    def compute(feed: Tensors) -> Tensors:
        fed.append(feed["canvas"].copy())
        return maps({})

    lines = np.zeros((1280, 1280, 3), np.uint8)
    lines[::4] = 232  # every fourth row: 58 on average, which two rows out of four do not show

    CellDetector(FunctionBackend(CANVAS, MAPS, compute), SPEC).detect(Frame(lines))

    np.testing.assert_allclose(fed[0], (58 - 114) / 58, atol=1e-6)


def test_neighbouring_cells_of_one_person_become_one_box_with_the_support_of_all() -> None:
    box = (50, 60, 120, 160)
    found = detector({(x, 12): (0.8, box) for x in (9, 10, 11, 12)}).detect(frame(320, 320))

    assert len(found) == 1
    assert found.scores[0] == pytest.approx(0.8, abs=1e-6)


def test_neighbouring_persons_both_stay() -> None:
    found = detector({(10, 12): (0.9, (50, 60, 90, 160)), (11, 12): (0.8, (80, 60, 120, 160))}).detect(frame(320, 320))

    assert len(found) == 2


def test_persons_come_by_falling_support_and_those_under_the_threshold_go() -> None:
    crowd: Cells = {(x, 5): (0.6, (10, 10, 100, 70)) for x in (4, 5, 6, 7)}  # support 0.6
    cells = crowd | {(30, 30): (0.8, (200, 200, 280, 280)), (30, 5): (0.3, (200, 10, 280, 70))}  # alone: 0.4, 0.15

    found = detector(cells, threshold=0.2).detect(frame(320, 320))

    np.testing.assert_allclose(found.scores, [0.6, 0.4], atol=1e-6)


@pytest.mark.parametrize(("threshold", "persons"), [(0.05, 1), (0.0, 2)], ids=["from 0.05 on", "all"])
def test_average_precision_also_counts_the_faintest_cells(threshold: float, persons: int) -> None:
    cells = maps({(5, 5): (0.15, (10, 10, 70, 70)), (30, 30): (0.03, (200, 200, 280, 280))})

    assert len(boxes_from_cells(cells["scores"][0, 0], cells["ltrb"][0], threshold)[0]) == persons


def test_a_working_threshold_leaves_faint_cells_out_of_the_support() -> None:
    cells = maps({(5, 5): (0.9, (10, 10, 70, 70)), (6, 5): (0.09, (10, 10, 70, 70))})

    _, scores = boxes_from_cells(cells["scores"][0, 0], cells["ltrb"][0], 0.08)

    assert scores[0] == pytest.approx(0.45, abs=1e-6)


def test_half_precision_maps_give_the_same_boxes() -> None:
    cells = maps({(5, 5): (0.75, (10, 10, 70, 70))})

    boxes, scores = boxes_from_cells(cells["scores"][0, 0].astype(np.float16), cells["ltrb"][0].astype(np.float16), 0.1)

    assert boxes.tolist() == [[10, 10, 70, 70]]
    assert {boxes.dtype, scores.dtype} == {np.dtype(np.float32)}


def test_a_network_with_other_tensors_is_refused_in_one_sentence() -> None:
    other = FunctionBackend((TensorSpec("image", (1, 3, 320, 320), "float32"),), MAPS, lambda feed: {})

    with pytest.raises(ArtefactError, match=r"takes \['image'\] and gives \['ltrb', 'scores'\]"):
        CellDetector(other, SPEC)


def test_closing_frees_the_backend() -> None:
    backend = ClosingBackend(CANVAS, MAPS, lambda feed: maps({}))

    CellDetector(backend, SPEC).close()

    assert backend.closed
