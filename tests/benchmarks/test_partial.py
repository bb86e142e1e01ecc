"""What a measurement keeps on disk while it reads, and how another run of it goes on."""

from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest

from benchmarks.partial import PartialReadings
from rsn_edge.people import Persons
from rsn_edge.reading import Reading
from tests.fakes import persons_of

SAME = {"artefact_sha256": "abc", "flip": False}
PERSONS = persons_of([1.1, 2.2, 3.3, 4.4], scores=[0.7])


def reading(image_id: int, persons: Persons = PERSONS) -> Reading:
    results = [{"image_id": image_id, "category_id": 1, "keypoints": [1.25, 2.5, 0.9], "score": 0.1 + 0.2}]
    return Reading(image_id, persons, results[: len(persons)])


@pytest.fixture(name="cut_off")
def _cut_off(tmp_path: Path) -> Path:
    """The folder of a run that was stopped after pictures 7 and 8."""
    with suppress(KeyboardInterrupt), PartialReadings(tmp_path, SAME, print) as kept:
        kept.add(reading(7))
        kept.add(reading(8, Persons.empty()))
        raise KeyboardInterrupt
    return tmp_path


def test_the_same_measurement_goes_on_with_equal_readings(cut_off: Path) -> None:
    with PartialReadings(cut_off, dict(reversed(SAME.items())), print) as kept:
        again = kept.readings[7]

    assert list(kept.readings) == [7, 8]
    assert again.results == reading(7).results
    np.testing.assert_array_equal(again.boxes.boxes_xyxy, PERSONS.boxes_xyxy)
    np.testing.assert_array_equal(again.boxes.scores, PERSONS.scores)


def test_it_can_be_cut_off_again_and_again(cut_off: Path) -> None:
    with PartialReadings(cut_off, SAME, print) as kept:
        kept.add(reading(9))
    with PartialReadings(cut_off, SAME, print) as kept:
        assert list(kept.readings) == [7, 8, 9]


def test_a_line_that_was_not_finished_is_dropped(cut_off: Path) -> None:
    with (cut_off / "results.part.jsonl").open("ab") as file:
        file.write(b'{"image_id": 9, "bo')

    with PartialReadings(cut_off, SAME, print) as kept:
        kept.add(reading(10))
    with PartialReadings(cut_off, SAME, print) as kept:
        assert list(kept.readings) == [7, 8, 10]


def test_another_measurement_begins_anew_and_moves_the_old_one_aside(cut_off: Path) -> None:
    said: list[str] = []

    with PartialReadings(cut_off, SAME | {"flip": True}, said.append) as kept:
        assert kept.readings == {}

    assert said == [f"What another measurement had left here now lies in {cut_off / 'results.part-1.jsonl'}"]


def test_a_file_that_was_damaged_is_moved_aside(cut_off: Path) -> None:
    part = cut_off / "results.part.jsonl"
    part.write_bytes(part.read_bytes() + b'{"image_id": 9}\n')

    with PartialReadings(cut_off, SAME, print) as kept:
        assert kept.readings == {}

    assert (cut_off / "results.part-1.jsonl").is_file()


def test_an_interrupted_run_says_where_its_readings_are(cut_off: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(KeyboardInterrupt), PartialReadings(cut_off, SAME, print):
        raise KeyboardInterrupt

    assert f"2 pictures are kept in {cut_off / 'results.part.jsonl'}" in capsys.readouterr().out


def test_at_the_end_nothing_is_left(cut_off: Path) -> None:
    with PartialReadings(cut_off, SAME, print) as kept:
        kept.remove()

    assert list(cut_off.iterdir()) == []


def test_without_a_folder_nothing_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)

    with PartialReadings(None, SAME, print) as kept:
        kept.add(reading(7))
        kept.remove()

    assert (list(kept.readings), list(tmp_path.iterdir())) == ([7], [])
