"""Overlay video: the source's frames with skeletons on them and the source's own times."""

from fractions import Fraction
from pathlib import Path

from rsn_edge.artefact.growing import GrowingFile
from rsn_edge.drawing.overlay import draw_poses
from rsn_edge.errors import OutputError
from rsn_edge.frame import Frame
from rsn_edge.people import Tracks
from rsn_edge.sink.clock import MediaClock
from rsn_edge.sink.h264 import CONTAINERS, H264File
from rsn_edge.skeleton import Skeleton

_NOMINAL_RATE = Fraction(30)  # for sources that state none; the time stamps are true all the same


class VideoSink:
    """Draws and encodes into NAME.part.EXT, which takes its name at the end; the first frame decides the size.

    `rate` is the source's frames per second. OutputError for a suffix that names no container for H.264.
    """

    def __init__(self, path: Path, skeleton: Skeleton, threshold: float, rate: Fraction | None = None) -> None:
        if path.suffix.lower() not in CONTAINERS:
            raise OutputError(f"{path} does not say which kind of video it is", f"Known are {', '.join(CONTAINERS)}.")
        self._place = GrowingFile(path)
        self.written = self._place.written
        self._skeleton = skeleton
        self._threshold = threshold
        self._rate = rate or _NOMINAL_RATE
        self._clock = MediaClock()
        self._file: H264File | None = None

    def __enter__(self) -> "VideoSink":
        self._place.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        from av.error import FFmpegError

        try:
            if self._file:
                self._file.close()
        except FFmpegError as failed:
            if not self._place.failed:
                raise self._place.failure(failed) from failed
        self._place.end(wanted=self._file is not None)  # no frame, no file

    def write(self, frame: Frame, tracks: Tracks) -> None:
        """Encodes one frame; OutputError where it cannot be stored."""
        from av.error import FFmpegError

        image = draw_poses(frame.image_bgr, tracks.poses, self._skeleton, self._threshold, tracks.ids)
        try:
            if self._file is None:
                self._file = H264File(self._place.part, frame.size_hw, self._rate)
            self._file.append(image, self._clock.taken(frame))
        except FFmpegError as error:
            raise self._place.failure(error) from error
