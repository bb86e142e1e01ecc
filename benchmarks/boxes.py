"""Whose boxes the poses of a set are read from: the annotated ones, a detector's, or a file's."""

from dataclasses import dataclass
from pathlib import Path

from rsn_edge.artefact.kind import file_sha256
from rsn_edge.backend.protocol import BackendChoice
from rsn_edge.coco import CocoKeypoints
from rsn_edge.detector.fixed import BoxFile
from rsn_edge.detector.opening import open_detector
from rsn_edge.detector.protocol import Detector
from rsn_edge.embedded import model_path
from rsn_edge.errors import InputError
from rsn_edge.people import Persons
from rsn_edge.reading import Protocol, annotated_persons

from .coco_set import CocoSet


@dataclass(frozen=True, slots=True)
class Boxes:
    """A detector, or the persons of every picture; `label` is gt, detector or the file, `sha256` of what gave them."""

    label: str
    sha256: str
    source: Detector | list[Persons]


def open_boxes(asked: str | None, pictures: CocoSet, detector: str, protocol: Protocol, choice: BackendChoice) -> Boxes:
    """`gt`, `detector` or a file's, None being the first of these that there is; InputError where there are none.

    A detector's weak boxes count too: a person's score holds the box's, and COCO's numbers are over all scores.
    """
    label = asked or ("gt" if pictures.labelled else "detector")
    if label == "detector":
        path = model_path(detector)
        return Boxes(label, file_sha256(path), open_detector(path, choice))
    if label != "gt":
        persons = _from_file(Path(label), pictures.truth)
        return Boxes(label, file_sha256(Path(label)), persons)
    if not pictures.labelled:
        raise InputError(f"nobody but COCO's server has boxes of {pictures.name}", "Take --boxes detector or FILE.")
    return Boxes(label, file_sha256(pictures.annotations), annotated_persons(pictures.truth, protocol))


def _from_file(path: Path, truth: CocoKeypoints) -> list[Persons]:
    """As the file has them: neither clipped nor thresholded."""
    file = BoxFile(path)
    pictures = zip(truth.file_names, truth.image_ids.tolist(), strict=True)
    found = [file.persons(name, image_id) or Persons.empty() for name, image_id in pictures]
    if not any(len(persons) for persons in found):
        raise InputError(f"no box of {path} is on a picture of this set", "Give the boxes of the same split.")
    return found
