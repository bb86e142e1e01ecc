"""How commands print: one JSON document on stdout where asked for, tables for people otherwise."""

import json
import sys
from collections.abc import Iterable, Sequence
from typing import Any

import click

from rsn_edge import __version__

json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON document instead.")


def print_json(command: str, results: Any) -> None:
    """Exactly one JSON document on stdout; NaN and infinity are refused, as JSON has neither."""
    document = {"schema": f"rsn-edge/{command}/1", "version": __version__, "results": results}
    click.echo(json.dumps(document, indent=2, allow_nan=False))


def print_table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """A table on stdout that fits the terminal; long cells are folded."""
    from rich.console import Console
    from rich.table import Column, Table

    table = Table(*(Column(name, overflow="fold") for name in columns), box=None, pad_edge=False)
    for row in rows:
        table.add_row(*row)
    Console(highlight=False, markup=False).print(table)


def say(sentence: str) -> None:
    """A line for the person at the terminal, on stderr, so that stdout stays clean for results."""
    print(sentence, file=sys.stderr, flush=True)


def counted(number: int, noun: str) -> str:
    """`1 frame`, `2 frames`."""
    return f"{number} {noun}{'' if number == 1 else 's'}"
