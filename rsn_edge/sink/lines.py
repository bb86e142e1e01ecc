"""Text that grows while the run goes on: JSON Lines, a line a frame, and CSV, a row a joint (docs/outputs.md)."""

import csv
import io
import json
import math
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rsn_edge.artefact.writing import GrowingFile
from rsn_edge.frame import Frame
from rsn_edge.people import Tracks
from rsn_edge.skeleton import Skeleton

STDOUT = "-"
COLUMNS = ("frame", "source", "t_capture", "person", "id", "joint", "x", "y", "confidence")


class MediaClock:
    """Media time for sources that have it; else seconds since the first frame that this clock saw was taken."""

    def __init__(self, now_ns: Callable[[], int] = time.monotonic_ns) -> None:
        self._now_ns = now_ns
        self._start_ns: int | None = None

    def taken(self, frame: Frame) -> Fraction:
        """The exact time of the frame."""
        if self._start_ns is None:
            self._start_ns = frame.t_capture_ns
        return Fraction(frame.t_capture_ns - self._start_ns, 10**9) if frame.pts is None else frame.pts

    def taken_and_out(self, frame: Frame) -> tuple[float, float]:
        """The frame's time and the same plus what it has spent in the program until now, to the microsecond."""
        taken = float(self.taken(frame))
        return round(taken, 6), round(taken + (self._now_ns() - frame.t_capture_ns) / 1e9, 6)


class LinesSink:
    """Appends `record_of(frame, tracks)` for each frame to a file, or to standard output where `file` is None."""

    def __init__(self, file: GrowingFile | None, record_of: Callable[[Frame, Tracks], str]) -> None:
        self._file = file
        self._record_of = record_of
        self.written: Sequence[Path] = file.written if file else ()

    def __enter__(self) -> "LinesSink":
        if self._file:
            self._file.__enter__()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._file:
            self._file.__exit__(kind, error, at)

    def write(self, frame: Frame, tracks: Tracks) -> None:
        """The record of one frame; OutputError where it cannot be stored."""
        record = self._record_of(frame, tracks).encode(errors="replace")  # a file name may hold bytes that are no text
        if self._file:
            self._file.append(record)
        else:
            sys.stdout.buffer.write(record)
            sys.stdout.flush()  # whoever reads it sees each record at once


def json_line(frame: Frame, tracks: Tracks, threshold: float, t_capture: float, t_out: float) -> str:
    """One line, without its end, of the `plain_persons` of a frame."""
    persons = plain_persons(tracks, threshold)
    line = {"frame": frame.index, "source": frame.source, "t_capture": t_capture, "t_out": t_out, "persons": persons}
    return json.dumps(line, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def plain_persons(tracks: Tracks, threshold: float) -> list[dict[str, Any]]:
    """Id, box, score and keypoints of each person; a joint that is missing or less sure than `threshold` is None.

    Pixels to 2 decimals, scores to 4, confidences to 3. A person's score is the detector's score with the pose
    network's second opinion. No number is ever NaN or infinite: None stands there instead.
    """
    return [_person(tracks, i, seen) for i, seen in enumerate(tracks.poses.visible(threshold))]


def json_lines_sink(target: Path | str, threshold: float, clock: MediaClock) -> LinesSink:
    """Writes `json_line`s to a growing file, or to standard output if `target` is `-`."""

    def record(frame: Frame, tracks: Tracks) -> str:
        return json_line(frame, tracks, threshold, *clock.taken_and_out(frame)) + "\n"

    return LinesSink(None if str(target) == STDOUT else GrowingFile(Path(target)), record)


def _person(tracks: Tracks, i: int, seen: NDArray[np.bool_]) -> dict[str, Any]:
    poses = tracks.poses
    joints = zip(poses.keypoints_xy[i].tolist(), poses.confidence[i].tolist(), seen.tolist(), strict=True)
    return {
        "id": int(tracks.ids[i]) if tracks.ids[i] >= 0 else None,
        "box": [_number(value, 2) for value in poses.boxes_xyxy[i].tolist()],
        "score": _number(float(poses.certainty[i]), 4),
        "keypoints": [[round(x, 2), round(y, 2), round(c, 3)] if ok else None for (x, y), c, ok in joints],
    }


def _number(value: float, digits: int) -> float | None:
    return round(value, digits) if math.isfinite(value) else None


def csv_sink(path: Path, skeleton: Skeleton, threshold: float, clock: MediaClock) -> LinesSink:
    """Writes a header, then COLUMNS of every joint of the `plain_persons` of each frame, to a growing file.

    x, y and confidence are empty where a joint is missing or less sure than `threshold`, `id` where nobody is followed.
    """

    def record(frame: Frame, tracks: Tracks) -> str:
        t_capture, _ = clock.taken_and_out(frame)
        return _text(
            (frame.index, frame.source, t_capture, number, person["id"], joint, *(point or ("", "", "")))
            for number, person in enumerate(plain_persons(tracks, threshold))
            for joint, point in zip(skeleton.joints, person["keypoints"], strict=True)
        )

    return LinesSink(GrowingFile(path, header=_text([COLUMNS]).encode()), record)


def _text(rows: Iterable[Sequence[object]]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()
