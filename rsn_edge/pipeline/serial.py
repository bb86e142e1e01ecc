"""One thread from source to sinks: read, detect, pose, write, and how long each took."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from itertools import islice
from typing import Protocol

from rsn_edge.frame import Frame
from rsn_edge.people import Persons, Poses, Tracks
from rsn_edge.sink.protocol import Sink, ViewerLeft
from rsn_edge.source.protocol import Source


class Estimator(Protocol):
    """What the loop needs of a PoseEstimator."""

    def detect(self, frame: Frame) -> Persons:
        """Where people may be."""

    def pose(self, frame: Frame, persons: Persons) -> Poses:
        """Skeletons of those who are persons."""


@dataclass(slots=True)
class RunTally:
    """What a run has done so far; filled while it runs, so that an interrupted run can still be summed up."""

    frames: int = 0
    persons: int = 0
    stage_ns: dict[str, int] = field(default_factory=lambda: dict.fromkeys(("read", "detect", "pose", "write"), 0))
    started_ns: int = field(default_factory=time.monotonic_ns)

    @property
    def seconds(self) -> float:
        """Wall-clock time from the first request for a frame until now."""
        return (time.monotonic_ns() - self.started_ns) / 1e9

    @property
    def frames_per_second(self) -> float:
        """Frames by wall-clock time, reading and writing included."""
        return self.frames / self.seconds if self.frames else 0.0

    @contextmanager
    def timed(self, stage: str) -> Iterator[None]:
        """Adds the time that the block takes to a stage."""
        start = time.perf_counter_ns()
        try:
            yield
        finally:
            self.stage_ns[stage] += time.perf_counter_ns() - start


def run_serial(
    source: Source,
    estimator: Estimator,
    sinks: Sequence[Sink],
    tally: RunTally,
    limit: int | None = None,
    after_frame: Callable[[RunTally], None] = lambda _: None,
) -> None:
    """Runs until the source ends or `limit` frames are done; every sink is closed, whatever happens."""
    with suppress(ViewerLeft), ExitStack() as opened:
        for sink in sinks:
            opened.enter_context(sink)
        opened.enter_context(source)
        frames = islice(iter(source), limit)
        while (frame := _next(frames, tally)) is not None:
            _one(frame, estimator, sinks, tally)
            after_frame(tally)


def _next(frames: Iterator[Frame], tally: RunTally) -> Frame | None:
    with tally.timed("read"):
        return next(frames, None)


def _one(frame: Frame, estimator: Estimator, sinks: Sequence[Sink], tally: RunTally) -> None:
    with tally.timed("detect"):
        persons = estimator.detect(frame)
    with tally.timed("pose"):
        tracks = Tracks.untracked(estimator.pose(frame, persons))
    with tally.timed("write"):
        for sink in sinks:
            sink.write(frame, tracks)
    tally.frames += 1
    tally.persons += len(tracks)
