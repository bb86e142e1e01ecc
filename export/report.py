"""The report of a build: what each file loses beside its float network, on whom, and in which blocks."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from rsn_edge import __version__
from rsn_edge.artefact.writing import write_text
from rsn_edge.calibration import Calibration
from rsn_edge.device.machine import Machine
from rsn_edge.spec import Spec

from .build import Built
from .crop_set import CropSet
from .gate.asking import Material
from .gate.verdict import NAMES, Interval, Kind, Verdict
from .report_page import Picture, Section, markdown, page
from .report_pictures import block_plot, drop_plot, kept_plot, points_of, worst_picture

SCHEMA = "rsn-edge/int8-report/1"

_SCORES: Mapping[Kind, str] = {
    "ap": "average precision of the poses in the annotated boxes, by the labels, in points (0 to 100)",
    "ap50": "average precision of the boxes at an IoU of 0.5, by the labels, in points (0 to 100)",
    "oks": "similarity (OKS, 0 to 1) with the joints that the float network is sure of; itself has 1",
    "f1": "share (F1, 0 to 1) of the boxes that it has in common with the float network; itself has 1",
}
_LOSSES = (
    "Drop: the float network's score minus this form's, below 0 where it gained. 95 %: what the drop may be, given how "
    "few persons were compared; pictures are drawn again and again, the same for both. measured: the very file ran. "
    "simulated: an imitation of the device's arithmetic ran on this machine; the device itself did not."
)
_ALONE = "Each block was quantised alone, all others in float: OKS or F1 lost on a few crops (0 to 1). Worst first."
_KEPT = (
    "The worst blocks stay in float, one more each row, until the gate passes or fewer than half of the multiplications "
    "are left in integers."
)
_WORST = (
    "Least similar first: on the left as the float network reads them, where it is sure; on the right the same joints, "
    "or the boxes, as this form does. The number is the similarity: OKS of the joints, F1 of the boxes."
)


@dataclass(frozen=True, slots=True, eq=False)
class Subject:
    """A network from which files were built.

    Args:
        name: of the network.
        spec: of it.
        material: on which the gate judged.
        calibration: where ranges came from; None for forms without integers.
        machine: on which all of it was computed.
        seconds: that it took.
    """

    name: str
    spec: Spec
    material: Sequence[Material]
    calibration: Calibration | None
    machine: Machine
    seconds: float


Reported = Sequence[tuple[Subject, Sequence[Built]]]


def write_report(folder: Path, reported: Reported) -> None:
    """Writes `int8_report.json`, `.md` and `.html` into a folder; OutputError where the file system refuses.

    The page has plots where matplotlib is installed, and else says that it has none.
    """
    title = f"What quantisation costs: {', '.join(subject.name for subject, _ in reported)}"
    sections = [section for subject, built in reported for section in _sections(subject, built)]
    contents = {
        "json": json.dumps(document(reported), indent=1, allow_nan=False) + "\n",
        "md": markdown(title, sections),
        "html": page(title, sections),
    }
    for suffix, content in contents.items():
        write_text(folder / f"int8_report.{suffix}", content)


def document(reported: Reported) -> Any:
    """The report as plain values: scores and drops in [0, 1], None for what is no finite number."""
    networks = [
        {
            "model": subject.name,
            "input_hw": subject.spec.input_hw,
            "calibration": _calibration(subject.calibration),
            "machine": asdict(subject.machine),
            "seconds": subject.seconds,
            "forms": [_form(one) for one in built],
        }
        for subject, built in reported
    ]
    return _plain({"schema": SCHEMA, "version": __version__, "results": networks})


def _calibration(calibration: Calibration | None) -> dict[str, Any] | None:
    facts = "source", "crops", "crops_sha256", "weights_sha256", "coverage", "methods"
    return {name: getattr(calibration, name) for name in facts} if calibration else None


def _form(built: Built) -> dict[str, Any]:
    found = built.sensitivity
    return {
        "form": built.form.name,
        "precision": built.form.precision,
        "evidence": built.form.evidence,
        "method": built.method,
        "kept_in_float": built.keep,
        "gate": _judged(built.verdict) if built.verdict else "not run",
        "control": _judged(built.control) if built.control else None,
        "blocks": [{"block": name, "loss": loss} for name, loss in found.losses] if found else [],
        "pareto": [asdict(step) for step in found.steps] if found else [],
    }


def _judged(verdict: Verdict) -> dict[str, Any]:
    said = {name: getattr(verdict, name) for name in ("passed", "enough", "persons_needed", "sentence")}
    return {**asdict(verdict), **said}


def _plain(value: Any) -> Any:
    """Arrays and tuples as lists; numbers that are not finite as None."""
    if isinstance(value, Mapping):
        return {str(name): _plain(one) for name, one in value.items()}
    if isinstance(value, list | tuple | np.ndarray):
        return [_plain(one) for one in (value.tolist() if isinstance(value, np.ndarray) else value)]
    return None if isinstance(value, float) and not np.isfinite(value) else value


def _sections(subject: Subject, built: Sequence[Built]) -> Iterator[Section]:
    plots = find_spec("matplotlib") is not None
    yield Section(subject.name, points=[*_facts(subject, plots), *map(_sentence, built)], level=2)
    judged = [(one.form.name, one.verdict) for one in built if one.verdict]
    if judged:
        yield from _scores(built, judged, plots)
    for one in built:
        if one.sensitivity and one.sensitivity.losses:
            yield from _blocks(one, plots)
    for form, verdict in judged:
        if verdict.worst:
            yield _worst(subject, form, verdict)


def _facts(subject: Subject, plots: bool) -> Iterator[str]:
    height, width = subject.spec.input_hw
    yield f"network {subject.name}, input {height} x {width} (height x width), rsn-edge {__version__}"
    if found := subject.calibration:
        kinds = ", ".join(f"{count} {kind}" for kind, count in found.coverage.items())
        yield f"ranges from {found.crops} crops of {found.source}{f' ({kinds})' if kinds else ''}"
        yield f"crops SHA-256 {found.crops_sha256}"
    yield f"on {subject.machine} in {subject.seconds:.0f} seconds"
    if not plots:
        yield "no plots: matplotlib is not installed (pip install 'rsn-edge[export]')"


def _sentence(built: Built) -> str:
    kept = f"; in float stay {', '.join(built.keep)}" if built.keep else ""
    verdict = built.verdict.sentence if built.verdict else "the gate was not run"
    return f"{built.form.name} ({built.form.evidence}): {verdict}{kept}"


def _scores(built: Sequence[Built], judged: Sequence[tuple[str, Verdict]], plots: bool) -> Iterator[Section]:
    kind = judged[0][1].kind
    forms = "form", "precision", "evidence", "ranges by", "blocks in float", "float", "this", "drop", "95 %", "gate"
    note = f"Score: {_SCORES[kind]}; the mean over the sets. {_LOSSES}"
    yield Section("What each form loses", note, head=forms, rows=[_form_row(one) for one in built])
    sets = "form", "set", "persons", "float", "this", "drop", "95 %"
    rows = [
        [form, row.name, str(row.persons), *_shown(kind, row.reference, row.candidate, row.drop),
         _between(kind, row.interval95)]
        for form, verdict in judged for row in verdict.rows
    ]  # fmt: skip
    pictures = [Picture(drop_plot(judged), "Drop of every form on every set: the line is its interval")]
    yield Section("On each set", head=sets, rows=rows, pictures=pictures if plots else ())
