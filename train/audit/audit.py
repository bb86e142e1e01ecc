"""An audit: what is wrong with an annotation file, first without, then with its pictures.

for finding in audit_labels(path, skeleton).findings: ...          # what a training does first
audit = with_pictures(audit_labels(path, skeleton), folder, look=500)
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from rsn_edge.people import Float32
from rsn_edge.skeleton import Skeleton

from .faults import COSTS, FAULTS, NOTE, STOPS, Fault
from .labels import Float64, Mask, RawLabels, read_raw_labels
from .pictures import hits_in_pictures, suspicions
from .repeats import repeated_persons, sigmas_from_repeats

Rows = Iterable[int]


@dataclass(frozen=True, slots=True)
class Finding:
    """A fault that was found, `rows` being those of the `total` persons, pictures or joints that it hits."""

    fault: Fault
    severity: str
    rows: list[int]
    total: int

    def __str__(self) -> str:
        fault = self.fault
        count = "" if fault.of == "set" else f"{len(self.rows)} of {self.total} {fault.of}s: "
        return f"{fault.name}: {count}{fault.sentence}"


@dataclass(frozen=True, slots=True, eq=False)
class Audit:
    """What was looked at, and who is hit by what.

    Args:
        labels: the file.
        hits: by name of the fault, masks of persons (m,), pictures (p,), joints (k,) or the set (1,).
        measured_sigmas: (k,) from persons labelled twice, NaN where there are too few.
        strangers: by row of a picture that the networks saw, boxes (n, 4) x1, y1, x2, y2 of unlabelled persons.
    """

    labels: RawLabels
    hits: dict[str, Mask]
    measured_sigmas: Float64
    strangers: dict[int, Float32] = field(default_factory=dict)

    @property
    def findings(self) -> list[Finding]:
        """The faults that are there, the worst first."""
        found = [_finding(fault, self.hits[fault.name]) for fault in FAULTS if np.any(self.hits.get(fault.name, False))]
        return sorted(found, key=lambda finding: (STOPS, COSTS, NOTE).index(finding.severity))


def audit_labels(path: Path, skeleton: Skeleton) -> Audit:
    """What the annotation file alone tells, no picture opened; InputError where it is no annotation file."""
    labels = read_raw_labels(path, skeleton)
    pairs = repeated_persons(labels)
    sigmas = sigmas_from_repeats(labels, pairs)
    hits = {fault.name: np.atleast_1d(np.array(fault.hits(labels), np.bool_)) for fault in FAULTS if fault.hits}
    hits["same-person-twice"] = np.isin(np.arange(len(labels.persons)), pairs[:, 1])
    hits["sigmas-contradicted"] = np.abs(np.log2(np.maximum(sigmas, 1e-9) / skeleton.sigmas)) > 1
    return Audit(labels, hits, sigmas)


def with_pictures(audit: Audit, folder: Path, look: int, shown: Callable[[Rows], Rows] = iter) -> Audit:
    """The audit with all pictures in `folder` opened, and at most `look` of them, evenly spread, shown to the networks.

    `shown` wraps the rows that are worked through, for a progress bar.
    """
    labels = audit.labels
    hits = audit.hits | hits_in_pictures(labels, folder, shown(range(len(labels.pictures))))
    rows = np.flatnonzero(~(hits["picture-missing"] | hits["picture-unreadable"]))
    rows = rows[np.linspace(0, len(rows) - 1, min(look, len(rows))).astype(int)]
    suspected, strangers = suspicions(labels, folder, shown(rows.tolist()))
    return replace(audit, hits=hits | suspected, strangers=strangers)


def _finding(fault: Fault, hit: Mask) -> Finding:
    rows = np.flatnonzero(hit).tolist()
    few = fault.severity == STOPS and len(rows) <= fault.tolerated * len(hit)
    return Finding(fault, COSTS if few else fault.severity, rows, len(hit))
