"""What is measured, and how: the options of `bench`, the model files and conditions as every report names them."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rsn_edge import __version__
from rsn_edge.artefact.description import describe
from rsn_edge.artefact.kind import file_sha256
from rsn_edge.artefact.manifest import read_manifest
from rsn_edge.artefact.onnx_header import EVIDENCE_KEY
from rsn_edge.backend.protocol import BackendChoice, Provider, Runtime
from rsn_edge.embedded import model_path
from rsn_edge.evaluate import Evaluator
from rsn_edge.reading import Protocol
from rsn_edge.spec import ModelSpec


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
    protocol: Protocol
    flip_test: bool
    evaluator: Evaluator
    limit: int | None
    report: Path | None
    strict: bool
    backend: Runtime
    provider: Provider
    device: int
    as_json: bool

    @property
    def models(self) -> tuple[Path, ...]:
        """Files of the pose networks; InputError where one is not there."""
        return tuple(model_path(name) for name in self.model)

    @property
    def choice(self) -> BackendChoice:
        """Which runtime and device are to run them."""
        return BackendChoice(self.backend, self.provider, self.device)


def conditions(options: BenchOptions, runtime: str, spec: ModelSpec, name: str, annotations: Path) -> dict[str, Any]:
    """What every measurement depends on; `name` and `annotations` are the set's."""
    return {
        **subject_row(options.models),
        "runtime": runtime,
        "input_hw": list(spec.input_hw),
        "decode": spec.decode,
        "set": name,
        "annotations_sha256": file_sha256(annotations),
        "flip": options.flip_test,
        "rsn_edge": __version__,
    }


def subject_row(models: Sequence[Path]) -> dict[str, Any]:
    """`evidence`, `precision`, `artefact_sha256` of one file, or of an ensemble, and `models` with each file's own.

    Evidence is simulated where a file only imitates what a device will compute.
    """
    files = [_row(model) for model in models]
    return {
        "evidence": "simulated" if any(file["evidence"] == "simulated" for file in files) else "measured",
        "precision": "+".join(dict.fromkeys(file["precision"] for file in files)),
        "artefact_sha256": "+".join(file["artefact_sha256"] for file in files),
        "models": files,
    }


def _row(path: Path) -> dict[str, Any]:
    manifest, description = read_manifest(path), describe(path)
    return {
        "file": path.name,
        "model": description.spec.variant if description.spec else None,
        "evidence": description.notes.get(EVIDENCE_KEY, manifest.evidence if manifest else "measured"),
        "precision": description.precision,
        "artefact_sha256": file_sha256(path),
        "weights_sha256": description.weights_sha256,
    }
