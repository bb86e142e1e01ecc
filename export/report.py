"""The report of a build: what each file loses beside its float network, on whom, and in which blocks."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, astuple, dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from rsn_edge import __version__
from rsn_edge.artefact.writing import write_text
from rsn_edge.device.machine import this_machine

from .build import Built, Network
from .crop_set import CropSet
from .gate.sensitivity import Sensitivity, Step
from .gate.verdict import NAMES, Interval, Kind, SetRow, Verdict, Worst
from .report_page import Picture, Section, markdown, page
from .report_pictures import interval_plot, worst_picture

SCHEMA = "rsn-edge/int8-report/1"

Plotted = tuple[str, float, Interval]
Judged = Sequence[tuple[Built, Verdict]]

_FACTS = "source", "crops", "crops_sha256", "weights_sha256", "coverage", "methods"
_SCORED = "form", "evidence", "ranges by", "set", "persons", "float", "this form", "drop", "95 % from", "to"
_TRIED = "blocks in float", "the last", "multiplications in integers", "drop", "95 % from", "to", "gate"
_DISTANCES = "p50", "p95", "p99", "confidence", "threshold"
_MOST_BARS = 24

_SCORES: Mapping[Kind, str] = {
    "ap": "average precision of the poses in the annotated boxes, by the labels, 0 to 100",
    "ap50": "average precision of the boxes at an IoU of 0.5, by the labels, 0 to 100",
    "oks": "similarity (OKS) with the joints that the float network is sure of, 0 to 1; the float network has 1",
    "f1": "share (F1) of boxes in common with the float network, 0 to 1; the float network has 1",
}
_LOSSES = """Drop: what is lost, below 0 where this form has more; its 95 % interval says how sure that is with so few
persons. measured: the very file ran. simulated: an imitation of the device's arithmetic ran, not the device."""
_MOVED = """Where the float network is sure: pixels that 50, 95 and 99 % of the joints (or corners of boxes) moved at
most; mean confidence over the float network's; the confidence from which as much is shown as before. Uncalibrated: the
same form with ranges of pictures that show nobody, which tells what the calibration is worth."""
_ALONE = "OKS or F1 lost on a few crops with this block alone in integers, all others in float; worst first."
_KEPT = """The worst blocks stay in float, one more each row, until the gate passes or fewer than half of the
multiplications would be left in integers."""
_WORST = """Left: what the float network is sure of. Right: what this form says of it. Least similar first, by OKS of
joints or F1 of boxes."""


@dataclass(frozen=True, slots=True, eq=False)
class Subject:
    """A network, its forms, and the seconds that it took to build and judge them on this machine."""

    network: Network
    built: Sequence[Built]
    seconds: float


def write_report(folder: Path, subjects: Sequence[Subject]) -> None:
    """Writes `int8_report.json`, `.md` and `.html` into a folder; OutputError where the file system refuses.

    The page has plots where matplotlib is installed, and else says that it has none.
    """
    title = f"What quantisation costs: {', '.join(subject.network.spec.variant for subject in subjects)}"
    sections = [section for subject in subjects for section in _sections(subject)]
    write_text(folder / "int8_report.json", json.dumps(document(subjects), indent=1, allow_nan=False) + "\n")
    write_text(folder / "int8_report.md", markdown(title, sections))
    write_text(folder / "int8_report.html", page(title, sections))


def document(subjects: Sequence[Subject]) -> Any:
    """The report as plain values: scores and drops in [0, 1], None for what is no finite number."""
    networks = []
    for subject in subjects:
        calibration = subject.network.calibration
        networks.append({
            "model": subject.network.spec.variant,
            "input_hw": subject.network.spec.input_hw,
            "calibration": {name: getattr(calibration, name) for name in _FACTS} if calibration else None,
            "machine": asdict(this_machine()),
            "seconds": subject.seconds,
            "forms": [_form(one) for one in subject.built],
        })  # fmt: skip
    text = json.dumps({"schema": SCHEMA, "version": __version__, "results": networks}, default=np.ndarray.tolist)
    return json.loads(text, parse_constant=lambda _: None)


def _form(built: Built) -> dict[str, Any]:
    found = built.sensitivity
    return {
        "form": built.form.name,
        "precision": built.form.precision,
        "evidence": built.form.evidence,
        "method": built.method,
        "kept_in_float": built.keep,
        "gate": _judged(built.verdict),
        "control": _judged(built.control),
        "blocks": [{"block": name, "loss": loss} for name, loss in found.losses] if found else [],
        "pareto": [_tried(step) for step in found.steps] if found else [],
    }


def _tried(step: Step) -> dict[str, Any]:
    verdict = step.verdict
    found = {"drop": verdict.drop, "interval95": verdict.interval95, "passed": verdict.passed}
    return {"kept": step.kept, "integer_share": step.integer_share, **found}


def _judged(verdict: Verdict | None) -> dict[str, Any] | None:
    """None where the gate was not run."""
    told = "passed", "enough", "persons_needed", "sentence"
    return {**asdict(verdict), **{name: getattr(verdict, name) for name in told}} if verdict else None


def _sections(subject: Subject) -> Iterator[Section]:
    judged = [(one, one.verdict) for one in subject.built if one.verdict]
    yield Section(subject.network.spec.variant, [*_facts(subject), *map(_sentence, subject.built)], level=2)
    if judged:
        yield _scores(judged)
        yield _moved(judged)
    for one, verdict in judged:
        if one.sensitivity and one.sensitivity.losses:
            yield from _search(one.form.name, one.sensitivity, verdict.kind)
        if verdict.worst:
            yield _worst(subject.network, one.form.name, verdict.worst)


def _facts(subject: Subject) -> Iterator[str]:
    size = " x ".join(map(str, subject.network.spec.input_hw))
    yield f"Input {size} (height x width). rsn-edge {__version__} took {subject.seconds:.0f} s on {this_machine()}."
    if found := subject.network.calibration:
        kinds = ", ".join(f"{count} {kind}" for kind, count in found.coverage.items())
        yield f"Ranges from {found.crops} crops of {found.source}: {kinds}. SHA-256 of the crops {found.crops_sha256}."
    if not find_spec("matplotlib"):
        yield "This page has no plots, because matplotlib is not installed: pip install 'rsn-edge[export]'."


def _sentence(built: Built) -> str:
    ranges = f", ranges by {built.method}" if built.method else ""
    kept = f" In float stay {', '.join(built.keep)}." if built.keep else ""
    verdict = built.verdict.sentence if built.verdict else "the gate was not run"
    return f"{built.form.name} ({built.form.evidence}{ranges}): {verdict}.{kept}"


def _scores(judged: Judged) -> Section:
    kind, limit = judged[0][1].kind, judged[0][1].limit
    scored = [(one, row) for one, verdict in judged for row in _with_mean(verdict)]
    rows = [
        [one.form.name, one.form.evidence, one.method or "-", row.name, str(row.persons),
         *_shown(kind, row.reference, row.candidate, row.drop, *row.interval95)]
        for one, row in scored
    ]  # fmt: skip
    bars = [(f"{one.form.name}, {row.name}", row.drop, row.interval95) for one, row in scored]
    pictures = _plot(kind, bars, f"drop of {NAMES[kind]} and its 95 % interval", limit)
    return Section("What each form loses", [f"Score: {_SCORES[kind]}. {_LOSSES}"], _SCORED, rows, pictures)


def _with_mean(verdict: Verdict) -> tuple[SetRow, ...]:
    """A row a set, and one of their mean where there are several."""
    ours, theirs = np.mean([(row.reference, row.candidate) for row in verdict.rows], axis=0).tolist()
    mean = SetRow("mean", verdict.persons, ours, theirs, verdict.drop, verdict.interval95)
    return (*verdict.rows, mean) if len(verdict.rows) > 1 else verdict.rows


def _moved(judged: Judged) -> Section:
    rows = []
    for one, verdict in judged:
        distances = astuple(verdict.drift) if verdict.drift else (np.nan,) * len(_DISTANCES)
        control = one.control.drop if one.control else np.nan
        rows.append([one.form.name, *(_text(value, 2) for value in distances), *_shown(verdict.kind, control)])
    return Section("What moved", [_MOVED], ["form", *_DISTANCES, "uncalibrated drop"], rows)


def _search(form: str, found: Sensitivity, kind: Kind) -> Iterator[Section]:
    losses = [[name, *_shown("oks", loss)] for name, loss in found.losses]
    bars = [(name, loss, (0.0, loss)) for name, loss in found.losses[:_MOST_BARS]]
    pictures = _plot("oks", bars, "loss with one block alone in integers")
    yield Section(f"{form}: blocks by their loss", [_ALONE], ["block", "loss"], losses, pictures)
    tries = [
        [str(len(step.kept)), step.kept[-1] if step.kept else "none", f"{100 * step.integer_share:.0f} %",
         *_shown(kind, step.verdict.drop, *step.verdict.interval95), "passed" if step.verdict.passed else "failed"]
        for step in found.steps
    ]  # fmt: skip
    yield Section(f"{form}: blocks kept in float", [_KEPT], _TRIED, tries)


def _worst(network: Network, form: str, worst: Sequence[Worst]) -> Section:
    material = {one.source if isinstance(one, CropSet) else one.name: one for one in network.material}
    rows = [[one.name, one.picture, f"{one.similarity:.3f}"] for one in worst]
    drawn = [worst_picture(one, material[one.name], network.spec, form) for one in worst]
    pictures = [Picture(one, " ".join(row)) for one, row in zip(drawn, rows, strict=True)]
    return Section(f"{form}: whom it reads worst", [_WORST], ["set", "picture", "similarity"], rows, pictures)


def _plot(kind: Kind, rows: Sequence[Plotted], label: str, limit: float | None = None) -> list[Picture]:
    """Values in [0, 1], as people are told them; nothing without matplotlib."""
    if not find_spec("matplotlib"):
        return []
    scale = _scale(kind)
    scaled = [(name, scale * value, (scale * low, scale * high)) for name, value, (low, high) in rows]
    return [Picture(interval_plot(scaled, label, limit and scale * limit), f"The table as a plot: {label}")]


def _scale(kind: Kind) -> int:
    return 100 if kind in ("ap", "ap50") else 1


def _shown(kind: Kind, *values: float) -> list[str]:
    """Average precision in points, other scores as they are."""
    scale = _scale(kind)
    return [_text(scale * value, 2 if scale > 1 else 4) for value in values]


def _text(value: float, digits: int) -> str:
    return f"{value:.{digits}f}" if np.isfinite(value) else "-"
