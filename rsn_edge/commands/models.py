"""`rsn-edge models`: the zoo, with what each network costs and what was published of it."""

from textwrap import fill
from typing import Any

import click

from rsn_edge.commands.printing import json_option, print_json, print_table


@click.command(epilog="Example: rsn-edge models --scores rsn18")
@click.option("--scores", metavar="NAME", help="Every published score of one network, with source and verdict.")
@json_option
def models(scores: str | None, as_json: bool) -> None:
    """List the networks: input, parameters, multiply-adds, weights, published scores."""
    from rsn_edge.errors import InputError
    from rsn_edge.spec import DETECTORS, VARIANTS

    names = [*DETECTORS, *VARIANTS]
    if scores is not None and scores not in names:
        raise InputError(f"there is no network called '{scores}'", f"Known are {', '.join(names)}.")
    rows = [_facts(name) for name in names if scores in (None, name)]
    if as_json:
        print_json("models", rows)
    elif scores is None:
        print_table(("name", "input", "M param", "GMAC", "weights", "published AP"), map(_zoo_row, rows))
        click.echo(
            "M param and GMAC count every head, of published networks as their code has them.\n"
            "AP: COCO val, per cent, least and most of what was published; every row with its\n"
            "source and verdict, and the weights' licence: rsn-edge models --scores NAME."
        )
    else:
        _print_one(rows[0])


def _facts(name: str) -> dict[str, Any]:
    from dataclasses import asdict

    from rsn_edge.embedded import FOLDER
    from rsn_edge.spec import DETECTORS, VARIANTS
    from rsn_edge.zoo import LICENCES, network_sizes, published_scores

    embedded = (FOLDER / f"{name}.onnx").is_file()
    published = published_scores(name)
    kinds = dict.fromkeys(row.kind for row in published if row.kind in LICENCES)
    return {
        "name": name,
        "task": "persons" if name in DETECTORS else "pose",
        "input_hw": list((DETECTORS if name in DETECTORS else VARIANTS)[name].input_hw),
        **network_sizes()[name],
        "embedded": embedded,
        "licence_of_weights": [LICENCES["embedded"]] if embedded else [LICENCES[kind] for kind in kinds],
        "published": [asdict(row) for row in published],
    }


def _print_one(row: dict[str, Any]) -> None:
    if row["published"]:
        print_table(("measured on", "scores", "by", "verdict"), map(_score_row, row["published"]))
    else:
        card = " Its card has ours." if row["embedded"] else ""
        click.echo(f"Nobody has published a score of {row['name']}.{card}")
    terms = "; ".join(row["licence_of_weights"]) or "none published; train it"
    click.echo(fill(f"Licence of the weights: {terms}.", 80))


def _zoo_row(row: dict[str, Any]) -> list[str]:
    importable = any(score["checkpoint"] for score in row["published"])
    weights = "embedded" if row["embedded"] else "import" if importable else "train"
    which = "" if "-" in row["name"] else "official_"  # of a published network the published counts
    counts = (f"{row[which + 'parameters'] / 1e6:.2f}", f"{row[which + 'macs'] / 1e9:.2f}")
    return [row["name"], _size(row), *counts, weights, _ap_range(row)]


def _score_row(score: dict[str, Any]) -> list[str]:
    numbers = ", ".join(f"{m} {s:g}" for m, s in zip(score["metrics"], score["scores"], strict=True))
    return [f"{score['dataset']} {_size(score)}", numbers, f"{score['kind']}: {score['source']}", score["verdict"]]


def _size(row: dict[str, Any]) -> str:
    return "{}x{}".format(*row["input_hw"])


def _ap_range(row: dict[str, Any]) -> str:
    here = [s for s in row["published"] if s["dataset"] == "COCO val" and list(s["input_hw"]) == row["input_hw"]]
    scores = [s["scores"][0] for s in here if s["metrics"][0] == "AP"]
    if not scores:
        return "see its card" if row["embedded"] else "none"
    contradicted = any("contradicted" in score["verdict"] for score in here)
    span = f"{min(scores):g}" if min(scores) == max(scores) else f"{min(scores):g} to {max(scores):g}"
    return f"{span}, disputed" if contradicted else span
