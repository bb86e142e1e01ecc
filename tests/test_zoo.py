"""Published scores: every row names a network of ours, a source, and a verdict that its numbers bear out."""

import re
from functools import cache
from itertools import takewhile
from pathlib import Path

import pytest

from rsn_edge.spec import DETECTORS, VARIANTS, Spec
from rsn_edge.zoo import LICENCES, PublishedScore, every_score, network_sizes, published_scores
from tests.network.sizes import NetworkSize, network_size

PUBLISHED = every_score()
ROWS = pytest.mark.parametrize(
    "row", PUBLISHED, ids=[f"{r.variant}-{r.input_hw[0]}-{r.dataset}-{r.source}" for r in PUBLISHED]
)
SPECS: dict[str, Spec] = {**DETECTORS, **VARIANTS}
LINES = (Path(__file__).parents[1] / "docs" / "zoo.md").read_text(encoding="utf-8").splitlines()
QUOTED = [row for row in PUBLISHED if re.search(r"\d\d\.\d", row.verdict)]


def _table(second_header: str) -> list[list[str]]:
    """Cells of the page's table whose second column has this header."""
    head = next(i for i, line in enumerate(LINES) if line.startswith(f"| network | {second_header} |"))
    rows = takewhile(lambda line: line.startswith("|"), LINES[head + 2 :])
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in rows]


@cache
def _size(name: str) -> NetworkSize:
    return network_size(SPECS[name])


@ROWS
def test_a_row_names_a_network_of_the_zoo(row: PublishedScore) -> None:
    assert row.variant in VARIANTS


@ROWS
def test_scores_are_per_cent_and_have_names(row: PublishedScore) -> None:
    assert len(row.scores) == len(row.metrics)
    assert all(10 < score < 100 for score in row.scores)


@ROWS
def test_a_row_is_of_a_known_set_and_training(row: PublishedScore) -> None:
    assert row.dataset in ("COCO val", "COCO test-dev", "MPII val", "MPII test")
    assert row.kind in ("authors in-house", "authors PyTorch", "authors", "mmpose zoo", "MegEngine", "UDP")


@ROWS
def test_scores_are_those_that_its_publisher_gives(row: PublishedScore) -> None:
    ten = ["AP", "AP50", "AP75", "APM", "APL", "AR", "AR50", "AR75", "ARM", "ARL"]
    pckh = ["Head", "Shoulder", "Elbow", "Wrist", "Hip", "Knee", "Ankle", "Mean"]
    coco = (ten, ten[:6], ["AP", "AP50", "AP75", "AR", "AR50"], ["AP", "AR"], ["AP"])

    assert list(row.metrics) in ([pckh] if "MPII" in row.dataset else coco)


@ROWS
def test_a_row_names_its_source(row: PublishedScore) -> None:
    assert re.match(r"[\w-]+/[\w-]+\b", row.source)


@ROWS
def test_a_verdict_is_one_of_three(row: PublishedScore) -> None:
    assert row.verdict.startswith(("supported by ", "contradicted by ", "single source"))


@ROWS
def test_looser_thresholds_score_higher(row: PublishedScore) -> None:
    values = dict(zip(row.metrics, row.scores, strict=True))
    assert values.get("AP", 0) < values.get("AP50", 100)
    assert values.get("AP75", 0) < values.get("AP50", 100)


@pytest.mark.parametrize("row", QUOTED, ids=[f"{r.variant}-{r.source}" for r in QUOTED])
def test_a_verdict_quotes_published_scores_and_follows_from_them(row: PublishedScore) -> None:
    quoted = [float(number) for number in re.findall(r"\d\d\.\d", row.verdict)]
    others = [other.scores[0] for other in published_scores(row.variant) if other != row]
    assert set(quoted) <= set(others)
    assert row.verdict.startswith("supported") == (max(quoted) >= row.scores[0] - 1)


@ROWS
def test_input_sizes_fit_the_network(row: PublishedScore) -> None:
    assert row.input_hw == (256, 256) if "MPII" in row.dataset else row.input_hw in ((256, 192), (384, 288))


def test_no_row_stands_twice() -> None:
    keys = [(row.variant, row.input_hw, row.dataset, row.source, row.kind) for row in PUBLISHED]
    assert len(set(keys)) == len(keys)


def test_checkpoints_belong_to_mmpose_alone_and_differ() -> None:
    names = [row.checkpoint for row in PUBLISHED if row.kind == "mmpose zoo"]
    assert len(set(names)) == len(names) == 12
    assert not any(row.checkpoint for row in PUBLISHED if row.kind != "mmpose zoo")


@pytest.mark.parametrize("row", [r for r in PUBLISHED if r.checkpoint], ids=lambda r: r.checkpoint)
def test_a_checkpoint_is_named_after_its_network_and_hash(row: PublishedScore) -> None:
    assert re.search(rf"(^|_){row.variant}_.*-[0-9a-f]{{8}}_\d{{8}}\.pth$", row.checkpoint)


def test_the_whole_table_of_the_authors_is_there() -> None:
    tens = [row.variant for row in PUBLISHED if row.kind == "authors in-house" and row.metrics[-1] == "ARL"]
    assert sorted(tens) == ["2xrsn50", "3xrsn50", "4xrsn50", "4xrsn50", "res18", "rsn101", "rsn18", "rsn50"]


def test_our_own_networks_have_no_published_score() -> None:
    assert published_scores("rsn-nano") == ()


def test_terms_are_known_for_every_kind_with_a_checkpoint() -> None:
    assert {row.kind for row in PUBLISHED if row.checkpoint} | {"embedded"} <= set(LICENCES)


@pytest.mark.parametrize("name", SPECS)
def test_sizes_are_those_of_the_networks(name: str) -> None:
    counted = _size(name)

    assert network_sizes()[name] == {
        "parameters": counted.parameters,
        "official_parameters": counted.official_parameters,
        "macs": counted.macs,
        "official_macs": counted.official_macs,
    }


@pytest.mark.parametrize("cells", _table("RSN README"), ids=lambda cells: cells[0])
def test_the_page_counts_as_the_networks_do(cells: list[str]) -> None:
    name, published, counted, ratio = cells
    giga = _size(name).official_macs / 1e9
    assert (counted, ratio) == (f"{giga:.2f}", f"{float(published) / giga:.2f}")


@pytest.mark.parametrize("cells", _table("RSN README, in-house"), ids=lambda cells: cells[0])
def test_the_page_compares_the_rows_of_the_table(cells: list[str]) -> None:
    sources = ("authors in-house", "authors PyTorch", "mmpose 1.x", "mmpose 0.x")
    for source, shown in zip(sources, cells[1:], strict=True):
        rows = [
            row for row in published_scores(cells[0])
            if source in f"{row.kind} {row.source}" and (row.dataset, row.input_hw) == ("COCO val", (256, 192))
        ]  # fmt: skip
        assert [f"{row.scores[0]:.1f}" for row in rows] == shown.split()
