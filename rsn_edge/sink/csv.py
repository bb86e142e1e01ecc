"""CSV: one row a joint, for spreadsheets and data frames (docs/outputs.md)."""

import csv
import io
from collections.abc import Iterable, Sequence
from pathlib import Path

from rsn_edge.artefact.growing import GrowingFile
from rsn_edge.frame import Frame
from rsn_edge.people import Tracks
from rsn_edge.sink.clock import MediaClock
from rsn_edge.sink.jsonl import plain_persons
from rsn_edge.sink.lines import LinesSink
from rsn_edge.skeleton import Skeleton

COLUMNS = ("frame", "source", "t_capture", "person", "id", "joint", "x", "y", "confidence")


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
