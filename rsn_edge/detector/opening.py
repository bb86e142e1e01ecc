"""From a model file to a person detector, ours or another project's."""

from contextlib import ExitStack
from pathlib import Path

import numpy as np

from rsn_edge.artefact.description import describe, thresholds_of
from rsn_edge.backend.opening import open_backend
from rsn_edge.backend.protocol import Backend, BackendChoice
from rsn_edge.detector.cells import PASS_ON, CellDetector, fill_tensor, letterbox
from rsn_edge.detector.forms import Form, canvas_size, recognised
from rsn_edge.detector.nms import best_first, greedy_nms, iou_matrix
from rsn_edge.detector.protocol import Detector
from rsn_edge.errors import ArtefactError
from rsn_edge.frame import Frame
from rsn_edge.people import Persons
from rsn_edge.spec import DetectorSpec, ModelSpec

# A person-nano whose file names no threshold: 2 % of person-free pictures showed one at this certainty.
_PERSON_THRESHOLD = 0.36
# A choice that nobody measured: larger detectors should know persons from lookalikes, and a sure box with a half
# visible body should still pass.
_FOREIGN_PERSON_THRESHOLD = 0.15

FOREIGN_THRESHOLD = 0.25
_MOST_CANDIDATES = 1000
_MOST_PERSONS = 100


def open_detector(path: Path, choice: BackendChoice, threshold: float | None = None) -> Detector:
    """The person detector in a model file; ArtefactError or BackendError where it cannot run here.

    Persons of a score under `threshold` are left out; by default a detector of ours passes weak ones on to the pose
    network (from where on its manifest says), one of another project gives what its project would show.
    """
    spec = describe(path).spec
    if isinstance(spec, ModelSpec):
        raise ArtefactError(f"{path} is a pose network, not a person detector", f"Give it with --model {path}.")
    if threshold is None:
        threshold = thresholds_of(path).pass_on
    with ExitStack() as opened:
        backend = open_backend(path, choice)
        opened.callback(backend.close)
        detector: Detector
        if spec is not None:
            detector = CellDetector(backend, spec, PASS_ON if threshold is None else threshold)
        else:
            form = recognised(backend, path.read_bytes(), str(path))
            detector = ForeignDetector(backend, form, FOREIGN_THRESHOLD if threshold is None else threshold)
        opened.pop_all()
    return detector


def person_threshold(path: Path) -> float:
    """The certainty (Poses.certainty) under which a detection of the network in `path` is nobody."""
    named = thresholds_of(path).person
    if named is not None:
        return named
    return _PERSON_THRESHOLD if isinstance(describe(path).spec, DetectorSpec) else _FOREIGN_PERSON_THRESHOLD


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
