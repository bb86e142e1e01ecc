"""`rsn-edge export CHECKPOINT`: options, one call, printing."""

from pathlib import Path

import click

from rsn_edge.commands.printing import json_option, print_json


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
    from rsn_edge.artefact.place import check_output
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
