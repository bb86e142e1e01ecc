"""A sheet of those who are hit by the faults, to be looked at."""

from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from rsn_edge.coco import corner_boxes
from rsn_edge.drawing.overlay import draw_poses
from rsn_edge.drawing.sheet import contact_sheet
from rsn_edge.people import Poses
from rsn_edge.source.decode import read_picture

from .audit import Audit, Finding
from .faults import NOTE
from .pictures import picture_path

Image = NDArray[np.uint8]

_EACH = 4  # hits shown of a fault, a row of the sheet
_AROUND = 0.3  # of a person's longer side, shown on each side
_WHITE, _RED = (255, 255, 255), (40, 40, 230)  # BGR: boxes of the file, and of persons whom only networks see


def fault_sheet(audit: Audit, folder: Path) -> Image | None:
    """The first persons or pictures that each fault hits, with their labels; None where none can be shown."""
    cells = [cell for finding in audit.findings for cell in _cells(audit, finding, folder)]
    return contact_sheet([image for image, _ in cells], [caption for _, caption in cells], _EACH) if cells else None


def _cells(audit: Audit, finding: Finding, folder: Path) -> Iterator[tuple[Image, str]]:
    persons = finding.fault.of == "person"
    everybody = finding.severity == NOTE and len(finding.rows) == finding.total  # of which the sheet has enough
    shown = (persons or finding.fault.of == "picture") and not everybody
    for row in finding.rows[:_EACH] if shown else ():
        picture = int(audit.labels.owners[row]) if persons else row
        if picture >= 0 and audit.readable[picture]:
            entry = audit.labels.pictures[picture]
            image = _labelled(audit, picture, read_picture(picture_path(folder, entry)))
            yield _around(audit, row, image) if persons else image, f"{finding.fault.name}: {entry['file_name']}"


def _labelled(audit: Audit, picture: int, image: Image) -> Image:
    rows = np.flatnonzero(audit.labels.owners == picture)
    boxes = corner_boxes(np.nan_to_num(audit.labels.boxes_xywh[rows]))
    certain = audit.labels.labelled[rows].astype(np.float32)
    points, ones = audit.labels.keypoints[rows, :, :2].astype(np.float32), np.ones(len(rows), np.float32)
    drawn = draw_poses(image, Poses(points, certain, certain, boxes, ones), audit.skeleton, threshold=0.5)
    for colour, some in ((_WHITE, boxes), (_RED, audit.strangers.get(picture, boxes[:0]))):
        for left, top, right, bottom in np.clip(some, -1e4, 1e4).round().astype(int).tolist():
            cv2.rectangle(drawn, (left, top), (right, bottom), colour, max(1, max(image.shape) // 400))
    return drawn


def _around(audit: Audit, row: int, image: Image) -> Image:
    """The part of the picture around a person's box and joints, or all of it where they are nowhere."""
    corner, size = audit.labels.boxes_xywh[row].reshape(2, 2)
    points = np.vstack([audit.labels.keypoints[row, audit.labels.labelled[row], :2], corner, corner + size])
    points = np.clip(points[np.isfinite(points).all(axis=1)], 0, image.shape[1::-1])
    if not len(points) or (np.ptp(points, axis=0) < 1).any():
        return image
    room = _AROUND * np.ptp(points, axis=0).max() + 4
    left, top = (points.min(axis=0) - room).clip(0).astype(int)
    right, bottom = (points.max(axis=0) + room).astype(int)
    return image[top:bottom, left:right]
