"""`rsn-edge build-engine`: options, one library call, printing."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from rsn_edge.commands.printing import json_option, print_json, say

if TYPE_CHECKING:
    from .building import Delivered
    from .gate.gate import LabelledSet


@click.command(
    "build-engine",
    epilog="\b\nExamples:\n  rsn-edge build-engine --precision int8\n"
    "  rsn-edge build-engine rsn18.onnx --precision int8 --calib data/coco:train2017 --coco val2017",
)
@click.argument("model", required=False)
@click.option("--precision", type=click.Choice(["fp32", "fp16", "int8", "auto"]), required=True)
@click.option("--only", type=click.Choice(["pose", "detector"]), help="Without MODEL: one of the embedded networks.")
@click.option(
    "--target", default="host", show_default=True, metavar="host|cpu|portable|sm86,sm89,...", help="What it is for."
)
@click.option("--calib", metavar="FILE|SOURCE", help="Ranges that calibrate wrote, or pictures of people.")
@click.option("--coco", multiple=True, metavar="SPLIT|JSON", help="A labelled set for the gate; the mean of several.")
@click.option("--coco-root", type=click.Path(path_type=Path), default=Path("data/coco"), show_default=True)
@click.option(
    "--max-ap-drop", type=click.FloatRange(min=0), default=0.5, show_default=True, help="Points of AP, with --coco."
)
@click.option(
    "--max-oks-drop", type=click.FloatRange(0, 1), default=0.02, show_default=True, help="Of OKS, without labels."
)
@click.option("--gate", type=click.Choice(["run", "none"]), default="run", show_default=True)
@click.option("--keep-float", multiple=True, metavar="PATTERN", help="Modules that stay in float, such as top.")
@click.option("--qdq", type=click.Choice(["conv", "residual", "full"]), default="residual", show_default=True)
@click.option("--max-persons", type=click.IntRange(min=1), default=8, show_default=True, help="In one batch.")
@click.option("--samples", type=click.IntRange(min=8), default=512, show_default=True, help="Crops to calibrate on.")
@click.option("--dry-run", is_flag=True, help="Say what would be built.")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), default=Path(), show_default=True)
@json_option
def build_engine(
    model: str | None, only: str | None, target: str, coco: tuple[str, ...], coco_root: Path,
    dry_run: bool, as_json: bool, **options: Any,
) -> None:  # fmt: skip
    """Turn MODEL, or both embedded networks, into the files that a device runs.

    MODEL is a name, a checkpoint or an fp32 ONNX file. INT8 is measured against the float network before it gets its
    name, and refused where it loses too much. Without a GPU the files for this processor and those to carry to a board
    are written.
    """
    from rsn_edge.artefact.writing import check_place
    from rsn_edge.embedded import DETECTOR, POSE, model_path

    from .building import Asked, build_engines, planned

    if model and only:
        raise click.UsageError("--only chooses between the embedded networks: leave it or MODEL out.")
    names = [model] if model else [POSE] * (only != "detector") + [DETECTOR] * (only != "pose")
    asked = Asked(
        models=tuple(map(model_path, names)),
        targets=tuple(target.lower().split(",")),
        labels=tuple(_labelled(text, coco_root) for text in coco),
        **options,
    )
    if dry_run:
        click.echo("\n".join(planned(asked)))
        return
    check_place(asked.out / "int8_report.json")
    delivered = build_engines(asked, say)
    if as_json:
        print_json("build-engine", {"files": [_facts(one) for one in delivered], "out": str(asked.out)})
        return
    for one in delivered:
        verdict = one.built.verdict.sentence if one.built.verdict else "gate: not run"
        click.echo(f"{one.path} ({one.path.stat().st_size / 1e6:.1f} MB, {one.built.form.evidence}): {verdict}")
    click.echo(_next(delivered))


def _labelled(text: str, root: Path) -> "LabelledSet":
    from rsn_edge.coco import find_pictures, find_split

    from .gate.gate import LabelledSet

    if not text.endswith(".json"):
        return LabelledSet(text, *find_split(root, text))
    pictures = find_pictures(Path(text))
    folder = pictures.parent if pictures.name == "images" else pictures
    return LabelledSet(folder.resolve().name, Path(text), pictures)


def _facts(one: "Delivered") -> dict[str, Any]:
    from rsn_edge.artefact.kind import file_sha256

    verdict = one.built.verdict
    return {
        "file": str(one.path),
        "model": one.model,
        "form": one.built.form.name,
        "precision": one.built.form.precision,
        "evidence": one.built.form.evidence,
        "artefact_sha256": file_sha256(one.path),
        "method": one.built.method,
        "kept_float": list(one.built.keep),
        "gate": verdict.sentence if verdict else "not run",
        "drop": verdict.drop if verdict else None,
        "interval95": list(verdict.interval95) if verdict else None,
        "persons": verdict.persons if verdict else None,
    }


def _next(delivered: "list[Delivered]") -> str:
    """The next command: a run where the file runs here; files for a board can only be looked at."""
    runs = {one.model: one.path for one in delivered if one.built.form.evidence == "measured"}
    if not runs:
        return f"rsn-edge inspect {delivered[0].path}"
    from rsn_edge.spec import DETECTORS

    options = [f"--{'detector' if model in DETECTORS else 'model'} {path}" for model, path in runs.items()]
    return f"rsn-edge run sample {' '.join(options)}"
