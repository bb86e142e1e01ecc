"""Persons found by a detector of another project."""

import numpy as np

from rsn_edge.backend.protocol import Backend
from rsn_edge.detector.forms import Form, canvas_size
from rsn_edge.detector.letterbox import fill_tensor, letterbox
from rsn_edge.detector.nms import best_first, greedy_nms, iou_matrix
from rsn_edge.frame import Frame
from rsn_edge.people import Persons

FOREIGN_THRESHOLD = 0.25

_MOST_CANDIDATES = 1000
_MOST_PERSONS = 100


class ForeignDetector:
    """Finds persons with a detector of another project; other classes are ignored.

    Args:
        backend: the network; closed with the detector.
        form: how it is fed and read, as `recognised` says.
        threshold: persons of a lower score are left out.
    """

    def __init__(self, backend: Backend, form: Form, threshold: float = FOREIGN_THRESHOLD) -> None:
        self._backend = backend
        self._form = form
        self._threshold = threshold
        self._input = backend.inputs[0]
        self._size = canvas_size(self._input)
        self._tensor = np.empty((1, 3, *self._size), np.float32)  # reused: fresh megabytes cost page faults

    def detect(self, frame: Frame) -> Persons:
        """Persons by falling score, boxes clipped to the frame."""
        form = self._form
        fitted = letterbox(frame.image_bgr, self._size, form.rule)
        fill_tensor(self._tensor, fitted.canvas_bgr, form.colour, form.mean, form.std)
        given = self._backend.infer({self._input.name: self._tensor.astype(self._input.dtype, copy=False)})
        arrays = [np.asarray(given[output.name], np.float32) for output in self._backend.outputs]
        boxes, scores = form.boxes(arrays, self._size, self._threshold)
        order = best_first(scores, self._threshold, _MOST_CANDIDATES)
        if form.nms_iou is not None:
            order = order[greedy_nms(iou_matrix(boxes[order], boxes[order]), form.nms_iou, _MOST_PERSONS)]
        return fitted.persons(boxes[order[:_MOST_PERSONS]], scores[order[:_MOST_PERSONS]])

    def close(self) -> None:
        """Frees the backend."""
        self._backend.close()
