"""An audit in words and for JSON: who is hit, on which line of the file they stand, and what the set consists of."""

import json
import re
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from .audit import Audit, Finding
from .labels import Float64

_FIRST = 3  # hits that are named in words
_SIZES = 32.0**2, 96.0**2  # square pixels: where COCO's small persons end, and the medium ones
_BETWEEN = re.compile(r"[\s,]*")

Fact = dict[str, Any]


def facts(audit: Audit, text: str) -> list[Fact]:
    """One object a finding, with all hits (ids of annotations, names of pictures or joints) and the first in words.

    `text` is the file that was audited.
    """
    return [_fact(audit, finding, text if "\n" in text.strip() else "") for finding in audit.findings]


def statement(fact: Fact) -> str:
    """A finding as one paragraph."""
    count = "" if fact["of"] == "set" else f"{fact['count']} of {fact['total']} {fact['of']}s: "
    first = f" First: {'; '.join(fact['first'])}." if fact["first"] else ""
    return f"{fact['name']}: {count}{fact['sentence']}.{first} {fact['remedy']}"


def statistics(audit: Audit) -> dict[str, Any]:
    """Counts of pictures, persons, joints by visibility, sizes; plain numbers."""
    labels, joints = audit.labels, audit.skeleton.joints
    persons, low, high = ~labels.crowd, labels.boxes_xywh[:, :2], labels.boxes_xywh[:, :2] + labels.boxes_xywh[:, 2:]
    visibility = labels.keypoints[persons][..., 2]
    areas = labels.scales[labels.scored & np.isfinite(labels.scales)]
    sizes = np.bincount(np.searchsorted(_SIZES, areas, side="right"), minlength=3)
    sigmas = zip(joints, audit.measured_sigmas.round(3).tolist(), strict=True)
    return {
        "pictures": len(labels.pictures),
        "pictures_seen_by_networks": audit.looked_at,
        "persons": int(persons.sum()),
        "persons_with_joints": int(labels.scored.sum()),
        "persons_at_the_edge": int((((low < 1) | (high > labels.picture_wh - 1)).any(axis=1) & persons).sum()),
        "persons_by_size": dict(zip(("small", "medium", "large"), sizes.tolist(), strict=True)),
        "box_height_pixels": _quantiles(labels.boxes_xywh[persons, 3]),
        "joints_a_person": _quantiles(labels.labelled[labels.scored].sum(axis=1).astype(np.float64)),
        "visible": dict(zip(joints, (visibility == 2).sum(axis=0).tolist(), strict=True)),
        "hidden": dict(zip(joints, (visibility == 1).sum(axis=0).tolist(), strict=True)),
        "sigmas_from_repeats": {name: sigma for name, sigma in sigmas if np.isfinite(sigma)},
    }


def lines_of_entries(text: str, key: str, rows: Sequence[int]) -> list[int]:
    """The line, from 1, on which each of the entries begins in the list of that key; the text is known to be JSON.

    None at all where another list of the key's name comes first.
    """
    at, begins, decoder = text.index("[", text.index(f'"{key}"')) + 1, [], json.JSONDecoder()
    try:
        for _ in range(max(rows, default=-1) + 1):
            between = _BETWEEN.match(text, at)
            begins.append(between.end() if between else at)
            _, at = decoder.raw_decode(text, begins[-1])
    except ValueError:
        return []
    return [1 + text.count("\n", 0, begins[row]) for row in rows]


def _fact(audit: Audit, finding: Finding, text: str) -> Fact:
    fault, persons = finding.fault, finding.fault.of == "person"
    named = [] if fault.of == "set" else [_named(audit, finding, row) for row in finding.rows[:_FIRST]]
    if text and fault.of in ("person", "picture"):
        places = [int(audit.labels.places[row]) if persons else row for row in finding.rows[:_FIRST]]
        lines = lines_of_entries(text, "annotations" if persons else "images", places)
        named = [f"{name} (line {line})" for name, line in zip(named, lines, strict=True)] if lines else named
    hits = [] if fault.of == "set" else [_identity(audit, finding, row) for row in finding.rows]
    counts = {"severity": finding.severity, "count": len(finding.rows), "total": finding.total}
    return asdict(fault) | counts | {"first": named, "hits": hits}


def _named(audit: Audit, finding: Finding, row: int) -> str:
    name = str(_identity(audit, finding, row))
    if finding.fault.of != "person":
        return name
    owner = int(audit.labels.owners[row])
    return f"annotation {name} of {audit.labels.pictures[owner].get('file_name') if owner >= 0 else 'no picture'}"


def _identity(audit: Audit, finding: Finding, row: int) -> Any:
    if finding.fault.of == "joint":
        return audit.skeleton.joints[row]
    persons = finding.fault.of == "person"
    return audit.labels.persons[row].get("id") if persons else audit.labels.pictures[row].get("file_name")


def _quantiles(values: Float64) -> dict[str, float]:
    known = values[np.isfinite(values)]
    return {f"p{q}": round(float(np.percentile(known, q)), 1) for q in (5, 50, 95)} if len(known) else {}
