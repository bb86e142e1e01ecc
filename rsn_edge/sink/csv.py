"""CSV: one row a joint, for spreadsheets and data frames (docs/outputs.md)."""

import csv
import io
from collections.abc import Iterable
from pathlib import Path

from rsn_edge.artefact.growing import GrowingFile
from rsn_edge.frame import Frame
from rsn_edge.people import Tracks
from rsn_edge.sink.clock import MediaClock
from rsn_edge.sink.lines import LinesSink
from rsn_edge.skeleton import Skeleton

COLUMNS = ("frame", "source", "t_capture", "person", "id", "joint", "x", "y", "confidence")

Cell = str | int | float


def csv_sink(path: Path, skeleton: Skeleton, threshold: float, clock: MediaClock) -> LinesSink:
    """Writes a header and the `csv_rows` of each frame to a growing file."""

    def record(frame: Frame, tracks: Tracks) -> str:
        t_capture, _ = clock.taken_and_out(frame)
        return _text(csv_rows(frame, tracks, skeleton, threshold, t_capture))

    return LinesSink(GrowingFile(path, header=_text([COLUMNS]).encode()), record)


def csv_rows(
    frame: Frame, tracks: Tracks, skeleton: Skeleton, threshold: float, t_capture: float
) -> list[tuple[Cell, ...]]:
    """Every joint of every person, in the order of COLUMNS.

    x, y and confidence are empty where a joint is missing or less sure than `threshold`, `id` where nobody is followed.
    """
    rows: list[tuple[Cell, ...]] = []
    visible = tracks.poses.visible(threshold)
    for person in range(len(tracks)):
        identity = int(tracks.ids[person]) if tracks.ids[person] >= 0 else ""
        for k, joint in enumerate(skeleton.joints):
            x, y = tracks.poses.keypoints_xy[person, k].tolist()
            sure = float(tracks.poses.confidence[person, k])
            place = (round(x, 2), round(y, 2), round(sure, 3)) if visible[person, k] else ("", "", "")
            rows.append((frame.index, frame.source, t_capture, person, identity, joint, *place))
    return rows


def _text(rows: Iterable[tuple[Cell, ...]]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()
