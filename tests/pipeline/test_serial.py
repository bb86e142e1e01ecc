"""The plain loop from source to sinks."""

import pytest

from rsn_edge.estimator import PoseEstimator
from rsn_edge.pipeline.serial import RunTally, run_serial
from tests.fakes import DiagonalPoser, GivenPersons, GreyFrames, ListSink, persons_of


def _estimator() -> PoseEstimator:
    return PoseEstimator(GivenPersons(persons_of((0, 0, 20, 40), (30, 0, 50, 40))), DiagonalPoser())


def test_every_frame_reaches_every_sink_in_order() -> None:
    sinks = [ListSink(), ListSink()]

    run_serial(GreyFrames(3), _estimator(), sinks, RunTally())

    assert [[frame.index for frame, _ in sink.got] for sink in sinks] == [[0, 1, 2], [0, 1, 2]]


def test_frames_and_persons_are_counted() -> None:
    tally = RunTally()

    run_serial(GreyFrames(3), _estimator(), [], tally)

    assert (tally.frames, tally.persons) == (3, 6)


def test_a_limit_ends_the_run() -> None:
    tally = RunTally()

    run_serial(GreyFrames(100), _estimator(), [], tally, limit=2)

    assert tally.frames == 2


def test_each_frame_is_reported() -> None:
    seen: list[int] = []

    run_serial(GreyFrames(3), _estimator(), [], RunTally(), after_frame=lambda tally: seen.append(tally.frames))

    assert seen == [1, 2, 3]


@pytest.mark.parametrize("error", [KeyboardInterrupt(), RuntimeError("boom")], ids=["interrupt", "failure"])
def test_sinks_are_closed_and_the_tally_holds_after(error: BaseException) -> None:
    sink, tally = ListSink(), RunTally()

    with pytest.raises(type(error)):
        run_serial(GreyFrames(2, error), _estimator(), [sink], tally)

    assert (sink.closed, tally.frames) == (True, 2)


def test_frames_stand_alone_and_nobody_is_followed() -> None:
    sink = ListSink()

    run_serial(GreyFrames(1), _estimator(), [sink], RunTally())

    assert sink.got[0][1].ids.tolist() == [-1, -1]


def test_time_is_split_over_the_stages() -> None:
    tally = RunTally()

    run_serial(GreyFrames(2), _estimator(), [ListSink()], tally)

    assert all(time > 0 for time in tally.stage_ns.values())
    assert sum(tally.stage_ns.values()) <= tally.seconds * 1e9
