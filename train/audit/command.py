"""`rsn-edge audit-data`: options, the audit, printing."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from rsn_edge.commands.printing import json_option, print_json, say

if TYPE_CHECKING:
    from .audit import Audit

_SHEET = "hits.jpg"


@click.command(epilog="Example: rsn-edge audit-data photos/person_keypoints.json")
@click.argument("json_file", metavar="JSON", type=click.Path(path_type=Path))
@click.option("--skeleton", default="coco17", show_default=True, metavar="NAME|FILE.toml", help="Joints to train.")
@click.option("--pictures", type=click.Path(path_type=Path), metavar="DIR", help="Where they lie, if not as in COCO.")
@click.option("--quick", is_flag=True, help="Open no pictures: what training checks by itself.")
@click.option(
    "--look", type=click.IntRange(0), default=500, show_default=True, help="Pictures for the networks to see."
)
@click.option(
    "--out", type=click.Path(path_type=Path), default="audit", metavar="DIR", help="For a sheet.  [default: audit]"
)
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
    from .report import facts, statistics

    audit, sheet = audit_labels(json_file, open_skeleton(skeleton)), None
    if not quick:
        folder = pictures or _folder_of(json_file)
        audit = with_pictures(audit, folder, look, _shown)
        sheet = _written_sheet(audit, folder, out)
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
    from rsn_edge.errors import InputError
    from rsn_edge.skeleton import COCO17

    from ..data.keypoint_set import open_set

    try:
        return open_set(str(json_file), "train2017", COCO17, json_file.parent).pictures
    except InputError as error:
        say(f"Note: {error}")
        return json_file.parent


def _written_sheet(audit: "Audit", folder: Path, out: Path) -> Path | None:
    import cv2

    from rsn_edge.artefact.writing import write_bytes

    from .sheet import fault_sheet

    sheet = fault_sheet(audit, folder)
    if sheet is None:
        return None
    write_bytes(out / _SHEET, cv2.imencode(".jpg", sheet)[1].tobytes())
    return out / _SHEET


def _shown(rows: list[int], words: str) -> Iterable[int]:
    from rich.console import Console
    from rich.progress import track

    console = Console(stderr=True)
    return track(rows, words, console=console, transient=True, disable=not console.is_terminal)


def _print(results: dict[str, Any]) -> None:
    from .report import statement

    for severity in ("stops training", "costs accuracy", "note"):
        rows = [fact for fact in results["findings"] if fact["severity"] == severity]
        if rows:
            click.echo(f"{severity.upper()}\n" + "".join(f"  {statement(fact)}\n" for fact in rows))
    for name, value in results["statistics"].items():
        words = ", ".join(f"{key} {number}" for key, number in value.items()) if isinstance(value, dict) else value
        click.echo(f"{name.replace('_', ' ')}: {words or 'none'}")
    if not results["findings"]:
        click.echo("No fault was found.")
    if results["sheet"]:
        click.echo(f"Those who are hit: {results['sheet']}")
