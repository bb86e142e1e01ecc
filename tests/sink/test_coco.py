"""COCO results."""

import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from rsn_edge.errors import InputError, OutputError
from rsn_edge.frame import Frame
from rsn_edge.sink.coco import CocoSink
from tests.sink.crafted import UNSURE, frame, nobody, two_persons


def _written(path: Path, sink: CocoSink, *frames: Frame) -> list[dict[str, Any]]:
    with sink:
        for one in frames:
            sink.write(one, two_persons())
    results: list[dict[str, Any]] = json.loads(path.read_text())
    return results


def test_every_joint_of_every_person_is_there_whatever_the_threshold(tmp_path: Path) -> None:
    first, second = _written(tmp_path / "results.json", CocoSink(tmp_path / "results.json"), frame(41))

    assert list(first) == ["image_id", "category_id", "keypoints", "score"]
    assert (first["image_id"], first["category_id"], len(first["keypoints"])) == (42, 1, 51)
    assert first["keypoints"][3 * UNSURE : 3 * UNSURE + 3] == pytest.approx([5.333, 105, 0.6])
    assert second["score"] == pytest.approx(0.5 * 1.4)  # the detector's score x the mean joint score


def test_ids_run_from_one_where_no_annotation_file_gives_them(tmp_path: Path) -> None:
    sink = CocoSink(tmp_path / "results.json")

    results = _written(tmp_path / "results.json", sink, *map(frame, range(3)))

    assert [result["image_id"] for result in results] == [1, 1, 2, 2, 3, 3]
    assert sink.written == [tmp_path / "results.json"]


def test_ids_come_from_the_annotation_file_by_file_name(tmp_path: Path) -> None:
    sink = CocoSink(tmp_path / "results.json", {"a.jpg": 785, "b.jpg": 139})

    results = _written(tmp_path / "results.json", sink, frame(0, "val/b.jpg"))

    assert {result["image_id"] for result in results} == {139}


def test_pictures_that_share_a_name_are_told_apart_by_their_folders(tmp_path: Path) -> None:
    sink = CocoSink(tmp_path / "results.json", {"a/one.jpg": 785, "b/one.jpg": 139})

    results = _written(tmp_path / "results.json", sink, frame(0, "/data/b/one.jpg"))

    assert {result["image_id"] for result in results} == {139}


def test_a_picture_without_an_id_matters_only_with_persons_in_it(tmp_path: Path) -> None:
    sink = CocoSink(tmp_path / "results.json", {"a.jpg": 785})

    sink.write(frame(0, "c.jpg"), nobody())
    with pytest.raises(InputError, match=r"c\.jpg is not one of the images"):
        sink.write(frame(0, "c.jpg"), two_persons())


def test_nobody_at_all_is_an_empty_list(tmp_path: Path) -> None:
    with CocoSink(tmp_path / "results.json") as sink:
        sink.write(frame(), nobody())

    assert json.loads((tmp_path / "results.json").read_text()) == []


def test_a_place_that_cannot_be_written_is_said_before_the_run(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="is a folder"), CocoSink(tmp_path):
        pass


def test_an_interrupt_keeps_what_is_there(tmp_path: Path) -> None:
    with suppress(KeyboardInterrupt), CocoSink(tmp_path / "results.json") as sink:
        sink.write(frame(), two_persons())
        raise KeyboardInterrupt

    assert len(json.loads((tmp_path / "results.json").read_text())) == 2


def test_an_interrupt_after_frames_without_persons_leaves_an_empty_list(tmp_path: Path) -> None:
    with suppress(KeyboardInterrupt), CocoSink(tmp_path / "results.json") as sink:
        sink.write(frame(), nobody())
        raise KeyboardInterrupt

    assert json.loads((tmp_path / "results.json").read_text()) == []


def test_an_interrupt_before_the_first_frame_leaves_older_results_alone(tmp_path: Path) -> None:
    (tmp_path / "results.json").write_text("older")

    with suppress(KeyboardInterrupt), CocoSink(tmp_path / "results.json"):
        raise KeyboardInterrupt

    assert (tmp_path / "results.json").read_text() == "older"
