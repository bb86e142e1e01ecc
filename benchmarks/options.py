"""The options of `rsn-edge bench`, and the files and runtime that they name."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rsn_edge.backend.choice import BackendChoice, Provider, Runtime
    from rsn_edge.evaluate import Evaluator
    from rsn_edge.reading import Protocol


@dataclass(frozen=True, slots=True)
class BenchOptions:
    """The command line of `bench`, one field an option."""

    coco: str | None
    coco_root: Path
    mpii: Path | None
    mpii_images: Path | None
    model: tuple[str, ...]
    boxes: str | None
    detector: str
    protocol: "Protocol"
    flip_test: bool
    evaluator: "Evaluator"
    limit: int | None
    report: Path | None
    strict: bool
    backend: "Runtime"
    provider: "Provider"
    device: int
    as_json: bool

    @property
    def models(self) -> tuple[Path, ...]:
        """Files of the pose networks; InputError where one is not there."""
        from rsn_edge.embedded import model_path

        return tuple(model_path(name) for name in self.model)

    @property
    def choice(self) -> "BackendChoice":
        """Which runtime and device are to run them."""
        from rsn_edge.backend.choice import BackendChoice

        return BackendChoice(self.backend, self.provider, self.device)
