"""Overlays: the source's pictures with skeletons on them, in a folder."""

from pathlib import Path
from types import TracebackType

import cv2

from rsn_edge.artefact.writing import write_bytes
from rsn_edge.drawing.overlay import draw_poses
from rsn_edge.frame import Frame
from rsn_edge.people import Tracks
from rsn_edge.sink.naming import OutputNames, refuse_source
from rsn_edge.skeleton import Skeleton

PICTURE_SUFFIXES = (".jpg", ".jpeg", ".png")  # what can be written; sources of other kinds become JPEGs
_JPEG_QUALITY = 90


class PicturesSink:
    """Writes each frame as a picture into `folder`, under its source's name or, for a single picture, under `name`."""

    def __init__(self, folder: Path, skeleton: Skeleton, threshold: float, name: str | None = None) -> None:
        self._names = OutputNames(folder, numbered=False)
        self._only_path = folder / name if name else None
        self._skeleton = skeleton
        self._threshold = threshold
        self._written: list[Path] = []

    @property
    def written(self) -> tuple[Path, ...]:
        """The pictures so far."""
        return tuple(self._written)

    @property
    def notes(self) -> tuple[str, ...]:
        """Nothing: whole files leave no parts."""
        return ()

    def __enter__(self) -> "PicturesSink":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        pass

    def write(self, frame: Frame, tracks: Tracks) -> None:
        """One overlay; OutputError where it cannot be stored."""
        path = self._only_path or self._names.path_for(frame, _suffix(frame))
        refuse_source(path, frame)
        ids = tracks.ids if (tracks.ids >= 0).any() else None
        image = draw_poses(frame.image_bgr, tracks.poses, self._skeleton, self._threshold, ids)
        options = [] if path.suffix.lower() == ".png" else [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY]
        _, content = cv2.imencode(path.suffix, image, options)
        write_bytes(path, content.tobytes())
        self._written.append(path)


def _suffix(frame: Frame) -> str:
    suffix = Path(frame.source).suffix
    return suffix if suffix.lower() in PICTURE_SUFFIXES else ".jpg"
