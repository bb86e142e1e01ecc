"""What was built, as files: each with its manifest, under a name that says what it is."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path

import onnx

from rsn_edge.artefact.kind import ArtefactKind, file_sha256
from rsn_edge.artefact.manifest import Thresholds
from rsn_edge.artefact.onnx_header import EVIDENCE_KEY, NEEDS_KEY

from .build import Built, Network
from .engine import TensorRt, build_plan
from .model_file import manifest_of, write_model
from .surgery import Surgery, notes_of

NOT_RUN = "not run"


def write_onnx(folder: Path, network: Network, built: Built) -> list[Path]:
    """The ONNX file of a form, `<model>.<form>.onnx`, and its manifest; OutputError where the file system refuses.

    Of TensorRT's INT8 also the imitation, `<model>.int8-sim.onnx`, which names the file that it imitates.
    """
    path = folder / f"{network.spec.variant}.{built.form.name}.onnx"
    notes = _thresholds(network, built).to_notes() | {"rsn_edge.gate": _gate(built), EVIDENCE_KEY: built.form.evidence}
    if built.method and network.calibration:
        notes |= network.calibration.notes
    _write(path, network, built, _content(built.written.file, notes))
    if built.form.name != "trt-int8":
        return [path]
    imitation = path.with_name(f"{network.spec.variant}.int8-sim.onnx")
    notes |= {"rsn_edge.simulates": file_sha256(path)}
    _write(imitation, network, built, _content(built.written.judged, notes))
    return [path, imitation]


def write_engine(
    folder: Path, network: Network, built: Built, library: TensorRt, most: int, targets: Sequence[str]
) -> Path:
    """The engine of a TensorRT form, named after shape, precision, batch, library and target, and its manifest."""
    plan = build_plan(library, built.written.file.SerializeToString(), most, targets)
    height, width = network.spec.input_hw
    flavour = f"{'rtx' if library.is_rtx else 'trt'}{'.'.join(library.version.split('.')[:3])}"
    name = "-".join([
        network.spec.variant, f"{height}x{width}", built.form.precision, f"b1-{most}", flavour,
        *(targets or ["portable"]),
    ])  # fmt: skip
    path = folder / f"{name}.engine"
    _write(path, network, built, plan.content, "tensorrt-rtx" if library.is_rtx else "tensorrt")
    return path


def _content(model: onnx.ModelProto, notes: Mapping[str, str]) -> bytes:
    return bytes(Surgery(model).model(notes).SerializeToString(deterministic=True))


def _write(path: Path, network: Network, built: Built, content: bytes, kind: ArtefactKind = "onnx") -> None:
    calibration = network.calibration
    manifest = replace(
        manifest_of(content, network.spec, notes_of(network.model)["weights_sha256"], kind),
        precision=built.form.precision,
        evidence=built.form.evidence,
        thresholds=_thresholds(network, built),
        checks=_checks(built),
        calibration=f"{calibration.source} ({calibration.crops} crops)" if built.method and calibration else "",
        gate=_gate(built),
        needs=notes_of(built.written.file).get(NEEDS_KEY, "any"),
    )
    write_model(path, content, manifest)


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
