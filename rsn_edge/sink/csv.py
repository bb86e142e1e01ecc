"""CSV: one row a joint, for spreadsheets and data frames (docs/outputs.md)."""

import csv
import io
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType

from rsn_edge.artefact.growing import GrowingFile
from rsn_edge.frame import Frame
from rsn_edge.people import Tracks
from rsn_edge.sink.clock import MediaClock
from rsn_edge.skeleton import Skeleton

COLUMNS = ("frame", "source", "t_capture", "person", "id", "joint", "x", "y", "confidence")

Cell = str | int | float


class CsvSink:
    """Writes a header and the `csv_rows` of each frame to a growing file."""

    def __init__(self, path: Path, skeleton: Skeleton, threshold: float, clock: MediaClock | None = None) -> None:
        self._file = GrowingFile(path, header=_text([COLUMNS]))
        self._skeleton = skeleton
        self._threshold = threshold
        self._clock = clock or MediaClock()

    @property
    def written(self) -> tuple[Path, ...]:
        """The finished file."""
        return self._file.written

    @property
    def notes(self) -> tuple[str, ...]:
        """Where the part file of a killed run now lies, if there was one."""
        return self._file.notes

    def __enter__(self) -> "CsvSink":
        self._file.__enter__()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._file.__exit__(kind, error, at)

    def write(self, frame: Frame, tracks: Tracks) -> None:
        """The rows of one frame; OutputError where they cannot be stored."""
        t_capture, _ = self._clock.taken_and_out(frame)
        self._file.append(_text(csv_rows(frame, tracks, self._skeleton, self._threshold, t_capture)))


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


def _text(rows: Iterable[tuple[Cell, ...]]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue().encode(errors="replace")  # a file name may hold bytes that are no text
