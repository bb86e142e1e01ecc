"""JSON Lines, as docs/outputs.md describes them."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rsn_edge.people import Tracks
from rsn_edge.sink.lines import MediaClock, json_line, json_lines_sink
from tests.sink.crafted import MISSING, SECOND, THRESHOLD, UNSURE, frame, nobody, two_persons


def _line(tracks: Tracks) -> dict[str, Any]:
    line: dict[str, Any] = json.loads(json_line(frame(12, "cam0"), tracks, THRESHOLD, 1.234, 1.25))
    return line


def test_a_line_says_which_frame_of_what_and_when() -> None:
    assert _line(nobody()) == {"frame": 12, "source": "cam0", "t_capture": 1.234, "t_out": 1.25, "persons": []}


def test_a_person_has_id_box_score_and_keypoints() -> None:
    person = _line(two_persons())["persons"][1]

    assert list(person) == ["id", "box", "score", "keypoints"]
    assert (person["id"], person["box"], person["score"]) == (7, [5, 6, 70, 80], 0.45)
    assert person["keypoints"][4] == [14.33, 104.0, 0.9]
    assert len(person["keypoints"]) == 17


def test_who_is_not_followed_has_no_id() -> None:
    assert _line(two_persons())["persons"][0]["id"] is None


def test_missing_and_unsure_joints_are_null() -> None:
    keypoints = _line(two_persons())["persons"][0]["keypoints"]

    assert [k for k, joint in enumerate(keypoints) if joint is None] == [MISSING, UNSURE]


def test_numbers_that_are_none_become_null() -> None:
    tracks = two_persons()
    poses = replace(tracks.poses, boxes_xyxy=tracks.poses.boxes_xyxy * np.float32(np.nan))

    line = json_line(frame(), Tracks(poses, tracks.ids, tracks.ages), THRESHOLD, 0.0, 0.0)

    assert "NaN" not in line
    assert json.loads(line)["persons"][0]["box"] == [None] * 4


def test_lines_are_there_at_once_and_the_name_at_the_end(tmp_path: Path) -> None:
    path = tmp_path / "new" / "run.jsonl"

    with json_lines_sink(path, THRESHOLD, MediaClock()) as sink:
        sink.write(frame(0), two_persons())
        assert len((tmp_path / "new" / "run.part.jsonl").read_text().splitlines()) == 1
        assert (path.exists(), sink.written) == (False, [])
        sink.write(frame(1), nobody())

    assert [json.loads(line)["frame"] for line in path.read_text().splitlines()] == [0, 1]
    assert sink.written == [path]
    assert list(path.parent.iterdir()) == [path]


def test_a_dash_is_standard_output(capfd: pytest.CaptureFixture[str]) -> None:
    with json_lines_sink("-", THRESHOLD, MediaClock(now_ns=lambda: 100 * SECOND)) as sink:
        sink.write(frame(0, "ä.jpg"), nobody())

    assert capfd.readouterr().out == '{"frame":0,"source":"ä.jpg","t_capture":0.0,"t_out":0.0,"persons":[]}\n'
    assert sink.written == ()


def test_a_file_name_that_is_no_text_is_still_a_line(tmp_path: Path) -> None:
    with json_lines_sink(tmp_path / "run.jsonl", THRESHOLD, MediaClock()) as sink:
        sink.write(frame(0, "bad-\udcff.jpg"), nobody())

    assert json.loads((tmp_path / "run.jsonl").read_text(encoding="utf-8"))["source"] == "bad-?.jpg"
