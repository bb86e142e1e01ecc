"""CSV, one row a joint."""

import csv
from fractions import Fraction
from pathlib import Path

from rsn_edge.sink.lines import MediaClock, csv_sink
from rsn_edge.skeleton import COCO17
from tests.sink.crafted import MISSING, THRESHOLD, frame, nobody, two_persons


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_every_joint_of_every_person_is_a_row(tmp_path: Path) -> None:
    with csv_sink(tmp_path / "run.csv", COCO17, THRESHOLD, MediaClock()) as sink:
        sink.write(frame(2, "street, east.mp4", pts=Fraction(1, 4)), two_persons())

    rows = _rows(tmp_path / "run.csv")

    assert len(rows) == 2 * 17
    assert list(rows[17 + 4].items()) == [
        ("frame", "2"), ("source", "street, east.mp4"), ("t_capture", "0.25"), ("person", "1"), ("id", "7"),
        ("joint", "right_ear"), ("x", "14.33"), ("y", "104.0"), ("confidence", "0.9"),
    ]  # fmt: skip


def test_missing_joints_and_unknown_ids_are_empty(tmp_path: Path) -> None:
    with csv_sink(tmp_path / "run.csv", COCO17, THRESHOLD, MediaClock()) as sink:
        sink.write(frame(), two_persons())

    row = _rows(tmp_path / "run.csv")[MISSING]

    assert (row["id"], row["x"], row["y"], row["confidence"]) == ("", "", "", "")
    assert row["joint"] == COCO17.joints[MISSING]


def test_nobody_is_a_header_alone(tmp_path: Path) -> None:
    with csv_sink(tmp_path / "run.csv", COCO17, THRESHOLD, MediaClock()) as sink:
        sink.write(frame(), nobody())

    assert (tmp_path / "run.csv").read_text() == "frame,source,t_capture,person,id,joint,x,y,confidence\n"
    assert sink.written == [tmp_path / "run.csv"]
