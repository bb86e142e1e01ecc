"""What is kept of a training: numbers for TensorBoard, a picture, and what happens without the packages for them."""

import csv
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator  # type: ignore[import-untyped]

from train.record import Record

SCORES = ("AP a set", "PCK@0.2 a set")


def _record(folder: Path, after: int = 0) -> tuple[Record, list[str]]:
    said: list[str] = []
    return Record(folder, SCORES, after, said.append), said


def _add(record: Record, iteration: int, *, scored: bool = True) -> None:
    scores = dict(zip(SCORES, (0.25, 0.5), strict=True)) if scored else {}
    size_rate = {"height": 64, "width": 48, "rate": 0.001}
    times = {"iteration": iteration, "minutes": iteration / 10}
    record.add({**times, **size_rate, "loss": 100 / iteration, "loader_share": 0.125, **scores})


def _events(folder: Path, name: str) -> list[tuple[int, float]]:
    events = EventAccumulator(str(folder / "tensorboard"))
    events.Reload()
    return [(event.step, event.value) for event in events.Scalars(name)]


def test_a_row_holds_losses_and_scores(tmp_path: Path) -> None:
    record, _ = _record(tmp_path)

    _add(record, 10)

    assert (tmp_path / "curve.csv").read_text().splitlines() == [
        "iteration,minutes,height,width,rate,loss,loader_share,AP a set,PCK@0.2 a set",
        "10,1,64,48,0.001,10,0.125,0.2500,0.5000",
    ]
    record.close()


def test_columns_are_numbers_and_nan_between_the_validations(tmp_path: Path) -> None:
    record, _ = _record(tmp_path)
    _add(record, 10, scored=False)
    _add(record, 20)

    columns = record.columns()

    assert columns["iteration"].tolist() == [10, 20]
    np.testing.assert_array_equal(columns["AP a set"], [np.nan, 0.25])
    record.close()


def test_tensorboard_has_the_numbers_of_the_csv_file(tmp_path: Path) -> None:
    record, _ = _record(tmp_path)
    for iteration in (10, 20):
        _add(record, iteration)
    record.close()

    with (tmp_path / "curve.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    for name in set(rows[0]) - {"iteration"}:
        told = [(int(row["iteration"]), float(row[name])) for row in rows]
        np.testing.assert_allclose(_events(tmp_path, name), told, rtol=1e-5)


def test_a_point_can_be_read_at_once(tmp_path: Path) -> None:
    record, _ = _record(tmp_path)

    _add(record, 10)

    assert _events(tmp_path, "loss") == [(10, 10.0)]
    record.close()


def test_a_resumed_run_repeats_no_point(tmp_path: Path) -> None:
    first, _ = _record(tmp_path)
    for iteration in (10, 20, 30):
        _add(first, iteration)
    first.close()
    (events,) = (tmp_path / "tensorboard").iterdir()
    events.rename(events.with_name("events.out.tfevents.1"))  # their names tell seconds, and no run is that short

    second, _ = _record(tmp_path, after=20)
    _add(second, 40)
    second.close()

    assert [step for step, _ in _events(tmp_path, "loss")] == [10, 20, 40]
    rows = (tmp_path / "curve.csv").read_text().splitlines()[1:]
    assert [row.partition(",")[0] for row in rows] == ["10", "20", "40"]


@pytest.mark.parametrize("iterations", [(), (10,), (10, 20, 30)], ids=["no-point", "one-point", "several"])
def test_the_curve_is_a_picture(tmp_path: Path, iterations: tuple[int, ...]) -> None:
    record, said = _record(tmp_path)
    for iteration in iterations:
        _add(record, iteration, scored=iteration == 10)

    record.draw()
    record.close()

    picture = cv2.imread(str(tmp_path / "curve.png"))
    assert picture is not None
    assert picture.shape == (770, 880, 3)
    assert len(np.unique(picture.reshape(-1, 3), axis=0)) > 10
    assert said == []


@pytest.mark.parametrize(
    ("module", "what"),
    [("torch.utils.tensorboard", "tensorboard"), ("matplotlib.figure", "curve.png")],
    ids=["tensorboard", "matplotlib"],
)
def test_what_a_missing_package_leaves_out_is_said_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, module: str, what: str
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    record, said = _record(tmp_path)

    for iteration in (10, 20):
        _add(record, iteration)
        record.draw()
    record.close()

    assert len(said) == 1
    assert said[0].startswith(f"{tmp_path / what} is left out (")
    assert module in said[0]
    assert not (tmp_path / what).exists()


def test_a_place_where_tensorboard_cannot_write_does_not_end_a_training(tmp_path: Path) -> None:
    (tmp_path / "tensorboard").write_text("in the way")
    record, said = _record(tmp_path)

    for iteration in (10, 20):
        _add(record, iteration)
    record.close()

    assert len(said) == 1
    assert "tensorboard is left out ([Errno 17] File exists" in said[0]
    assert len((tmp_path / "curve.csv").read_text().splitlines()) == 3
