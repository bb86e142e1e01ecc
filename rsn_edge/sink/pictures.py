"""Overlays: the source's pictures with skeletons on them, in a folder."""

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from rsn_edge.drawing.overlay import draw_poses
from rsn_edge.errors import OutputError
from rsn_edge.frame import Frame
from rsn_edge.people import Tracks
from rsn_edge.sink.files import FilesSink, OutputNames
from rsn_edge.skeleton import Skeleton
from rsn_edge.source.decode import quiet_opencv

PICTURE_SUFFIXES = (".jpg", ".jpeg", ".png")  # what can be written; sources of other kinds become JPEGs
_JPEG_QUALITY = 90


def pictures_sink(place: OutputNames | Path, skeleton: Skeleton, threshold: float) -> FilesSink:
    """Writes each frame as a picture, to where `place` says: a path, or names after the sources."""

    def path_of(frame: Frame) -> Path:
        return place if isinstance(place, Path) else place.path_for(frame, _suffix(frame))

    def content_of(frame: Frame, tracks: Tracks, path: Path) -> bytes:
        return _encoded(draw_poses(frame.image_bgr, tracks.poses, skeleton, threshold, tracks.ids), path)

    return FilesSink(path_of, content_of)


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
