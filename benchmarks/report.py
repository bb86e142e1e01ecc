"""A measurement for people: the figures of `bench` as Markdown, with everything that they depend on."""

from collections.abc import Iterator, Mapping
from typing import Any

from rsn_edge.evaluate import CocoNumbers

_NUMBERS = CocoNumbers.__slots__
# As they are named for programs, those that a measurement has.
_CONDITIONS = (
    *("evidence", "precision", "runtime", "artefact_sha256", "protocol", "person_score", "input_hw", "padding"),
    *("decode", "flip", "boxes", "boxes_sha256", "boxes_ap", "images", "missing", "annotations_sha256"),
)
_NOBODY = -1  # COCO's number where there is nobody to find


def report(figures: Mapping[str, Any]) -> str:
    """On COCO's sets ten numbers, interval, joints, limbs and angles, who was not read and why; on MPII's both PCKh."""
    lines = [*_heading(figures)]
    if "AP" in figures:
        lines += _scores(figures)
    if "pckh" in figures:
        groups = list(figures["pckh"]["official"])
        rows = [[name, *(_shown(by[group], ".1f") for group in groups)] for name, by in figures["pckh"].items()]
        lines += _table(["PCKh", *groups], rows)
    return "\n".join(lines) + "\n"


def _heading(figures: Mapping[str, Any]) -> Iterator[str]:
    yield f"# {', '.join(file['file'] for file in figures['models'])} on {figures['set']}"
    yield ""
    if leak := figures.get("calibration_leak"):
        yield f"- CALIBRATION LEAK: calibrated on {len(leak)} of these pictures, the figures are too good"
    for name in _CONDITIONS:
        if figures.get(name) is not None:
            yield f"- {name.replace('_', ' ')}: {figures[name]}"
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


def _table(head: list[str], rows: list[list[str]]) -> Iterator[str]:
    for cells in (head, ["---"] * len(head), *rows):
        yield f"| {' | '.join(cells)} |"
    yield ""


def _shown(value: float | None, form: str) -> str:
    return "-" if value is None or value == _NOBODY else format(value, form)
