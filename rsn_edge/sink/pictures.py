"""Overlays: the source's pictures with skeletons on them, in a folder."""

from pathlib import Path
from types import TracebackType

import cv2
import numpy as np
from numpy.typing import NDArray

from rsn_edge.artefact.writing import write_bytes
from rsn_edge.drawing.overlay import draw_poses
from rsn_edge.errors import OutputError
from rsn_edge.frame import Frame
from rsn_edge.people import Tracks
from rsn_edge.sink.naming import OutputNames
from rsn_edge.skeleton import Skeleton
from rsn_edge.source.quiet import quiet_opencv

PICTURE_SUFFIXES = (".jpg", ".jpeg", ".png")  # what can be written; sources of other kinds become JPEGs
_JPEG_QUALITY = 90


class PicturesSink:
    """Writes each frame as a picture, to where `place` says: a path, or names after the sources."""

    notes: tuple[str, ...] = ()

    def __init__(self, place: OutputNames | Path, skeleton: Skeleton, threshold: float) -> None:
        self._place = place
        self._skeleton = skeleton
        self._threshold = threshold
        self._written: list[Path] = []

    @property
    def written(self) -> tuple[Path, ...]:
        """The pictures so far."""
        return tuple(self._written)

    def __enter__(self) -> "PicturesSink":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        pass

    def write(self, frame: Frame, tracks: Tracks) -> None:
        """One overlay; OutputError where it cannot be stored."""
        place = self._place
        path = place if isinstance(place, Path) else place.path_for(frame, _suffix(frame))
        image = draw_poses(frame.image_bgr, tracks.poses, self._skeleton, self._threshold, tracks.ids)
        write_bytes(path, _encoded(image, path))
        self._written.append(path)


def _encoded(image: NDArray[np.uint8], path: Path) -> bytes:
    options = [] if path.suffix.lower() == ".png" else [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY]
    with quiet_opencv():
        done, content = cv2.imencode(path.suffix, image, options)
    if not done:
        height, width = image.shape[:2]
        raise OutputError(
            f"{path} could not be written: OpenCV cannot make such a picture of {width} x {height} pixels",
            "Make the source smaller, or use --jsonl instead of --out.",
        )
    return content.tobytes()


def _suffix(frame: Frame) -> str:
    suffix = Path(frame.source).suffix
    return suffix if suffix.lower() in PICTURE_SUFFIXES else ".jpg"
