"""Persons that no network finds: the whole picture as one person, or the boxes of a file."""

from pathlib import Path
from typing import Any

import numpy as np

from rsn_edge.coco import (
    MALFORMED,
    column,
    corner_boxes,
    picture_keys,
    read_annotations,
    read_json,
    rows_by_ending,
)
from rsn_edge.errors import InputError
from rsn_edge.frame import Frame
from rsn_edge.people import Persons


class WholeFrame:
    """One person, as large as the frame, score 1: for pictures that are cut out already."""

    def detect(self, frame: Frame) -> Persons:
        """The frame's own box."""
        height, width = frame.size_hw
        return Persons(np.array([[0, 0, width, height]], np.float32), np.ones(1, np.float32))

    def close(self) -> None:
        """Nothing is held."""


class BoxFile:
    """Boxes of a COCO annotation file, by file name, or of a COCO list of detections, by the picture's number.

    A list of detections knows no file names: its image ids are the last digits of the pictures' names, as COCO's own
    are (`000000000139.jpg` and `COCO_val2014_000000000139.jpg` are 139). `asked` counts the frames, `unknown` those
    without an entry: they have no persons. InputError where the file is of another form.
    """

    def __init__(self, path: Path) -> None:
        if not path.exists():
            raise InputError(
                f"{path} could not be read: there is no such file",
                "Name a COCO file of boxes; instead of one `run` also takes whole, and `bench` gt or detector.",
            )
        content = read_json(path)
        self._path = path
        self._persons = _detections(content, path) if isinstance(content, list) else _annotated(path)
        self.asked = self.unknown = 0

    @property
    def notes(self) -> tuple[str, ...]:
        """One sentence if frames had no entry."""
        if not self.unknown:
            return ()
        return (f"{self.unknown} of {self.asked} frames have no entry in {self._path}",)

    def detect(self, frame: Frame) -> Persons:
        """Persons by falling score, boxes clipped to the frame."""
        self.asked += 1
        persons = self.persons(frame.source)
        if persons is None:
            self.unknown += 1
            return Persons.empty()
        height, width = frame.size_hw
        clipped = np.clip(persons.boxes_xyxy, 0, np.array([width, height, width, height], np.float32))
        return Persons(clipped, persons.scores)

    def persons(self, name: str, image_id: int | None = None) -> Persons | None:
        """The boxes of a picture as the file has them, by falling score; None where it has no entry."""
        return next((self._persons[key] for key in picture_keys(name, image_id) if key in self._persons), None)

    def close(self) -> None:
        """Nothing is held."""


def _annotated(path: Path) -> dict[str, Persons]:
    """Persons by every ending of the pictures' paths that only one of them has; crowd regions are no persons."""
    file = read_annotations(path, skeleton=None)
    boxes = [file.boxes_xyxy[rows[~file.crowd[rows]]] for rows in file.rows_by_picture()]
    persons = [Persons(own, np.ones(len(own), np.float32)) for own in boxes]
    return {ending: persons[row] for ending, row in rows_by_ending(file.file_names).items()}


def _detections(entries: list[Any], path: Path) -> dict[str, Persons]:
    """Persons by image id."""
    try:
        persons = [entry for entry in entries if entry.get("category_id", 1) == 1]
        boxes = corner_boxes([entry["bbox"] for entry in persons])
        scores = column([entry["score"] for entry in persons], np.float32)
        owners = column([entry["image_id"] for entry in persons], np.int64)
        if not np.isfinite(scores).all():
            raise ValueError("a score that is no finite number")
    except MALFORMED as error:
        raise InputError(
            f"{path} is no COCO list of detections: {error!r}",
            "Each of its entries has image_id, category_id, bbox [x, y, width, height] and score.",
        ) from error
    order = np.lexsort((-scores, owners))
    ids, starts = np.unique(owners[order], return_index=True)
    groups = np.split(order, starts[1:])
    return {str(image_id): Persons(boxes[own], scores[own]) for image_id, own in zip(ids, groups, strict=False)}
