"""An audit: what is wrong with an annotation file, first without, then with its pictures.

for finding in quick_audit(path, skeleton): ...          # what a training does first
audit = with_pictures(audit_labels(path, skeleton), folder, look=500)
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from rsn_edge.people import Float32
from rsn_edge.skeleton import Skeleton

from .faults import COSTS, FAULTS, NOTE, STOPS, Fault
from .hits_among_persons import hits_among_persons
from .hits_in_set import hits_in_set
from .labels import Float64, Mask, RawLabels, read_raw_labels
from .networks import suspicions
from .pictures import hits_in_pictures
from .repeats import repeated_persons, sigmas_from_repeats

Rows = Iterable[int]


@dataclass(frozen=True, slots=True)
class Finding:
    """A fault that was found, `rows` being those of the `total` persons, pictures or joints that it hits."""

    fault: Fault
    severity: str
    rows: tuple[int, ...]
    total: int


@dataclass(frozen=True, slots=True, eq=False)
class Audit:
    """What was looked at, and who is hit by what.

    Args:
        labels, skeleton: the file, and what is to be trained.
        hits: by name of the fault, masks of persons (m,), pictures (p,), joints (k,) or the set (1,).
        measured_sigmas: (k,) from persons labelled twice, NaN where there are too few.
        readable: (p,) pictures that were opened.
        looked_at: number of pictures that the networks saw.
        strangers: by row of the picture, boxes (n, 4) x1, y1, x2, y2 of persons whom only the networks see.
    """

    labels: RawLabels
    skeleton: Skeleton
    hits: dict[str, Mask]
    measured_sigmas: Float64
    readable: Mask
    looked_at: int = 0
    strangers: dict[int, Float32] = field(default_factory=dict)

    @property
    def findings(self) -> list[Finding]:
        """The faults that are there, the worst first."""
        found = [
            _finding(fault, self.hits[fault.name]) for fault in FAULTS if self.hits.get(fault.name, np.False_).any()
        ]
        return sorted(found, key=lambda finding: (STOPS, COSTS, NOTE).index(finding.severity))


def quick_audit(path: Path, skeleton: Skeleton) -> list[Finding]:
    """What the annotation file alone tells, no picture opened; InputError where it is no annotation file."""
    return audit_labels(path, skeleton).findings


def audit_labels(path: Path, skeleton: Skeleton) -> Audit:
    """The same, to be gone on with."""
    labels = read_raw_labels(path, len(skeleton.joints))
    pairs = repeated_persons(labels, skeleton)
    sigmas = sigmas_from_repeats(labels, pairs)
    hits = hits_in_set(labels, skeleton, sigmas) | hits_among_persons(labels)
    hits["same-person-twice"] = np.isin(np.arange(len(labels.persons)), pairs[:, 1])
    return Audit(labels, skeleton, hits, sigmas, np.zeros(len(labels.pictures), np.bool_))


def with_pictures(
    audit: Audit, folder: Path, look: int, shown: Callable[[list[int], str], Rows] = lambda rows, _: rows
) -> Audit:
    """The audit with all pictures in `folder` opened, and at most `look` of them, evenly spread, shown to the networks.

    `shown` wraps the rows that are worked through, for a progress bar with the given words.
    """
    hits, readable = hits_in_pictures(audit.labels, folder, shown([*range(len(audit.labels.pictures))], "pictures"))
    audit = replace(audit, hits=audit.hits | hits, readable=readable)
    rows = np.flatnonzero(readable)
    rows = rows[np.unique(np.linspace(0, len(rows) - 1, min(look, len(rows))).astype(int))]
    if not len(rows):
        return audit
    suspected, strangers = suspicions(audit.labels, audit.skeleton, folder, shown(rows.tolist(), "networks"))
    return replace(audit, hits=audit.hits | suspected, strangers=strangers, looked_at=len(rows))


def _finding(fault: Fault, hit: Mask) -> Finding:
    rows = tuple(np.flatnonzero(hit).tolist())
    few = fault.severity == STOPS and len(rows) <= fault.tolerated * len(hit)
    return Finding(fault, COSTS if few else fault.severity, rows, len(hit))
