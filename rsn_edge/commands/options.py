"""The command line of `rsn-edge run` as one object."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rsn_edge.backend.choice import Provider, Runtime


@dataclass(frozen=True, slots=True)
class RunOptions:
    """The command line of `run`, one field an option."""

    sources: tuple[str, ...]
    camera: int | None
    model: str | None
    detector: str | None
    boxes: str | None
    backend: "Runtime"
    provider: "Provider"
    device: int
    bf16: bool
    out: Path | None
    jsonl: str | None
    coco: Path | None
    openpose: Path | None
    csv: Path | None
    show: bool
    max_persons: int | None
    threshold: float | None
    person_threshold: float | None
    flip_test: bool
    limit: int | None
    strict: bool
    as_json: bool

    @property
    def writes_nothing(self) -> bool:
        """True where no option says where results go."""
        return not (self.out or self.jsonl or self.coco or self.openpose or self.csv or self.show)
