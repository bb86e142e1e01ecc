"""What is measured: model files, as every row of a report names them."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rsn_edge.artefact.description import describe
from rsn_edge.artefact.digest import file_sha256
from rsn_edge.artefact.manifest import read_manifest
from rsn_edge.artefact.onnx_header import EVIDENCE_KEY


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
