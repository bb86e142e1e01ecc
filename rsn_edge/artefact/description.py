"""What a model file says of itself, whatever its kind: one question for inspect, posers and detectors."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rsn_edge.artefact.checkpoint import read_checkpoint
from rsn_edge.artefact.kind import ArtefactKind, artefact_kind
from rsn_edge.artefact.onnx_header import read_onnx_header
from rsn_edge.errors import ArtefactError
from rsn_edge.spec import DetectorSpec, ModelSpec, Spec, spec_from_json

SPEC_KEY = "rsn_edge.spec"


@dataclass(frozen=True, slots=True)
class Description:
    """Kind of file, the spec that it carries (None: a foreign file), precision, and the digest of its weights."""

    kind: ArtefactKind
    spec: Spec | None
    precision: str
    weights_sha256: str | None

    def facts(self) -> dict[str, Any]:
        """Plain values for people and programs; what a file does not say is None."""
        spec = self.spec
        pose = spec if isinstance(spec, ModelSpec) else None
        return {
            "kind": self.kind,
            "model": spec.variant if spec else None,
            "precision": self.precision,
            "input_hw": list(spec.input_hw) if spec else None,
            "joints": pose.joints if pose else None,
            "skeleton": pose.skeleton.name if pose else None,
            "colour": spec.colour if spec else None,
            "padding": list(pose.padding) if pose else None,
            "decode": pose.decode if pose else None,
            "weights_sha256": self.weights_sha256,
        }


def describe(path: Path) -> Description:
    """Reads what `path` says of itself, without any runtime; ArtefactError where it is no model file."""
    kind = artefact_kind(path)
    if kind == "checkpoint":
        checkpoint = read_checkpoint(path)
        return Description(kind, checkpoint.spec, "fp32", checkpoint.weights_sha256)
    if kind == "onnx":
        notes = read_onnx_header(path).metadata
        spec = spec_from_json(notes[SPEC_KEY], str(path)) if SPEC_KEY in notes else None
        return Description(kind, spec, notes.get("rsn_edge.precision", "unknown"), notes.get("weights_sha256"))
    return Description(kind, None, "unknown", None)


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
