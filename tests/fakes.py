"""Fakes through the seams, for every test: a detector of given boxes, a poser that stands on them, lists as ends."""

from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from types import TracebackType

import numpy as np
from numpy.typing import NDArray

from rsn_edge.frame import Frame
from rsn_edge.people import Persons, Poses, Tracks
from rsn_edge.skeleton import COCO17, Skeleton
from rsn_edge.source.protocol import SourceFacts


def persons_of(*boxes: Sequence[float], scores: Sequence[float] | None = None) -> Persons:
    """Persons with these boxes (x1, y1, x2, y2), score 1 unless told."""
    given = np.ones(len(boxes), np.float32) if scores is None else np.array(scores, np.float32)
    return Persons(np.array(boxes, np.float32).reshape(-1, 4), given)


def poses_at(boxes_xyxy: NDArray[np.float32], confidence: float = 0.8, joints: int = 17) -> Poses:
    """Skeletons whose joints lie along the diagonal of each box (n, 4)."""
    steps = np.linspace(0, 1, joints, dtype=np.float32)[None, :, None]
    corners = boxes_xyxy.reshape(-1, 2, 2)
    points = corners[:, :1] + steps * (corners[:, 1:] - corners[:, :1])
    sure = np.full((len(corners), joints), confidence, np.float32)
    return Poses(points.astype(np.float32), sure + np.float32(0.5), sure, boxes_xyxy, np.ones(len(corners), np.float32))


class GivenPersons:
    """A Detector that finds the same persons in every frame."""

    def __init__(self, persons: Persons) -> None:
        self.persons = persons
        self.closed = False

    def detect(self, frame: Frame) -> Persons:
        return self.persons

    def close(self) -> None:
        self.closed = True


class DiagonalPoser:
    """A Poser that places the joints along each box's diagonal."""

    def __init__(self, confidence: float = 0.8) -> None:
        self.confidence = confidence
        self.closed = False

    @property
    def skeleton(self) -> Skeleton:
        return COCO17

    def poses(self, frame: Frame, persons: Persons) -> Poses:
        poses = poses_at(persons.boxes_xyxy, self.confidence)
        return Poses(poses.keypoints_xy, poses.scores, poses.confidence, persons.boxes_xyxy, persons.scores)

    def close(self) -> None:
        self.closed = True


class GreyFrames:
    """A Source of `count` grey frames, 25 a second; raises `error` after them if there is one."""

    def __init__(self, count: int, error: BaseException | None = None) -> None:
        self.facts = SourceFacts("grey", "video", count, Fraction(25))
        self.skipped: tuple[str, ...] = ()
        self._error = error

    def __enter__(self) -> "GreyFrames":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        pass

    def __iter__(self) -> Iterator[Frame]:
        assert self.facts.frames is not None
        for index in range(self.facts.frames):
            yield Frame(np.full((48, 64, 3), 128, np.uint8), index, pts=Fraction(index, 25), source="grey")
        if self._error is not None:
            raise self._error


class ListSink:
    """A Sink that keeps what it gets."""

    def __init__(self) -> None:
        self.got: list[tuple[Frame, Tracks]] = []
        self.closed = False
        self.written: tuple[Path, ...] = ()

    def __enter__(self) -> "ListSink":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.closed = True

    def write(self, frame: Frame, tracks: Tracks) -> None:
        self.got.append((frame, tracks))
