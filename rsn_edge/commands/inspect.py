"""`rsn-edge inspect NAME|FILE`: what a model file is, without running it."""

from typing import Any

import click

from rsn_edge.commands.printing import json_option, print_json


@click.command(epilog="Example: rsn-edge inspect model.onnx --json")
@click.argument("file", metavar="NAME|FILE")
@json_option
def inspect(file: str, as_json: bool) -> None:
    """Say what FILE, or an embedded network, is: kind, network, precision, input, joints, digest of its weights.

    Engines are inspected by their header and manifest only: nothing in FILE is run.
    """
    from rsn_edge.artefact.checkpoint import read_checkpoint
    from rsn_edge.artefact.description import describe
    from rsn_edge.artefact.kind import next_step
    from rsn_edge.artefact.manifest import read_manifest
    from rsn_edge.embedded import model_path

    path = model_path(file)
    description = describe(path)
    if description.kind == "checkpoint":
        read_checkpoint(path)  # compares the weights with their digest
    facts = {"file": str(path), "bytes": path.stat().st_size, **description.facts()}
    if as_json:
        manifest = read_manifest(path)
        print_json("inspect", {**facts, "manifest": manifest.to_json() if manifest else None})
    else:
        print_facts(facts)
        click.echo(f"{'manifest':16} {'beside the file' if read_manifest(path) else 'none'}")
        click.echo(next_step(description.kind, path))


def print_facts(facts: dict[str, Any]) -> None:
    """One line for each fact that there is."""
    for name, value in facts.items():
        if value not in (None, [], (), ""):
            click.echo(f"{name:16} {_plain(name, value)}")


def _plain(name: str, value: Any) -> str:
    if name == "confidence":
        return f"calibrated, {len(value)} knots (--json lists them)"
    if isinstance(value, list | tuple):
        return (" x " if name in ("input_hw", "padding") else ", ").join(map(str, value))
    return str(value)
