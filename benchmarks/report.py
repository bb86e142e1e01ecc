"""A measurement for people: the figures of `bench` as Markdown, with everything that they depend on."""

from collections.abc import Iterator, Mapping
from typing import Any

from rsn_edge.evaluate import CocoNumbers

_NUMBERS = CocoNumbers.__slots__
_NOBODY = -1  # COCO's number where there is nobody to find


def report(figures: Mapping[str, Any]) -> str:
    """On COCO's sets ten numbers, interval, joints, limbs and angles, who was not read and why; on MPII's both PCKh."""
    lines = [*_heading(figures)]
    if "AP" in figures:
        lines += _scores(figures)
    if "pckh" in figures:
        lines += _pckh(figures["pckh"])
    return "\n".join(lines) + "\n"


def _heading(figures: Mapping[str, Any]) -> Iterator[str]:
    files = ", ".join(file["file"] for file in figures["models"])
    yield f"# {files} on {figures['set']}"
    yield ""
    yield f"- {figures['evidence']}: {figures['precision']} file on {figures['runtime']}"
    yield f"- artefact SHA-256 {figures['artefact_sha256']}"
    if leak := figures.get("calibration_leak"):
        yield f"- CALIBRATION LEAK: calibrated on {len(leak)} of these pictures, the figures are too good"
    if "protocol" in figures:
        yield f"- protocol {figures['protocol']}: {figures['person_score']}; no OKS-NMS, no least score"
    padding = f", boxes widened by {' x '.join(map(str, figures['padding']))}" if "padding" in figures else ""
    height, width = figures["input_hw"]
    flip = "on" if figures["flip"] else "off"
    yield f"- input {height} x {width}{padding}, decode {figures['decode']}, flip test {flip}"
    digest = f" (SHA-256 {figures['boxes_sha256']})" if "boxes_sha256" in figures else ""
    ap = f", whose AP here is {figures['boxes_ap']:.3f}" if figures.get("boxes_ap") is not None else ""
    yield f"- boxes: {figures['boxes']}{digest}{ap}"
    missing = f", {figures['missing']} more are missing or broken" if figures["missing"] else ""
    yield f"- {figures['images']} pictures{missing}; annotations SHA-256 {figures['annotations_sha256']}"
    yield ""


def _scores(figures: Mapping[str, Any]) -> Iterator[str]:
    yield from _table(
        [*_NUMBERS, "persons"], [[*(_shown(figures[name], ".3f") for name in _NUMBERS), str(figures["persons"])]]
    )
    if figures["interval95"]:
        low, high = figures["interval95"]
        yield f"95 % interval of AP: {low:.3f} to {high:.3f} (bootstrap over pictures); by {figures['evaluator']}"
    yield ""
    rows = [[row["joint"], str(row["persons"]), _shown(row["oks"], ".3f")] for row in figures["joints"]]
    yield from _table(["joint", "persons with it", "OKS"], rows)
    angles = ", ".join(f"{name} {_shown(error, '.1f')}" for name, error in figures["joint_angle_error_deg"].items())
    yield f"- joint angles are off by (degrees, mean): {angles}"
    yield f"- lengths of arms and legs are off by {_shown(figures['limb_length_error_percent'], '.1f')} % (mean)"
    yield f"- left and right are swapped in {_shown(figures['swap_rate'], '.2%')} of the pairs that lie apart"
    yield ""
    yield "## Who was not read, and why"
    yield ""
    why = {
        "no box": "no box lies on them (IoU 0.5)",
        "no sure joint": f"none of their joints reaches the confidence {figures['joint_threshold']:g}",
        "joints elsewhere": "their joints were placed elsewhere (OKS below 0.5)",
    }
    for reason, who in figures["unread"].items():
        yield f"- {who['persons']} of {figures['persons']}: {why[reason]}"
    for who, count in figures["not_counted"].items():
        yield f"- not counted: {count} {who}"


def _pckh(figures: Mapping[str, Mapping[str, float | None]]) -> Iterator[str]:
    groups = list(figures["official"])
    rows = [[name, *(_shown(by_group[group], ".1f") for group in groups)] for name, by_group in figures.items()]
    yield from _table(["PCKh", *groups], rows)


def _table(head: list[str], rows: list[list[str]]) -> Iterator[str]:
    for cells in (head, ["---"] * len(head), *rows):
        yield f"| {' | '.join(cells)} |"
    yield ""


def _shown(value: float | None, form: str) -> str:
    return "-" if value is None or value == _NOBODY else format(value, form)
