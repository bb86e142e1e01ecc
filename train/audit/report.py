"""An audit in words and for JSON: who is hit, on which line of the file they stand, and what the set consists of."""

import json
import re
from contextlib import suppress
from dataclasses import asdict
from typing import Any

import numpy as np

from .audit import Audit, Finding
from .faults import Of, persons_by_size
from .labels import Float64, RawLabels

_FIRST = 3  # hits that are named in words
_ENTRY = re.compile(r"[^\s,]")

Fact = dict[str, Any]


def facts(audit: Audit, text: str) -> list[Fact]:
    """One object a finding, with all hits (ids of annotations, names of pictures or joints) and the first in words.

    `text` is the file that was audited.
    """
    lines = {"person": lines_of_entries(text, "annotations"), "picture": lines_of_entries(text, "images")}
    return [_fact(audit.labels, finding, lines.get(finding.fault.of, [])) for finding in audit.findings]


def statement(fact: Fact) -> str:
    """A finding as one paragraph."""
    count = "" if fact["of"] == "set" else f"{fact['count']} of {fact['total']} {fact['of']}s: "
    first = f" First: {'; '.join(fact['first'])}." if fact["first"] else ""
    return f"{fact['name']}: {count}{fact['sentence']}.{first} {fact['remedy']}"


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


def _fact(labels: RawLabels, finding: Finding, lines: list[int]) -> Fact:
    fault = finding.fault
    rows = [] if fault.of == "set" else finding.rows
    return asdict(fault) | {
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
