"""JSON Lines: one line a frame (docs/outputs.md)."""

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rsn_edge.artefact.growing import GrowingFile
from rsn_edge.frame import Frame
from rsn_edge.people import Tracks
from rsn_edge.sink.clock import MediaClock
from rsn_edge.sink.lines import LinesSink

STDOUT = "-"


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
