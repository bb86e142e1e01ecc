"""COCO results: the list that COCO's own evaluation reads (docs/outputs.md)."""

import json
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType

from rsn_edge.artefact.writing import check_place, write_text
from rsn_edge.coco import Result, picture_keys, results_json
from rsn_edge.errors import InputError
from rsn_edge.frame import Frame
from rsn_edge.people import Tracks


class CocoSink:
    """Collects every person and writes one JSON list when the `with` block ends.

    `image_ids` maps what a picture may be called (`picture_keys`) to its id; without it a frame's id is its index + 1.
    An interrupt or an error before the first frame leaves an older file alone.
    """

    def __init__(self, path: Path, image_ids: Mapping[str, int] | None = None) -> None:
        self._path = path
        self._image_ids = image_ids
        self._results: list[Result] = []
        self._has_frames = False
        self.written: list[Path] = []

    def __enter__(self) -> "CocoSink":
        check_place(self._path)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._has_frames or error is None:
            write_text(self._path, json.dumps(self._results, allow_nan=False))
            self.written.append(self._path)

    def write(self, frame: Frame, tracks: Tracks) -> None:
        """Keeps the persons of one frame; InputError if there are some and `image_ids` does not know the picture."""
        self._has_frames = True
        if len(tracks):
            self._results += results_json(self._image_id(frame), tracks.poses)

    def _image_id(self, frame: Frame) -> int:
        if self._image_ids is None:
            return frame.index + 1
        known = [key for key in picture_keys(frame.source) if key in self._image_ids]
        if not known:
            raise InputError(
                f"{frame.source} is not one of the images of the annotation file, or several are called so",
                "Run on its own pictures, or write COCO results without that file.",
            )
        return self._image_ids[known[0]]
