"""`rsn-edge inspect NAME|FILE`: what a model file is, without running it."""

from typing import Any

import click

from rsn_edge.commands.printing import json_option, print_json

_NEXT = {
    "torch": "Next: rsn-edge import-weights {file} --model NAME",
    "checkpoint": "Next: rsn-edge export {file}",
}


@click.command(epilog="Example: rsn-edge inspect model.onnx --json")
@click.argument("file", metavar="NAME|FILE")
@json_option
def inspect(file: str, as_json: bool) -> None:
    """Say what FILE, or an embedded network, is: kind, network, precision, input, joints, digest of its weights.

    Engines are inspected by their header and manifest only: nothing in FILE is run.
    """
    from rsn_edge.artefact.checkpoint import read_checkpoint
    from rsn_edge.artefact.description import describe
    from rsn_edge.artefact.manifest import read_manifest
    from rsn_edge.embedded import model_path
    from rsn_edge.errors import ArtefactError

    path = model_path(file)
    description = describe(path)
    if description.kind == "checkpoint":
        read_checkpoint(path)  # compares the weights with their digest
    manifest, fault = None, None
    try:
        manifest = read_manifest(path)
    except ArtefactError as error:
        fault = error
    facts = {"file": str(path), "bytes": path.stat().st_size, **description.facts()}
    if as_json:
        kept = manifest.to_json() if manifest else None
        print_json("inspect", {**facts, "manifest": kept, "manifest_fault": str(fault) if fault else None})
    else:
        print_facts(facts)
        click.echo(f"{'manifest':16} {'does not fit the file' if fault else 'beside the file' if manifest else 'none'}")
        if description.kind in _NEXT:
            click.echo(_NEXT[description.kind].format(file=path))
    if fault:
        raise fault


def print_facts(facts: dict[str, Any]) -> None:
    """One line for each fact that there is."""
    for name, value in facts.items():
        if value not in (None, [], ""):
            click.echo(f"{name:16} {_plain(name, value)}")


def _plain(name: str, value: Any) -> str:
    if name in ("inputs", "outputs"):
        return ", ".join(_tensor(**tensor) for tensor in value)
    if name == "confidence":
        return f"calibrated, {len(value)} knots (--json lists them)"
    if isinstance(value, list):
        return (" x " if name in ("input_hw", "padding") else ", ").join(map(str, value))
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)


def _tensor(name: str, shape: tuple[int, ...], dtype: str) -> str:
    return f"{name} {dtype} {' x '.join('any' if length == -1 else str(length) for length in shape)}"
