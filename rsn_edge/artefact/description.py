"""What a model file says of itself, whatever its kind: one question for inspect, posers and detectors."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rsn_edge.artefact.checkpoint import checkpoint_metadata
from rsn_edge.artefact.kind import ArtefactKind, artefact_kind
from rsn_edge.artefact.manifest import Thresholds, read_manifest
from rsn_edge.artefact.onnx_header import PRECISION_KEY, OnnxHeader, read_onnx_header
from rsn_edge.errors import ArtefactError
from rsn_edge.spec import SPEC_KEY, DetectorSpec, ModelSpec, Spec, spec_from_json

_ARITHMETIC = ("input_hw", "joints", "colour", "mean", "std", "padding", "decode", "blur", "prm", "confidence")


@dataclass(frozen=True, slots=True)
class Description:
    """What a file says of itself.

    Args:
        kind: of the file.
        spec: the network; None for one of another project.
        precision: that it computes in, `unknown` where it does not say.
        weights_sha256: as stored in it.
        notes: of whoever wrote it, by key.
        header: what else an ONNX file says.
    """

    kind: ArtefactKind
    spec: Spec | None = None
    precision: str = "unknown"
    weights_sha256: str | None = None
    notes: Mapping[str, str] = field(default_factory=dict)
    header: OnnxHeader | None = None

    def facts(self) -> dict[str, Any]:
        """Plain values for people and programs; what a file does not say is None."""
        return {
            "kind": self.kind,
            "model": self.spec.variant if self.spec else None,
            "precision": self.precision,
            **{name: getattr(self.spec, name, None) for name in _ARITHMETIC},
            "skeleton": self.spec.skeleton.name if isinstance(self.spec, ModelSpec) else None,
            "weights_sha256": self.weights_sha256,
            "opset": self.header.opset if self.header else None,
            "inputs": [str(tensor) for tensor in self.header.inputs] if self.header else None,
            "outputs": [str(tensor) for tensor in self.header.outputs] if self.header else None,
        }


def describe(path: Path) -> Description:
    """Reads what `path` says of itself, without any runtime and without its weights.

    ArtefactError where it is no model file.
    """
    kind = artefact_kind(path)
    header = read_onnx_header(path) if kind == "onnx" else None
    notes = header.metadata if header else checkpoint_metadata(path) if kind == "checkpoint" else {}
    spec = spec_from_json(notes[SPEC_KEY], str(path)) if SPEC_KEY in notes else None
    precision = "fp32" if kind == "checkpoint" else notes.get(PRECISION_KEY, "unknown")
    return Description(kind, spec, precision, notes.get("weights_sha256"), notes, header)


def thresholds_of(path: Path) -> Thresholds:
    """Where joints and persons begin: what the manifest beside a model file says, without one the file's own notes.

    ArtefactError where the manifest belongs to another file, or a note is no number in [0, 1].
    """
    manifest = read_manifest(path)
    if manifest is not None:
        return manifest.thresholds
    try:
        return Thresholds.from_notes(describe(path).notes)
    except ValueError as error:
        raise ArtefactError(f"{path} names a threshold that is none: {error}", "Export it again.") from error


def pose_spec(path: Path) -> ModelSpec:
    """The pose network in `path`; ArtefactError where it holds something else."""
    spec = describe(path).spec
    if isinstance(spec, ModelSpec):
        return spec
    if isinstance(spec, DetectorSpec):
        raise ArtefactError(f"{path} is a person detector, not a pose network", f"Give it with --detector {path}.")
    raise ArtefactError(
        f"{path} does not say which pose network it is (input size, colour order, joints)",
        "Export it with rsn-edge: rsn-edge import-weights CHECKPOINT --model NAME, then rsn-edge export.",
    )
