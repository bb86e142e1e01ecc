"""`rsn-edge models`: the zoo as people and programs read it."""

import json

import pytest

from rsn_edge.spec import DETECTORS, VARIANTS
from tests.program import rsn_edge


def test_every_network_has_a_line() -> None:
    lines = rsn_edge("models").stdout.splitlines()

    assert {line.partition(" ")[0] for line in lines} >= {*VARIANTS, *DETECTORS}


def test_the_published_counts_are_those_of_the_original_code() -> None:
    rows = {row["name"]: row for row in json.loads(rsn_edge("models", "--json").stdout)["results"]}

    assert (rows["rsn18"]["official_parameters"], rows["rsn18"]["official_macs"]) == (9_159_072, 2_245_441_536)


@pytest.mark.parametrize(
    ("name", "told"),
    [("rsn18", "contradicted by"), ("rsn-nano", "Nobody has published"), ("person-nano", "Its card has ours")],
)
def test_one_network_is_told_with_its_scores_and_licence(name: str, told: str) -> None:
    text = " ".join(rsn_edge("models", "--scores", name).stdout.split())

    assert "Licence of the weights: " in text
    assert told.split()[0] in text


def test_an_unknown_name_is_one_sentence() -> None:
    finished = rsn_edge("models", "--scores", "huge")

    assert (finished.returncode, finished.stderr.count("\n")) == (1, 1)
