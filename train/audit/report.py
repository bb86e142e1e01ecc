"""An audit in words, for JSON and as a sheet: who is hit, on which line of the file, and what the set consists of."""

import json
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from rsn_edge.artefact.writing import write_bytes
from rsn_edge.coco import corner_boxes
from rsn_edge.drawing.overlay import contact_sheet, draw_poses
from rsn_edge.people import Poses
from rsn_edge.source.decode import read_picture

from .audit import Audit, Finding
from .faults import Of, persons_by_size
from .labels import Float64, RawLabels
from .pictures import picture_path

_FIRST = 3  # hits that are named in words
_ENTRY = re.compile(r"[^\s,]")

_EACH = 4  # hits shown of a fault, a row of the sheet
_AROUND = 0.5  # of a box's longer side, shown on each side
_WHITE, _RED = (255, 255, 255), (40, 40, 230)  # BGR: boxes of the file, and of persons whom only networks see

Fact = dict[str, Any]
Image = NDArray[np.uint8]


def facts(audit: Audit, text: str) -> list[Fact]:
    """One object a finding, with all hits (ids of annotations, names of pictures or joints) and the first in words.

    `text` is the file that was audited.
    """
    lines = {"person": lines_of_entries(text, "annotations"), "picture": lines_of_entries(text, "images")}
    return [_fact(audit.labels, finding, lines.get(finding.fault.of, [])) for finding in audit.findings]


def statement(fact: Fact) -> str:
    """A finding as one paragraph."""
    first = f" First: {'; '.join(fact['first'])}." if fact["first"] else ""
    return f"{fact['words']}.{first} {fact['remedy']}"


def statistics(audit: Audit) -> dict[str, Any]:
    """Counts of pictures, persons, joints by visibility, sizes; plain numbers."""
    labels, joints = audit.labels, audit.labels.skeleton.joints
    visibility = labels.keypoints[~labels.crowd][..., 2]
    sigmas = zip(joints, audit.measured_sigmas.round(3).tolist(), strict=True)
    return {
        "pictures": len(labels.pictures),
        "persons": len(visibility),
        "persons_with_joints": int(labels.scored.sum()),
        "persons_by_size": dict(zip(("small", "medium", "large"), persons_by_size(labels), strict=True)),
        "box_height_pixels": _quantiles(labels.boxes_xywh[~labels.crowd, 3]),
        "visible": dict(zip(joints, (visibility == 2).sum(axis=0).tolist(), strict=True)),
        "hidden": dict(zip(joints, (visibility == 1).sum(axis=0).tolist(), strict=True)),
        "sigmas_from_repeats": {name: sigma for name, sigma in sigmas if np.isfinite(sigma)},
    }


def lines_of_entries(text: str, key: str) -> list[int]:
    """The line, from 1, on which each entry begins in the first list of that key; the text is known to be JSON."""
    at, lines, decoder = text.index("[", text.index(f'"{key}"')) + 1, [], json.JSONDecoder()
    line = 1 + text.count("\n", 0, at)
    with suppress(ValueError):  # no entry follows the last one
        while found := _ENTRY.search(text, at):
            _, end = decoder.raw_decode(text, found.start())
            lines.append(line + text.count("\n", at, found.start()))
            line += text.count("\n", at, end)
            at = end
    return lines


def write_sheet(audit: Audit, folder: Path, path: Path) -> Path | None:
    """The first persons or pictures that each fault hits, with their labels; None where none can be shown."""
    cells = [cell for finding in audit.findings for cell in _cells(audit, finding, folder)]
    if not cells:
        return None
    sheet = contact_sheet([image for image, _ in cells], [caption for _, caption in cells], _EACH)
    write_bytes(path, cv2.imencode(".jpg", sheet)[1].tobytes())
    return path


def _fact(labels: RawLabels, finding: Finding, lines: list[int]) -> Fact:
    fault = finding.fault
    rows = [] if fault.of == "set" else finding.rows
    return asdict(fault) | {
        "words": str(finding),
        "severity": finding.severity,
        "count": len(finding.rows),
        "total": finding.total,
        "first": [_words(labels, fault.of, row, lines) for row in rows[:_FIRST]],
        "hits": [_name(labels, fault.of, row) for row in rows],
    }


def _words(labels: RawLabels, of: Of, row: int, lines: list[int]) -> str:
    """`annotation 7 of a.jpg (line 52)`; without the line where the file is one line, or not as others write it."""
    name, place, owner = str(_name(labels, of, row)), row, -1
    if of == "person":
        place, owner = labels.places[row], int(labels.owners[row])
        name = f"annotation {name} of {_name(labels, 'picture', owner) if owner >= 0 else 'no picture'}"
    return f"{name} (line {lines[place]})" if place < len(lines) and lines[place] > 1 else name


def _name(labels: RawLabels, of: Of, row: int) -> Any:
    if of == "joint":
        return labels.skeleton.joints[row]
    return labels.persons[row].get("id") if of == "person" else labels.pictures[row].get("file_name")


def _quantiles(values: Float64) -> dict[str, float]:
    known = values[np.isfinite(values)]
    return {f"p{q}": round(float(np.percentile(known, q)), 1) for q in (5, 50, 95)} if len(known) else {}


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
