"""Our own person detectors: every cell of one map has a score and a box."""

import numpy as np

from rsn_edge.backend.protocol import Backend
from rsn_edge.detector.letterbox import LetterboxRule, fill_tensor, letterbox
from rsn_edge.detector.nms import best_first, greedy_nms, iou_matrix, support_scores
from rsn_edge.errors import ArtefactError
from rsn_edge.frame import Frame
from rsn_edge.people import Float32, Persons
from rsn_edge.spec import DETECTOR_STRIDE, DetectorSpec

PASS_ON = 0.08  # a weak detection goes on to the pose network, which knows better

_NMS_IOU = 0.5
_MOST_CANDIDATES = 300
_MOST_PERSONS = 100
# Fainter cells change nothing that a working threshold keeps; average precision also counts the faintest persons.
_CELL_FLOOR = 0.1
_CELL_FLOOR_AP = 0.02


class CellDetector:
    """Finds persons with a network of the `person-nano` family.

    Args:
        backend: takes `canvas` (1, 3, h, w) float32, gives `scores` (1, 1, h / 8, w / 8) in [0, 1] and `ltrb`
            (1, 4, h / 8, w / 8) in canvas pixels; closed with the detector.
        spec: the network in the backend.
        threshold: persons of a lower score are left out; under PASS_ON the faintest cells count too.
    """

    def __init__(self, backend: Backend, spec: DetectorSpec, threshold: float = PASS_ON) -> None:
        _check_tensors(backend)
        self._backend = backend
        self._spec = spec
        self._threshold = threshold
        self._rule = letterbox_rule(spec)
        self._canvas = np.empty((1, 3, *spec.input_hw), np.float32)  # reused: fresh megabytes cost page faults

    def detect(self, frame: Frame) -> Persons:
        """Persons by falling score, boxes clipped to the frame."""
        spec = self._spec
        fitted = letterbox(frame.image_bgr, spec.input_hw, self._rule)
        fill_tensor(self._canvas, fitted.canvas_bgr, spec.colour, spec.mean, spec.std)
        maps = self._backend.infer({"canvas": self._canvas})
        boxes, scores = boxes_from_cells(maps["scores"][0, 0], maps["ltrb"][0], self._threshold)
        return fitted.persons(boxes, scores)

    def close(self) -> None:
        """Frees the backend."""
        self._backend.close()


def letterbox_rule(spec: DetectorSpec) -> LetterboxRule:
    """How pictures are fitted into the canvas of a network of this family."""
    return LetterboxRule(average=True, pad_value=spec.pad_value)


def boxes_from_cells(scores_hw: Float32, ltrb: Float32, threshold: float) -> tuple[Float32, Float32]:
    """Boxes (n, 4) in canvas pixels and scores (n,) of at least `threshold`, falling.

    Args:
        scores_hw: (h, w), how sure each cell is to be the best one of a person.
        ltrb: (4, h, w), distances from a cell's centre to the left, top, right and bottom of the box.
        threshold: applies to the support score that replaces the cell's own after suppression.
    """
    cells = scores_hw.astype(np.float32, copy=False).ravel()
    floor = _CELL_FLOOR if threshold >= PASS_ON else _CELL_FLOOR_AP
    chosen = best_first(cells, floor, _MOST_CANDIDATES)
    y, x = np.divmod(chosen, scores_hw.shape[1])
    centre = (np.stack([x, y], axis=1) * DETECTOR_STRIDE + DETECTOR_STRIDE // 2).astype(np.float32)
    distances = ltrb.reshape(4, -1)[:, chosen].T.astype(np.float32, copy=False)
    candidates = np.concatenate([centre - distances[:, :2], centre + distances[:, 2:]], axis=1)
    overlaps = iou_matrix(candidates, candidates)
    kept = greedy_nms(overlaps, _NMS_IOU, _MOST_PERSONS)
    scores = support_scores(kept, overlaps, cells[chosen])
    order = best_first(scores, threshold, _MOST_PERSONS)
    return candidates[kept[order]], scores[order]


def _check_tensors(backend: Backend) -> None:
    takes = {tensor.name for tensor in backend.inputs}
    gives = {tensor.name for tensor in backend.outputs}
    if takes != {"canvas"} or not gives >= {"scores", "ltrb"}:
        raise ArtefactError(
            f"the detector takes {sorted(takes)} and gives {sorted(gives)}, but its description says canvas, and "
            "scores and ltrb",
            "Export it again: rsn-edge export CHECKPOINT.",
        )
