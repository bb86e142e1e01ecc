"""`rsn-edge inspect FILE`: what a model file is, without running it."""

from pathlib import Path
from typing import Any

import click

from rsn_edge.commands.printing import json_option, print_json


@click.command(epilog="Example: rsn-edge inspect model.onnx --json")
@click.argument("file", type=click.Path(path_type=Path))
@json_option
def inspect(file: Path, as_json: bool) -> None:
    """Say what FILE is: kind, network, precision, input, joints, digest of its weights.

    Engines are inspected by their header and manifest only: nothing in FILE is run.
    """
    from rsn_edge.artefact.description import describe
    from rsn_edge.artefact.manifest import read_manifest

    description = describe(file)
    manifest = read_manifest(file)
    facts: dict[str, Any] = {
        "file": str(file),
        "bytes": file.stat().st_size,
        **description.facts(),
        "manifest": manifest.to_json() if manifest else None,
    }
    if as_json:
        print_json("inspect", facts)
        return
    for name, value in facts.items():
        if name != "manifest" and value is not None:
            click.echo(f"{name:16} {_plain(value)}")
    click.echo(f"{'manifest':16} {'beside the file' if manifest else 'none'}")


def _plain(value: Any) -> str:
    return " x ".join(map(str, value)) if isinstance(value, list) else str(value)
