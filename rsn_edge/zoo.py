"""Scores that others published for the networks of the zoo, who measured them, and whether anybody else got there.

They are not ours, and no promise for any file. Scores are per cent. docs/zoo.md tells the story; the rows, and how
large each network is, stand in two tables beside this file.
"""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

_FOLDER = Path(__file__).parent

# What is known of the terms of weights, for `rsn-edge models`; none of it is advice.
LICENCES: Mapping[str, str] = {
    "mmpose zoo": "published by a repository under Apache-2.0, no terms of their own; trained on COCO",
    "embedded": "trained by us on pictures for research use (NOTICE): demonstration weights",
}


@dataclass(frozen=True, slots=True)
class PublishedScore:
    """One row of a published table.

    Args:
        variant: the network's name in the zoo.
        input_hw: height and width of the crop, pixels.
        dataset: what it was measured on.
        metrics, scores: names and values, per cent, as many as were published.
        source: where they stand.
        kind: whose training they are; `authors` where the source does not say in which framework.
        verdict: `supported by` (another training of the network came within a point of AP, or above), `contradicted
            by` (the others stayed more than a point below), or `single source` (nobody else trained it in public).
        checkpoint: name of the published weights, empty where there are none.
    """

    variant: str
    input_hw: tuple[int, int]
    dataset: str
    metrics: tuple[str, ...]
    scores: tuple[float, ...]
    source: str
    kind: str
    verdict: str
    checkpoint: str


@cache
def every_score() -> tuple[PublishedScore, ...]:
    """All rows."""
    return tuple(_score(row) for row in _table("zoo_scores.csv"))


def published_scores(variant: str) -> tuple[PublishedScore, ...]:
    """The rows of one network of the zoo, none where nobody published any."""
    return tuple(row for row in every_score() if row.variant == variant)


@cache
def network_sizes() -> Mapping[str, Mapping[str, int]]:
    """`parameters`, `official_parameters`, `macs` and `official_macs` of every network by its name.

    Every head of every stage counts, of which an exported network keeps one. `official_*` are those of the RSN and
    MSPN code: its convolutions have a bias that batch norm undoes, and it resizes before the 1x1 convolution of the
    upsampling path, which gives equal maps at a higher cost. MACs are multiply-accumulates of the convolutions for one
    crop at the zoo's input size.
    """
    return {
        row["variant"]: {key: int(count) for key, count in row.items() if key != "variant"}
        for row in _table("zoo_sizes.csv")
    }


def _table(name: str) -> list[dict[str, str]]:
    with (_FOLDER / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _score(row: dict[str, str]) -> PublishedScore:
    """`row` is one of the table: input as HEIGHTxWIDTH, scores as METRIC=VALUE with spaces between them."""
    height, width = row.pop("input").split("x")
    metrics, values = zip(*(score.split("=") for score in row.pop("scores").split()), strict=True)
    return PublishedScore(input_hw=(int(height), int(width)), metrics=metrics, scores=tuple(map(float, values)), **row)
