"""How findings are told, and the command as a user calls it."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from rsn_edge.errors import InputError, Verdict
from rsn_edge.skeleton import COCO17
from rsn_edge.source.decode import read_picture
from tests.program import rsn_edge
from tests.train.audit.crafted import Content, clean_set, written
from tests.train.audit.plants import PERSON_PLANTS
from train.audit.audit import audit_labels, with_pictures
from train.audit.command import audit_data
from train.audit.report import facts, lines_of_entries, statement, statistics, write_sheet


@pytest.fixture(name="content")
def _content(tmp_path: Path) -> Content:
    return clean_set(tmp_path / "set", 3)


def _call(*arguments: object) -> Result:
    return CliRunner().invoke(audit_data, [*map(str, arguments)])


def test_the_line_of_each_entry_is_found() -> None:
    text = json.dumps({"annotations": [{"a": [1]}, {"b": "x\n"}], "images": [{}, {"c": 1}]}, indent=1)

    assert lines_of_entries(text, "annotations") == [3, 8]
    assert lines_of_entries(text, "images") == [13, 14]


def test_no_line_is_better_than_a_wrong_one() -> None:
    assert lines_of_entries('{"info": {"images": []},\n "images": [1, 2]}', "images") == []


def test_a_finding_names_who_is_hit_and_the_line(content: Content, tmp_path: Path) -> None:
    PERSON_PLANTS["area"].change(content["annotations"][1])
    path = written(tmp_path, content, indent=1)
    text = path.read_text(encoding="utf-8")

    sentence = statement(facts(audit_labels(path, COCO17), text)[0])

    line = 1 + text[: text.index('"id": 2,', text.index('"annotations"'))].count("\n") - 1
    count = len(content["annotations"])
    assert sentence.startswith(f"area: 1 of {count} persons: no area above 0")
    assert f"First: annotation 2 of {content['annotations'][1]['image_id']}.png (line {line})." in sentence


def test_statistics_count_persons_and_joints(content: Content, tmp_path: Path) -> None:
    numbers = statistics(audit_labels(written(tmp_path, content), COCO17))

    labelled = sum(person["num_keypoints"] for person in content["annotations"])
    assert numbers["persons"] == len(content["annotations"])
    assert sum(numbers["visible"].values()) + sum(numbers["hidden"].values()) == labelled


def test_a_fault_that_stops_training_is_a_verdict(content: Content, tmp_path: Path) -> None:
    PERSON_PLANTS["joint-count"].change(content["annotations"][0])

    result = _call(written(tmp_path / "set", content), "--quick")

    assert isinstance(result.exception, Verdict)
    assert "STOPS TRAINING\n  joint-count: 1 of" in result.stdout


def test_faults_that_cost_accuracy_end_well_and_are_drawn(content: Content, tmp_path: Path) -> None:
    PERSON_PLANTS["box-outside-picture"].change(content["annotations"][0])

    result = _call(written(tmp_path / "set", content), "--out", tmp_path / "seen", "--look", 1)

    assert result.exit_code == 0
    assert result.stdout.splitlines()[-1] == f"Those who are hit: {tmp_path / 'seen' / 'hits.jpg'}"
    assert read_picture(tmp_path / "seen" / "hits.jpg").any()


@pytest.mark.parametrize("name", PERSON_PLANTS)
def test_everybody_can_be_drawn_however_broken(name: str, content: Content, tmp_path: Path) -> None:
    PERSON_PLANTS[name].change(content["annotations"][0])
    audit = audit_labels(written(tmp_path / "set", content), COCO17)

    folder = tmp_path / "set" / "images"
    sheet = write_sheet(with_pictures(audit, folder, look=1), folder, tmp_path / "hits.jpg")

    assert sheet is not None or name == "unknown-picture"


def test_quick_opens_no_picture(content: Content, tmp_path: Path) -> None:
    (tmp_path / "set" / "images").rename(tmp_path / "elsewhere")

    assert _call(written(tmp_path / "set", content), "--quick").exit_code == 0


def test_pictures_that_lie_nowhere_are_missing(content: Content, tmp_path: Path) -> None:
    (tmp_path / "set" / "images").rename(tmp_path / "elsewhere")

    result = _call(written(tmp_path / "set", content), "--out", tmp_path)

    assert isinstance(result.exception, Verdict)
    assert "picture-missing: 3 of 3 pictures" in result.stdout


def test_pictures_are_found_where_they_are_said_to_lie(content: Content, tmp_path: Path) -> None:
    (tmp_path / "set" / "images").rename(tmp_path / "elsewhere")

    result = _call(written(tmp_path / "set", content), "--pictures", tmp_path / "elsewhere", "--look", 0)

    assert "picture-missing" not in result.stdout


def test_json_is_one_document_with_all_hits(content: Content, tmp_path: Path) -> None:
    for person in content["annotations"]:
        PERSON_PLANTS["crowd"].change(person)

    document = json.loads(_call(written(tmp_path / "set", content), "--quick", "--json").stdout)

    hits = {finding["name"]: finding["hits"] for finding in document["results"]["findings"]}
    assert document["schema"] == "rsn-edge/audit-data/1"
    assert hits["crowd"] == [person["id"] for person in content["annotations"]]


@pytest.mark.parametrize(
    ("content", "words"),
    [([], "no COCO annotation file"), ({"images": []}, "no COCO annotation file"), (5, "no COCO annotation file")],
    ids=["results", "no-annotations", "a-number"],
)
def test_what_is_no_annotation_file_is_one_sentence(content: Any, words: str, tmp_path: Path) -> None:
    result = _call(written(tmp_path, content))

    assert isinstance(result.exception, InputError)
    assert words in str(result.exception)


@pytest.mark.parametrize("text", ['{"images": [', "", "\0"], ids=["cut-off", "empty", "binary"])
def test_what_is_no_json_is_one_sentence(text: str, tmp_path: Path) -> None:
    path = tmp_path / "broken.json"
    path.write_text(text, encoding="utf-8")

    assert "is not JSON" in str(_call(path).exception)


def test_a_file_that_is_not_there_is_one_sentence(tmp_path: Path) -> None:
    assert "could not be read" in str(_call(tmp_path / "none.json").exception)


@pytest.mark.parametrize(
    "broken",
    [{"images": [None, 3], "annotations": [None, "x", {"bbox": "x", "keypoints": {}, "image_id": []}]},
     {"images": [], "annotations": []},
     {"images": [{"id": 1, "width": "a"}], "annotations": [{"image_id": 1, "keypoints": [[1, 2, 3]]}], "info": 3},
     {"images": [{}], "annotations": [{"keypoints": [None] * 51, "bbox": [1e999, 0, 1, 1]}], "categories": "person"}],
    ids=["no-objects", "empty", "odd-types", "infinite"],
)  # fmt: skip
def test_any_broken_entry_is_a_finding(broken: Any, tmp_path: Path) -> None:
    assert isinstance(_call(written(tmp_path, broken), "--out", tmp_path).exception, Verdict)


@pytest.mark.parametrize(("name", "code"), [("joint-count", 3), ("area", 0)])
def test_the_exit_code_is_3_when_training_would_go_wrong(
    name: str, code: int, content: Content, tmp_path: Path
) -> None:
    PERSON_PLANTS[name].change(content["annotations"][0])

    assert rsn_edge("audit-data", written(tmp_path, content), "--quick").returncode == code


def test_a_file_in_another_encoding_is_read_too(content: Content, tmp_path: Path) -> None:
    path = tmp_path / "set" / "wide.json"
    path.write_text(json.dumps(content, indent=1), encoding="utf-16")

    assert _call(path, "--quick").exit_code == 0
