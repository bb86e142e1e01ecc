"""What a model file says of itself, whatever its kind: one question for inspect, posers and detectors."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

from rsn_edge.artefact.checkpoint import read_checkpoint_header
from rsn_edge.artefact.kind import ArtefactKind, artefact_kind
from rsn_edge.artefact.manifest import Thresholds, read_manifest
from rsn_edge.artefact.onnx_header import PRECISION_KEY, OnnxHeader, read_onnx_header
from rsn_edge.errors import ArtefactError
from rsn_edge.spec import SPEC_KEY, DetectorSpec, ModelSpec, Spec, spec_from_json


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
    notes: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    header: OnnxHeader | None = None

    def facts(self) -> dict[str, Any]:
        """Plain values for people and programs; what a file does not say is None."""
        return {
            "kind": self.kind,
            "model": self.spec.variant if self.spec else None,
            "precision": self.precision,
            **_arithmetic(self.spec),
            "weights_sha256": self.weights_sha256,
            **_graph(self.header),
        }


def describe(path: Path) -> Description:
    """Reads what `path` says of itself, without any runtime and without its weights.

    ArtefactError where it is no model file.
    """
    kind = artefact_kind(path)
    if kind == "checkpoint":
        stored = read_checkpoint_header(path)
        return Description(kind, stored.spec, "fp32", stored.weights_sha256, stored.notes)
    if kind == "onnx":
        header = read_onnx_header(path)
        notes = header.metadata
        spec = spec_from_json(notes[SPEC_KEY], str(path)) if SPEC_KEY in notes else None
        precision = notes.get(PRECISION_KEY, "unknown")
        return Description(kind, spec, precision, notes.get("weights_sha256"), notes, header)
    return Description(kind)


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


def _arithmetic(spec: Spec | None) -> dict[str, Any]:
    pose = spec if isinstance(spec, ModelSpec) else None
    return {
        "input_hw": list(spec.input_hw) if spec else None,
        "joints": pose.joints if pose else None,
        "skeleton": pose.skeleton.name if pose else None,
        "colour": spec.colour if spec else None,
        "mean": list(spec.mean) if spec else None,
        "std": list(spec.std) if spec else None,
        "padding": list(pose.padding) if pose else None,
        "decode": pose.decode if pose else None,
        "blur": pose.blur if pose else None,
        "prm": pose.prm if pose else None,
        "confidence": [list(knot) for knot in pose.confidence] if pose else None,
    }


def _graph(header: OnnxHeader | None) -> dict[str, Any]:
    return {
        "opset": header.opset if header else None,
        "producer": header.producer if header else None,
        "inputs": [asdict(tensor) for tensor in header.inputs] if header else None,
        "outputs": [asdict(tensor) for tensor in header.outputs] if header else None,
        "external": header.external if header else None,
    }
