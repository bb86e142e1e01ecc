"""`rsn-edge audit-data`: options, the audit, printing."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import click

from rsn_edge.commands.printing import json_option, print_json


@click.command(epilog="Example: rsn-edge audit-data photos/person_keypoints.json")
@click.argument("json_file", metavar="JSON", type=click.Path(path_type=Path))
@click.option("--skeleton", default="coco17", show_default=True, metavar="NAME|FILE.toml", help="Joints to train.")
@click.option("--pictures", type=click.Path(path_type=Path), metavar="DIR", help="Where they lie, if not as in COCO.")
@click.option("--quick", is_flag=True, help="Open no pictures: what training checks by itself.")
@click.option("--look", type=click.IntRange(0), default=500, show_default=True, help="Pictures for networks to see.")
@click.option("--out", type=click.Path(path_type=Path), default=Path("audit"), show_default=True, help="For a sheet.")
@json_option
def audit_data(
    json_file: Path, skeleton: str, pictures: Path | None, quick: bool, look: int, out: Path, as_json: bool
) -> None:
    """Check a COCO keypoints file and its pictures before training.

    Every fault is named, with what it does, who is hit first, and what to do; a sheet shows them. What is called a
    suspicion comes from the embedded networks, which err too. Exit code 3 when training would go wrong.
    """
    from rsn_edge.errors import Verdict
    from rsn_edge.skeleton import open_skeleton

    from .audit import audit_labels, with_pictures
    from .report import facts, statistics, write_sheet

    audit, sheet = audit_labels(json_file, open_skeleton(skeleton)), None
    if not quick:
        folder = pictures or _folder_of(json_file)
        audit = with_pictures(audit, folder, look, _shown)
        sheet = write_sheet(audit, folder, out / "hits.jpg")
    content = json_file.read_bytes()
    found = facts(audit, content.decode(json.detect_encoding(content)))
    results = {"findings": found, "statistics": statistics(audit), "sheet": sheet and str(sheet)}
    if as_json:
        print_json("audit-data", results)
    else:
        _print(results)
    stopping = [fact["name"] for fact in found if fact["severity"] == "stops training"]
    if stopping:
        raise Verdict(f"a training on {json_file} would go wrong: {', '.join(stopping)}", "Repair these first.")


def _folder_of(json_file: Path) -> Path:
    """Where training looks for the pictures; the file's own folder where there is no such place."""
    from rsn_edge.coco import find_pictures
    from rsn_edge.errors import InputError

    try:
        return find_pictures(json_file)
    except InputError:
        return json_file.parent


def _shown(rows: Iterable[int]) -> Iterable[int]:
    from rich.console import Console
    from rich.progress import track

    console = Console(stderr=True)
    return track(list(rows), "pictures", console=console, transient=True, disable=not console.is_terminal)


def _print(results: dict[str, Any]) -> None:
    from .report import statement

    severity = None
    for fact in results["findings"]:
        if fact["severity"] != severity:
            severity = fact["severity"]
            click.echo(severity.upper())
        click.echo(f"  {statement(fact)}")
    click.echo("" if severity else "No fault was found.")
    for name, value in results["statistics"].items():
        words = ", ".join(f"{key} {number}" for key, number in value.items()) if isinstance(value, dict) else value
        click.echo(f"{name.replace('_', ' ')}: {words or 'none'}")
    if results["sheet"]:
        click.echo(f"Those who are hit: {results['sheet']}")
