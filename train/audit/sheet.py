"""A sheet of those who are hit by the faults, to be looked at."""

from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from rsn_edge.artefact.writing import write_bytes
from rsn_edge.coco import corner_boxes
from rsn_edge.drawing.overlay import draw_poses
from rsn_edge.drawing.sheet import contact_sheet
from rsn_edge.people import Poses
from rsn_edge.source.decode import read_picture

from .audit import Audit, Finding
from .labels import Float64
from .pictures import picture_path

Image = NDArray[np.uint8]

_EACH = 4  # hits shown of a fault, a row of the sheet
_AROUND = 0.5  # of a box's longer side, shown on each side
_WHITE, _RED = (255, 255, 255), (40, 40, 230)  # BGR: boxes of the file, and of persons whom only networks see


def write_sheet(audit: Audit, folder: Path, path: Path) -> Path | None:
    """The first persons or pictures that each fault hits, with their labels; None where none can be shown."""
    cells = [cell for finding in audit.findings for cell in _cells(audit, finding, folder)]
    if not cells:
        return None
    sheet = contact_sheet([image for image, _ in cells], [caption for _, caption in cells], _EACH)
    write_bytes(path, cv2.imencode(".jpg", sheet)[1].tobytes())
    return path


def _cells(audit: Audit, finding: Finding, folder: Path) -> Iterator[tuple[Image, str]]:
    labels, of = audit.labels, finding.fault.of
    unseen = audit.hits["picture-missing"] | audit.hits["picture-unreadable"]
    for row in finding.rows[:_EACH] if of in ("person", "picture") else ():
        picture = int(labels.owners[row]) if of == "person" else row
        if picture >= 0 and not unseen[picture]:
            path = picture_path(labels, folder, picture)
            image = _labelled(audit, picture, read_picture(path))
            yield (
                _around(labels.boxes_xywh[row], image) if of == "person" else image,
                f"{finding.fault.name}: {path.name}",
            )


def _labelled(audit: Audit, picture: int, image: Image) -> Image:
    rows = np.flatnonzero(audit.labels.owners == picture)
    boxes = corner_boxes(np.nan_to_num(audit.labels.boxes_xywh[rows]))
    certain = audit.labels.labelled[rows].astype(np.float32)
    points, ones = audit.labels.keypoints[rows, :, :2].astype(np.float32), np.ones(len(rows), np.float32)
    drawn = draw_poses(image, Poses(points, certain, certain, boxes, ones), audit.labels.skeleton, threshold=0.5)
    for colour, some in ((_WHITE, boxes), (_RED, audit.strangers.get(picture, boxes[:0]))):
        for left, top, right, bottom in np.clip(some, -1e4, 1e4).round().astype(int).tolist():
            cv2.rectangle(drawn, (left, top), (right, bottom), colour, max(1, max(image.shape) // 400))
    return drawn


def _around(box_xywh: Float64, image: Image) -> Image:
    """The part of the picture around a box, or all of it where the box is none, or lies elsewhere."""
    corner, size = np.nan_to_num(box_xywh).reshape(2, 2)
    room = _AROUND * size.max() + 4
    (left, top), (right, bottom) = np.clip([corner - room, corner + size + room], 0, 1e6).astype(int).tolist()
    part = image[top:bottom, left:right]
    return part if part.size and size.min() > 0 else image
