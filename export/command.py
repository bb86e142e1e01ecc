"""The commands of this folder: options, one library call, printing."""

import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import click

from rsn_edge.commands.printing import counted, json_option, print_json, say

if TYPE_CHECKING:
    from rsn_edge.calibration import Method

from .build_command import build_engine as build_engine


@click.command(epilog="Example: rsn-edge export rsn18.safetensors --out rsn18.onnx")
@click.argument("checkpoint", type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(path_type=Path), metavar="FILE", help="[default: ./<checkpoint>.onnx]")
@click.option("--opset", type=click.Choice(["20", "17"]), default="20", show_default=True, help="17 for old parsers.")
@click.option("--graph", type=click.Choice(["net"]), default="net", show_default=True, help="net: the network alone.")
@json_option
def export(checkpoint: Path, out: Path | None, opset: str, graph: str, as_json: bool) -> None:
    """Turn CHECKPOINT into an ONNX file.

    The file gets its name only after it computed the same as PyTorch at batches of 1, 3 and 8. Its manifest lies beside
    it, as FILE.json.
    """
    from rsn_edge.artefact.checkpoint import read_checkpoint
    from rsn_edge.artefact.writing import check_output
    from rsn_edge.spec import ModelSpec

    content = read_checkpoint(checkpoint)
    out = out or Path(f"{checkpoint.stem}.onnx")
    check_output(out, checkpoint)
    from .onnx import export_onnx  # seconds of PyTorch, which a wrong file need not wait for

    report = export_onnx(content, out, int(opset))
    option = "--model" if isinstance(content.spec, ModelSpec) else "--detector"
    following = f"rsn-edge run sample {option} {report.path}"
    if as_json:
        print_json("export", {
            "file": str(report.path),
            "bytes": report.bytes,
            "graph": graph,
            "opset": int(opset),
            "model": content.spec.variant,
            "precision": "fp32",
            "evidence": "measured",
            "artefact_sha256": report.artefact_sha256,
            "weights_sha256": report.weights_sha256,
            "parity": {str(batch): error for batch, error in report.parity.items()},
            "next": following,
        })  # fmt: skip
        return
    for batch, error in report.parity.items():
        click.echo(f"batch {batch}: differs from PyTorch by at most {error:.1e} standard deviations of the output")
    click.echo(f"{report.path}: {content.spec.variant}, fp32, opset {opset}, {report.bytes / 1e6:.1f} MB")
    click.echo(following)


@click.command(
    epilog="\b\nExamples:\n  rsn-edge calibrate data/coco:train2017 --model rsn18.onnx\n"
    "  rsn-edge calibrate shop.mp4 --model rsn-nano --samples 300"
)
@click.argument("source")
@click.option("--model", required=True, metavar="NAME|FILE", help="Float network: embedded, ONNX or checkpoint.")
@click.option("--out", type=click.Path(path_type=Path), metavar="FILE", help="[default: ./<model>.calibration.json]")
@click.option("--samples", type=click.IntRange(min=1), default=512, show_default=True, help="Crops at most.")
@click.option(
    "--method",
    type=click.Choice(["max", "percentile", "entropy", "mse"]),
    help="How ranges follow from what was seen.  [default: left to the gate]",
)
@json_option
def calibrate(source: str, model: str, out: Path | None, samples: int, method: "Method | None", as_json: bool) -> None:
    """Watch a network on the people in SOURCE: the ranges that INT8 needs.

    SOURCE is a set in COCO's form (DIR:SPLIT or a JSON), whatever `run` takes, `synthetic:N` (drawn figures) or
    `demonstration` (what comes with rsn-edge). A picture beside FILE shows what the network saw.
    """
    from rsn_edge.artefact.writing import check_output
    from rsn_edge.calibration import write_calibration
    from rsn_edge.embedded import model_path

    from .calibrate import calibrate as ranges_from
    from .calibrate import float_network
    from .crop_set import write_crop_sheet
    from .sampling import sample

    path = model_path(model)
    out = out or Path(f"{path.stem}.calibration.json")
    sheet = out.with_name(f"{out.name.removesuffix('.json')}.jpg")
    for file in (out, sheet):
        check_output(file, path)
        check_output(file, Path(source))
    network, spec = float_network(path)
    crops, coverage = sample(source, spec, samples, say)
    say(f"{spec.variant}: watches itself on {counted(len(crops), 'crop')} of {crops.source}.")
    calibration = ranges_from(network, spec, crops, coverage, method)
    write_calibration(out, calibration)
    write_crop_sheet(sheet, crops, spec)
    following = f"rsn-edge build-engine {shlex.quote(model)} --precision int8 --calib {shlex.quote(str(out))}"
    if as_json:
        print_json("calibrate", {
            "file": str(out), "sheet": str(sheet), "model": spec.variant, "method": method,
            "weights_sha256": calibration.weights_sha256, "crops": len(crops), "crops_sha256": crops.sha256,
            "pictures": len(set(crops.names)), "coverage": coverage, "tensors": len(calibration.ranges),
            "next": following,
        })  # fmt: skip
        return
    click.echo(
        f"{counted(len(crops), 'crop')} of {crops.source}: {', '.join(f'{n} {kind}' for kind, n in coverage.items())}"
    )
    click.echo(f"{out}: ranges of {len(calibration.ranges)} tensors; {sheet}: what {spec.variant} saw")
    click.echo(following)
