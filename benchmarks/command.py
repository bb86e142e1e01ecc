"""`rsn-edge bench`: options, one call, printing."""

import json
import shlex
import sys
from pathlib import Path
from typing import Any

import click

from rsn_edge import __version__
from rsn_edge.commands.printing import json_option, print_json, say

_path, _choice = click.Path(path_type=Path), click.Choice
_MODEL = "Pose network; the heat-maps of several are averaged."


@click.command(
    context_settings={"show_default": True},
    epilog="Examples: rsn-edge bench --coco val2017 --report report;  "
    "rsn-edge bench --coco photos/person_keypoints.json --model mine.onnx --boxes detector",
)
@click.option("--coco", metavar="SPLIT|JSON", help="COCO keypoints: a split, or an annotation file with its images/.")
@click.option("--coco-root", type=_path, default=Path("data/coco"), metavar="DIR", help="COCO's folder.")
@click.option("--mpii", type=_path, metavar="FILE", help="MPII's validation set: its json or mat, side by side.")
@click.option("--mpii-images", type=_path, metavar="DIR", help="MPII's pictures [default: images/ beside FILE].")
@click.option("--model", multiple=True, default=["rsn-nano"], metavar="NAME|FILE", help=_MODEL)
@click.option("--boxes", metavar="gt|detector|FILE", help="Whose person boxes [default: gt where there are any].")
@click.option("--detector", default="person-nano", metavar="NAME|FILE", help="Person detector.")
@click.option(
    "--protocol", type=_choice(["official", "mmpose"]), default="official", help="Whose rules for the scores."
)
@click.option("--flip-test", is_flag=True, help="Average over the mirrored crop: twice the work.")
@click.option("--evaluator", type=_choice(["hotcoco", "pycocotools"]), default="hotcoco", help="Who computes AP.")
@click.option("--limit", type=click.IntRange(min=1), metavar="N", help="Only the first N pictures.")
@click.option("--report", type=_path, metavar="DIR", help="Keep results and report here; go on there after a stop.")
@click.option("--strict", is_flag=True, help="Exit with 1 if a picture is missing.")
@click.option("--backend", type=_choice(["auto", "onnxruntime", "openvino", "torch"]), default="auto")
@click.option("--provider", type=_choice(["cpu", "cuda", "tensorrt", "rtx"]), default="cpu")
@click.option("--device", type=click.IntRange(min=0), default=0, help="Index of the device.")
@json_option
def bench(**options: Any) -> int:
    """Measure how good the poses of a model file are, by the rules of COCO or MPII.

    A split lies in DIR/annotations/person_keypoints_SPLIT.json and DIR/SPLIT/; DIR is --coco-root. Checkpoints and ONNX
    files of any precision go through the same crop, backend and decode as in a run. Pictures that are missing are
    counted, and the figures are of the others.
    """
    import cv2

    from rsn_edge.artefact.writing import write_text

    from .accuracy import measure
    from .mpii import measure_mpii
    from .report import report
    from .subject import BenchOptions

    cv2.setNumThreads(1)  # as in a run
    chosen = BenchOptions(**options)
    if (chosen.coco is None) == (chosen.mpii is None):
        raise click.UsageError("Name what to measure on: --coco SPLIT or --mpii FILE.")
    figures, missing = measure(chosen) if chosen.mpii is None else measure_mpii(chosen)
    text = report(figures)
    figures["command"] = shlex.join(["rsn-edge", *sys.argv[1:]])
    if chosen.report:
        document = {"schema": "rsn-edge/bench/1", "version": __version__, "results": figures}
        write_text(chosen.report / "report.json", json.dumps(document, indent=2, allow_nan=False) + "\n")
        write_text(chosen.report / "report.md", text)
        say(f"Written: {chosen.report / 'report.md'}")
    if chosen.as_json:
        print_json("bench", figures)
    else:
        click.echo(text, nl=False)
    if missing:
        say(f"{len(missing)} pictures are missing or broken, such as {missing[0]}: the figures are of the others.")
    return 1 if missing and chosen.strict else 0
