"""JSON Lines: one line a frame (docs/outputs.md)."""

import json
import math
import sys
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rsn_edge.artefact.growing import GrowingFile
from rsn_edge.frame import Frame
from rsn_edge.people import Tracks
from rsn_edge.sink.clock import MediaClock

STDOUT = "-"


def json_line(frame: Frame, tracks: Tracks, threshold: float, t_capture: float, t_out: float) -> str:
    """One line, without its end; joints that are missing or less sure than `threshold` are null.

    Pixels to 2 decimals, scores to 4, confidences to 3. A person's score is the detector's score with the pose
    network's second opinion. No number is ever NaN or infinite: null stands there instead.
    """
    persons = [_person(tracks, i, seen) for i, seen in enumerate(tracks.poses.visible(threshold))]
    line = {"frame": frame.index, "source": frame.source, "t_capture": t_capture, "t_out": t_out, "persons": persons}
    return json.dumps(line, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


class JsonLinesSink:
    """Writes `json_line`s to a growing file, or to standard output if `target` is `-`."""

    def __init__(self, target: Path | str, threshold: float, clock: MediaClock | None = None) -> None:
        self._lines = _StandardOutput() if str(target) == STDOUT else GrowingFile(Path(target))
        self._threshold = threshold
        self._clock = clock or MediaClock()

    @property
    def written(self) -> tuple[Path, ...]:
        """The finished file."""
        return self._lines.written

    @property
    def notes(self) -> tuple[str, ...]:
        """Where the part file of a killed run now lies, if there was one."""
        return self._lines.notes

    def __enter__(self) -> "JsonLinesSink":
        self._lines.__enter__()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._lines.__exit__(kind, error, at)

    def write(self, frame: Frame, tracks: Tracks) -> None:
        """One line; OutputError where it cannot be stored."""
        line = json_line(frame, tracks, self._threshold, *self._clock.taken_and_out(frame))
        self._lines.append(f"{line}\n".encode(errors="replace"))  # a file name may hold bytes that are no text


class _StandardOutput:
    """Standard output in the place of a GrowingFile; whoever reads it sees each record at once."""

    written = ()
    notes = ()

    def __enter__(self) -> "_StandardOutput":
        return self

    def append(self, record: bytes) -> None:
        sys.stdout.buffer.write(record)
        sys.stdout.flush()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        pass


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
