"""What a measurement has read so far, kept on disk: `results.part.jsonl` in the report's folder, a line a picture.

The same measurement, started again, goes on where it was cut off.
"""

import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np

from rsn_edge.artefact.writing import check_place, leftover_part, named_failures, part_path, write_bytes
from rsn_edge.people import Persons
from rsn_edge.reading import Reading


class PartialReadings:
    """Readings by image id, those of an earlier run with equal `conditions` included; in memory only without a folder.

    `tell` gets sentences about what was found and what is left. OutputError where the file system refuses.
    """

    def __init__(self, folder: Path | None, conditions: Mapping[str, Any], tell: Callable[[str], None]) -> None:
        self.readings: dict[int, Reading] = {}
        self._tell = tell
        self._path = folder / "results.jsonl" if folder else None
        self._first = json.dumps(conditions, sort_keys=True).encode() + b"\n"

    def __enter__(self) -> "PartialReadings":
        if self._path:
            check_place(self._path)
            write_bytes(part_path(self._path), b"".join(self._resume(self._path)))
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if self._path and kind and self.readings:
            part = part_path(self._path)
            self._tell(f"{len(self.readings)} pictures are kept in {part}: the same command goes on from there.")

    def add(self, reading: Reading) -> None:
        """Keeps a picture's results."""
        self.readings[reading.image_id] = reading
        boxes = np.column_stack([reading.boxes.boxes_xyxy, reading.boxes.scores]).tolist()
        line = {"image_id": reading.image_id, "boxes": boxes, "results": reading.results}
        if self._path:
            part = part_path(self._path)
            with named_failures(part), part.open("ab") as file:
                file.write(json.dumps(line, separators=(",", ":")).encode() + b"\n")

    def remove(self) -> None:
        """Deletes the file, once the results lie in a better place."""
        if self._path:
            part_path(self._path).unlink()

    def _resume(self, path: Path) -> list[bytes]:
        """Reads what an earlier run of the same measurement left; the whole lines of its file, or a first one."""
        part = part_path(path)
        lines = part.read_bytes().splitlines(keepends=True) if part.is_file() else []
        whole = [line for line in lines if line.endswith(b"\n")]
        with suppress(ValueError, KeyError, TypeError):  # a file that something else wrote to
            if whole[:1] == [self._first]:
                self.readings = {reading.image_id: reading for reading in map(_reading, whole[1:])}
                self._tell(f"Going on after {len(self.readings)} pictures of an earlier run.")
                return whole
        if aside := leftover_part(path):
            self._tell(f"What another measurement had left here now lies in {aside}")
        return [self._first]


def _reading(line: bytes) -> Reading:
    values = json.loads(line)
    boxes = np.array(values["boxes"], np.float32).reshape(-1, 5)
    return Reading(values["image_id"], Persons(boxes[:, :4], boxes[:, 4]), values["results"])
