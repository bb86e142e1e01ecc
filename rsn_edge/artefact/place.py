"""Where the file lies that a command makes out of another."""

from pathlib import Path

from rsn_edge.artefact.growing import check_place
from rsn_edge.errors import OutputError


def check_output(out: Path, made_from: Path) -> None:
    """Before any work: OutputError where `out` cannot be written, or is the very file that it is made from."""
    check_place(out)
    if out.exists() and made_from.exists() and out.samefile(made_from):
        raise OutputError(
            f"{out} is both the file to write and the one that it is made from", "Name another file with --out."
        )
