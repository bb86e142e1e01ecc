"""`rsn-edge bench`: options, one call, printing."""

import json
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from rsn_edge import __version__
from rsn_edge.commands.printing import json_option, print_json, say

from .options import BenchOptions

_path = click.Path(path_type=Path)


@click.command(
    epilog="Examples: rsn-edge bench --coco val2017 --report report;  "
    "rsn-edge bench --coco photos/person_keypoints.json --model mine.onnx --boxes detector"
)
@click.option("--coco", metavar="SPLIT|JSON", help="COCO keypoints: a split, or an annotation file with its images/.")
@click.option(
    "--coco-root", type=_path, default=Path("data/coco"), show_default=True, metavar="DIR", help="COCO's folder."
)
@click.option("--mpii", type=_path, metavar="FILE", help="MPII's validation set: its json or mat, side by side.")
@click.option("--mpii-images", type=_path, metavar="DIR", help="MPII's pictures [default: images/ beside FILE].")
@click.option(
    "--model",
    multiple=True,
    default=["rsn-nano"],
    metavar="NAME|FILE",
    help="Pose network [default: rsn-nano]; the heat-maps of several are averaged.",
)
@click.option("--boxes", metavar="gt|detector|FILE", help="Whose person boxes [default: gt where there are any].")
@click.option("--detector", default="person-nano", show_default=True, metavar="NAME|FILE", help="Person detector.")
@click.option(
    "--protocol",
    type=click.Choice(["official", "mmpose"]),
    default="official",
    show_default=True,
    help="Whose rules for a person's score.",
)
@click.option("--flip-test", is_flag=True, help="Average over the mirrored crop: twice the work.")
@click.option(
    "--evaluator",
    type=click.Choice(["hotcoco", "pycocotools"]),
    default="hotcoco",
    show_default=True,
    help="Who computes COCO's numbers.",
)
@click.option("--limit", type=click.IntRange(min=1), metavar="N", help="Only the first N pictures.")
@click.option("--report", type=_path, metavar="DIR", help="Keep results and report here; go on there after a stop.")
@click.option("--strict", is_flag=True, help="Exit with 1 if a picture is missing.")
@click.option("--backend", type=click.Choice(["auto", "onnxruntime", "openvino", "torch"]), default="auto")
@click.option("--provider", type=click.Choice(["cpu", "cuda", "tensorrt", "rtx"]), default="cpu", show_default=True)
@click.option("--device", type=click.IntRange(min=0), default=0, help="Index of the device.")
@json_option
def bench(**options: Any) -> int:
    """Measure how good the poses of a model file are, by the rules of COCO or MPII.

    A split lies in DIR/annotations/person_keypoints_SPLIT.json and DIR/SPLIT/; DIR is --coco-root. Checkpoints and ONNX
    files of any precision go through the same crop, backend and decode as in a run. Pictures that are missing are
    counted, and the figures are of the others.
    """
    import cv2

    cv2.setNumThreads(1)  # as in a run
    chosen = BenchOptions(**options)
    if (chosen.coco is None) == (chosen.mpii is None):
        raise click.UsageError("Name what to measure on: --coco SPLIT or --mpii FILE.")
    return _coco(chosen) if chosen.mpii is None else _mpii(chosen)


def _coco(options: BenchOptions) -> int:
    from .accuracy import measure
    from .report import coco_report
    from .submission import write_submission

    measured = measure(options)
    figures = measured.figures
    if not measured.scored:
        name = "+".join(model.stem for model in options.models)
        path = write_submission(options.report or Path(), figures["set"], name, measured.results)
        figures["submission"] = str(path)
        say(f"For COCO's server: {path}")
    return _finish(options, figures, coco_report(figures), measured.missing)


def _mpii(options: BenchOptions) -> int:
    from .mpii import measure_mpii
    from .report import mpii_report

    figures, missing = measure_mpii(options)
    return _finish(options, figures, mpii_report(figures), missing)


def _finish(options: BenchOptions, figures: dict[str, Any], text: str, missing: Sequence[str]) -> int:
    """Keeps and prints the figures; the exit code."""
    from rsn_edge.artefact.writing import write_text

    figures["command"] = shlex.join(["rsn-edge", *sys.argv[1:]])
    if options.report:
        document = {"schema": "rsn-edge/bench/1", "version": __version__, "results": figures}
        write_text(options.report / "report.json", json.dumps(document, indent=2, allow_nan=False) + "\n")
        write_text(options.report / "report.md", text)
        say(f"Written: {options.report / 'report.md'}")
    if options.as_json:
        print_json("bench", figures)
    else:
        click.echo(text, nl=False)
    if missing:
        say(f"{len(missing)} pictures are missing or broken, such as {missing[0]}: the figures are of the others.")
    return 1 if missing and options.strict else 0
