"""Our own person detectors: every cell of one map has a score and a box. The letterbox serves all detectors."""

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from rsn_edge.backend.protocol import Backend
from rsn_edge.detector.nms import best_first, greedy_nms, iou_matrix, support_scores
from rsn_edge.errors import ArtefactError
from rsn_edge.frame import Frame
from rsn_edge.people import Float32, Persons
from rsn_edge.spec import DETECTOR_STRIDE, Colour, DetectorSpec

Triple = tuple[float, float, float]

PASS_ON = 0.08  # a weak detection goes on to the pose network, which knows better

_NMS_IOU = 0.5
_MOST_CANDIDATES = 300
_MOST_PERSONS = 100
# Fainter cells change nothing that a working threshold keeps; average precision also counts the faintest persons.
_CELL_FLOOR = 0.1
_CELL_FLOOR_AP = 0.02


@dataclass(frozen=True, slots=True)
class LetterboxRule:
    """How a family of detectors fits pictures into its canvas.

    Args:
        centred: the padding lies on both sides, else all of it to the right and below.
        average: shrinks by averaging areas, else bilinearly as when enlarging.
        whole: makes the scaled width and height whole numbers.
        pad_value: grey level of the padding.
    """

    centred: bool = False
    average: bool = False
    whole: Callable[[float], int] = round
    pad_value: int = 114


@dataclass(frozen=True, slots=True, eq=False)
class Letterbox:
    """A filled canvas (h, w, 3) uint8, with canvas pixels per picture pixel (x, y), the picture's top-left corner
    in the canvas (x, y), and the picture's width and height.
    """

    canvas_bgr: NDArray[np.uint8]
    scale_xy: tuple[float, float]
    offset_xy: tuple[int, int]
    size_wh: tuple[int, int]

    def persons(self, boxes_xyxy: Float32, scores: Float32) -> Persons:
        """Persons of the picture from boxes (n, 4) of the canvas, clipped; those in the padding are left out."""
        offset, scale, size = (np.array(pair * 2, np.float32) for pair in (self.offset_xy, self.scale_xy, self.size_wh))
        boxes = np.asarray(np.clip((boxes_xyxy - offset) / scale, 0, size), np.float32)
        inside = (boxes[:, 2] > boxes[:, 0]) & (boxes[:, 3] > boxes[:, 1])
        return Persons(boxes, scores)[inside]


def letterbox(image_bgr: NDArray[np.uint8], canvas_hw: tuple[int, int], rule: LetterboxRule) -> Letterbox:
    """The picture as large as it fits into a canvas of `canvas_hw`, its shape kept."""
    (height, width), (canvas_h, canvas_w) = image_bgr.shape[:2], canvas_hw
    scale = min(canvas_w / width, canvas_h / height)
    new_w, new_h = max(1, rule.whole(width * scale)), max(1, rule.whole(height * scale))
    # Of an odd padding the smaller half goes to the left and above.
    left, top = ((canvas_w - new_w) // 2, (canvas_h - new_h) // 2) if rule.centred else (0, 0)
    canvas = np.full((canvas_h, canvas_w, 3), rule.pad_value, np.uint8)
    cv2.resize(
        image_bgr,
        (new_w, new_h),
        dst=canvas[top : top + new_h, left : left + new_w],
        interpolation=cv2.INTER_AREA if rule.average and scale < 1 else cv2.INTER_LINEAR,
    )
    return Letterbox(canvas, (new_w / width, new_h / height), (left, top), (width, height))


def fill_tensor(tensor: Float32, canvas_bgr: NDArray[np.uint8], colour: Colour, mean: Triple, std: Triple) -> None:
    """Writes (canvas - mean) / std into `tensor` (1, 3, h, w); colour, mean and std in the order of its channels."""
    planes = cv2.split(canvas_bgr)
    for plane, channel, m, s in zip(planes if colour == "bgr" else planes[::-1], tensor[0], mean, std, strict=True):
        channel[...] = plane
        channel -= m
        channel *= 1 / s


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
