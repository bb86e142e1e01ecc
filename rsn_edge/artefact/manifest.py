"""The manifest beside a model file, `<artefact>.json`: what it is, what it was made from, how it was checked."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

from rsn_edge import __version__
from rsn_edge.artefact.kind import KINDS, ArtefactKind, file_sha256
from rsn_edge.artefact.writing import write_text
from rsn_edge.backend.protocol import TensorSpec
from rsn_edge.errors import ArtefactError
from rsn_edge.spec import Spec, spec_from_json, spec_to_json

SCHEMA = "rsn-edge/manifest/1"
JOINT_THRESHOLD = 0.2  # of networks that name none

_TEXTS = ("model", "precision", "artefact_sha256", "weights_sha256", "calibration", "gate", "needs", "created_by")

Evidence = Literal["measured", "simulated"]


@dataclass(frozen=True, slots=True)
class Thresholds:
    """From which value on something counts, each in [0, 1]; None: not known for this network.

    Args:
        joint: confidence of a joint.
        pass_on: detector score of a box that the pose network is asked about.
        person: certainty of a person, the detector's score with the pose network's second opinion.
        alone: detector score of a person where no pose network is asked.
    """

    joint: float | None = None
    pass_on: float | None = None
    person: float | None = None
    alone: float | None = None

    @classmethod
    def from_notes(cls, notes: Mapping[str, str]) -> "Thresholds":
        """Those among the notes of a checkpoint or an ONNX file (`rsn_edge.joint_threshold`, ...).

        ValueError where one is no number in [0, 1].
        """
        found = {f.name: notes[_note(f.name)] for f in fields(cls) if _note(f.name) in notes}
        return cls(**{name: _fraction(float(text)) for name, text in found.items()})

    def to_notes(self) -> dict[str, str]:
        """The inverse of `from_notes`."""
        values = {f.name: getattr(self, f.name) for f in fields(self)}
        return {_note(name): f"{value:g}" for name, value in values.items() if value is not None}


@dataclass(frozen=True, slots=True)
class Manifest:
    """What is known of one model file.

    Args:
        kind, model, precision: of the file, the variant's name, `fp32`, `fp16`, `int8`, ...
        evidence: `simulated` where the file only imitates what a device will compute.
        spec: the network; None for one of another project.
        artefact_sha256: of the file's bytes.
        weights_sha256: of the checkpoint that it came from.
        inputs, outputs: its tensors.
        thresholds: where joints and persons begin.
        calibrated: the spec's confidence curve was fitted, not assumed.
        checks: figures of the checks that the file passed, by name.
        calibration: of INT8: where its ranges come from; `demonstration` for those of the set that comes with rsn-edge.
        gate: of INT8: the verdict in one sentence, or `not run`.
        needs: abilities of the processor of which one must be there, `any` for none.
        created_by: the version that wrote it.
    """

    kind: ArtefactKind
    model: str
    precision: str
    evidence: Evidence
    spec: Spec | None
    artefact_sha256: str
    weights_sha256: str
    inputs: tuple[TensorSpec, ...]
    outputs: tuple[TensorSpec, ...]
    thresholds: Thresholds = Thresholds()
    calibrated: bool = False
    checks: Mapping[str, float] = field(default_factory=dict)
    calibration: str = ""
    gate: str = ""
    needs: str = "any"
    created_by: str = f"rsn-edge {__version__}"

    def to_json(self) -> dict[str, Any]:
        """Plain values, as stored."""
        return {
            "schema": SCHEMA,
            **asdict(self),
            "spec": json.loads(spec_to_json(self.spec)) if self.spec else None,
        }


def manifest_path(artefact: Path) -> Path:
    """Where the manifest of a model file lies: `net.onnx` -> `net.onnx.json`."""
    return artefact.with_name(f"{artefact.name}.json")


def write_manifest(artefact: Path, manifest: Manifest) -> None:
    """Writes the manifest beside its model file; OutputError where the file system refuses."""
    write_text(manifest_path(artefact), json.dumps(manifest.to_json(), indent=2, allow_nan=False) + "\n")


def read_manifest(artefact: Path) -> Manifest | None:
    """The manifest beside a model file, None where there is none.

    ArtefactError where it cannot be read, or belongs to another file than the one it lies beside.
    """
    path = manifest_path(artefact)
    remedy = f"Make {artefact.name} again, or delete the manifest if you trust the file."
    try:
        manifest = _manifest_from_json(path.read_text(encoding="utf-8"), path)
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ArtefactError(f"{path} is not a manifest of this version ({error!r})", remedy) from error
    stat = artefact.stat()
    found = _sha256_of_state(artefact, stat.st_ino, stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns)
    if found != manifest.artefact_sha256:
        raise ArtefactError(
            f"{path} describes a file with SHA-256 {manifest.artefact_sha256}, but {artefact} has {found}: one of "
            "the two was exchanged or changed",
            remedy,
        )
    return manifest


@lru_cache(maxsize=8)
def _sha256_of_state(artefact: Path, *_stat: int) -> str:
    # Posers, detectors and thresholds each ask for the manifest of one file: it is read once as long as it stays.
    return file_sha256(artefact)


def _note(name: str) -> str:
    return f"rsn_edge.{name}_threshold"


def _manifest_from_json(text: str, path: Path) -> Manifest:
    values = json.loads(text)
    if values.pop("schema") != SCHEMA:
        raise ValueError("another schema")
    if values["kind"] not in KINDS or values["evidence"] not in ("measured", "simulated"):
        raise ValueError("unknown kind or evidence")
    for name in _TEXTS:
        if not isinstance(values.get(name, ""), str):
            raise TypeError(f"{name} is not a text")
    spec = values.pop("spec")
    return Manifest(
        spec=spec_from_json(json.dumps(spec), str(path)) if spec is not None else None,
        inputs=_tensors(values.pop("inputs")),
        outputs=_tensors(values.pop("outputs")),
        thresholds=Thresholds(**{name: _fraction(value) for name, value in values.pop("thresholds").items()}),
        calibrated=bool(values.pop("calibrated")),
        checks={str(name): float(value) for name, value in values.pop("checks").items()},
        **values,
    )


def _tensors(values: list[dict[str, Any]]) -> tuple[TensorSpec, ...]:
    return tuple(TensorSpec(str(v["name"]), tuple(int(n) for n in v["shape"]), str(v["dtype"])) for v in values)


def _fraction(value: float | None) -> float | None:
    if value is None or 0 <= value <= 1:
        return value
    raise ValueError(f"{value} is not in [0, 1]")
