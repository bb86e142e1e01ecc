"""From a model file to a person detector, ours or another project's."""

from contextlib import ExitStack
from pathlib import Path

from rsn_edge.artefact.description import describe, thresholds_of
from rsn_edge.backend.choice import BackendChoice
from rsn_edge.backend.opening import open_backend
from rsn_edge.detector.cells import PASS_ON, CellDetector
from rsn_edge.detector.foreign import FOREIGN_THRESHOLD, ForeignDetector
from rsn_edge.detector.forms import recognised
from rsn_edge.detector.protocol import Detector
from rsn_edge.errors import ArtefactError
from rsn_edge.spec import DetectorSpec, ModelSpec

# A person-nano whose file names no threshold: 2 % of person-free pictures showed one at this certainty.
_PERSON_THRESHOLD = 0.36
# A choice that nobody measured: larger detectors should know persons from lookalikes, and a sure box with a half
# visible body should still pass.
_FOREIGN_PERSON_THRESHOLD = 0.15


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
