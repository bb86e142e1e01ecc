"""What the gate found of a candidate beside its reference: how much it lost, how sure that is, and where it shows."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from numpy.typing import NDArray

# By labels: AP of poses, AP50 of boxes. Without: OKS or F1 of the candidate's answers, the reference's being the truth.
Kind = Literal["ap", "ap50", "oks", "f1"]
Interval = tuple[float, float]

NAMES: Mapping[Kind, str] = {"ap": "AP", "ap50": "AP50 of boxes", "oks": "OKS", "f1": "F1 of boxes"}


@dataclass(frozen=True, slots=True)
class SetRow:
    """One set: what reference and candidate score on it in [0, 1], and the drop with its 95 % interval."""

    name: str
    persons: int
    reference: float
    candidate: float
    drop: float
    interval95: Interval


@dataclass(frozen=True, slots=True)
class Drift:
    """How far the candidate's answers moved, where the reference is sure.

    Args:
        p50, p95, p99: percentiles of the displacement of a joint, or of a box's corner, pixels of the picture or crop.
        ratio: mean confidence of the candidate over that of the reference.
        threshold: from which confidence on the candidate shows as much as the reference does from its own.
    """

    p50: float
    p95: float
    p99: float
    ratio: float
    threshold: float


@dataclass(frozen=True, slots=True, eq=False)
class Worst:
    """One of the persons, or of a detector's pictures, on which the two agree least.

    Args:
        name: of the set.
        picture: name of the crop, or of the picture within its set.
        row: of the crop, person or picture within its set; crops of one picture have one name.
        box_xyxy: (4,), where the person is in it; NaN for a whole picture.
        similarity: OKS or F1.
        reference, candidate: keypoints (k, 2), NaN where the reference is not sure; or boxes (m, 4).
    """

    name: str
    picture: str
    row: int
    box_xyxy: NDArray[Any]
    similarity: float
    reference: NDArray[Any]
    candidate: NDArray[Any]


@dataclass(frozen=True, slots=True, eq=False)
class Verdict:
    """The judgement of one candidate; scores, drops and limits are in [0, 1].

    Args:
        kind: of score.
        limit: the largest mean drop that passes.
        drop: mean of the drops of the sets, NaN where nobody is on them.
        interval95: of that mean, pictures or crops drawn again and again, the same for both.
        persons: how many were compared.
        rows: one a set.
        drift: None where the reference is sure of nothing.
        non_finite: numbers of the candidate's outputs that are none, by where that happened.
        worst: least similar first.
    """

    kind: Kind
    limit: float
    drop: float
    interval95: Interval
    persons: int
    rows: tuple[SetRow, ...]
    drift: Drift | None
    non_finite: Mapping[str, int]
    worst: tuple[Worst, ...]

    @property
    def passed(self) -> bool:
        """Whether the mean drop is within the limit and every number is finite."""
        return self.drop <= self.limit and not self.non_finite

    @property
    def enough(self) -> bool:
        """Whether the persons are enough to tell: the interval ends at twice the limit, or begins beyond the limit."""
        low, high = self.interval95
        return high <= 2 * self.limit or low > self.limit

    @property
    def persons_needed(self) -> int | None:
        """How many would be enough, the interval shrinking with the root of their number; None: no number would."""
        (low, high), limit, drop = self.interval95, self.limit, self.drop
        widths = [(high - drop) / (2 * limit - drop)] if drop < 2 * limit else []
        widths += [(drop - low) / (drop - limit)] if drop > limit else []
        return math.ceil(self.persons * min(widths) ** 2) if widths and math.isfinite(min(widths)) else None

    @property
    def sentence(self) -> str:
        """All of it for people."""
        scale, digits, unit = (100, 2, " points") if self.kind in ("ap", "ap50") else (1, 4, "")
        drop, low, high, limit = (f"{scale * x:.{digits}f}" for x in (self.drop, *self.interval95, self.limit))
        parts = [
            f"{'passed' if self.passed else 'failed'}: the mean drop of {NAMES[self.kind]} over {self.persons} persons "
            f"is {drop}{unit} (95 %: {low} to {high}), the limit {limit}"
        ]
        if not self.enough:
            needed = f": about {self.persons_needed} would do" if self.persons_needed else ""
            parts.append(f"too few persons to tell{needed}")
        parts += [f"{count} numbers are not finite on {place}" for place, count in self.non_finite.items()]
        return "; ".join(parts)
