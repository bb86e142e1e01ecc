"""What was built, as files: each with its manifest, under a name that says what it is."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

import onnx

from rsn_edge.artefact.digest import file_sha256
from rsn_edge.artefact.kind import ArtefactKind
from rsn_edge.artefact.manifest import Manifest, Thresholds, manifest_path, write_manifest
from rsn_edge.artefact.onnx_header import EVIDENCE_KEY, NEEDS_KEY
from rsn_edge.artefact.writing import whole_file
from rsn_edge.backend.torch import interface
from rsn_edge.calibration import Calibration
from rsn_edge.spec import ModelSpec

from .build import Built, Network
from .engine import Batches, TensorRt, build_plan
from .surgery import Surgery

NOT_RUN = "not run"


def write_onnx(folder: Path, network: Network, built: Built, calibration: Calibration | None) -> Path:
    """The ONNX file of a form, `<model>.<form>.onnx`, and its manifest; OutputError where the file system refuses."""
    path = folder / f"{network.spec.variant}.{built.form.name}.onnx"
    notes = _thresholds(network, built).to_notes() | {"rsn_edge.gate": _gate(built), EVIDENCE_KEY: built.form.evidence}
    if built.method and calibration:
        notes |= calibration.notes
    model = Surgery(built.written.file).model(notes)
    _write(path, network, built, calibration, model.SerializeToString(deterministic=True), "onnx")
    return path


def write_simulation(folder: Path, network: Network, built: Built, imitated: Path) -> Path:
    """The imitation of a TensorRT form, `<model>.int8-sim.onnx`, which names the file that it imitates."""
    path = folder / f"{network.spec.variant}.int8-sim.onnx"
    notes = {EVIDENCE_KEY: "simulated", "rsn_edge.simulates": file_sha256(imitated)}
    model = Surgery(built.written.judged).model(_thresholds(network, built).to_notes() | notes)
    _write(path, network, built, None, model.SerializeToString(deterministic=True), "onnx")
    return path


def write_engine(
    folder: Path,
    network: Network,
    built: Built,
    calibration: Calibration | None,
    library: TensorRt,
    batches: Batches,
    targets: Sequence[str],
) -> Path:
    """The engine of a TensorRT form, named after shape, precision, batches, library and target, and its manifest."""
    plan = build_plan(library, built.written.file.SerializeToString(), batches, targets)
    height, width = network.spec.input_hw
    flavour = f"{'rtx' if library.is_rtx else 'trt'}{'.'.join(library.version.split('.')[:3])}"
    name = "-".join([
        network.spec.variant, f"{height}x{width}", built.form.precision, f"b{batches.least}-{batches.most}", flavour,
        *(targets or ["portable"]),
    ])  # fmt: skip
    path = folder / f"{name}.engine"
    _write(path, network, built, calibration, plan.content, "tensorrt-rtx" if library.is_rtx else "tensorrt")
    return path


def _write(
    path: Path, network: Network, built: Built, calibration: Calibration | None, content: bytes, kind: ArtefactKind
) -> None:
    """Content and manifest; an old manifest goes before the new file takes its name."""
    with whole_file(path) as temporary:
        temporary.write_bytes(content)
        digest = file_sha256(temporary)
        manifest_path(path).unlink(missing_ok=True)
    inputs, outputs = interface(network.spec)
    spec = network.spec
    manifest = Manifest(
        kind=kind,
        model=spec.variant,
        precision=built.form.precision,
        evidence=built.form.evidence,
        spec=spec,
        artefact_sha256=digest,
        weights_sha256=note(network.model, "weights_sha256"),
        inputs=inputs,
        outputs=outputs,
        thresholds=_thresholds(network, built),
        calibrated=isinstance(spec, ModelSpec) and bool(spec.confidence),
        checks=_checks(built),
        calibration=f"{calibration.source} ({calibration.crops} crops)" if built.method and calibration else "",
        gate=_gate(built),
        needs=note(built.written.file, NEEDS_KEY) or "any",
    )
    write_manifest(path, manifest)


def note(model: onnx.ModelProto, key: str) -> str:
    """A note of a model, empty where it is not there."""
    return next((entry.value for entry in model.metadata_props if entry.key == key), "")


def _gate(built: Built) -> str:
    return built.verdict.sentence if built.verdict else NOT_RUN


def _checks(built: Built) -> Mapping[str, float]:
    verdict = built.verdict
    return {f"{verdict.kind}_drop": verdict.drop, f"{verdict.kind}_limit": verdict.limit} if verdict else {}


def _thresholds(network: Network, built: Built) -> Thresholds:
    """Those of the float network, moved as far as the confidence of the integers drifted."""
    drift = built.verdict.drift if built.verdict and built.method else None
    moved = drift.threshold / network.threshold if drift else 1.0
    usual = asdict(network.thresholds)
    return Thresholds(**{name: value and min(1.0, round(value * moved, 4)) for name, value in usual.items()})
