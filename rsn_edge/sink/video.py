"""Overlay video: the source's frames with skeletons on them and the source's own times.

The growing H.264 file plays at every moment: fragments of one second, exact time stamps, one thread.
"""

import math
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from rsn_edge.artefact.writing import GrowingFile
from rsn_edge.detector.cells import LetterboxRule, letterbox
from rsn_edge.drawing.overlay import draw_poses
from rsn_edge.errors import OutputError
from rsn_edge.frame import Frame
from rsn_edge.people import Tracks
from rsn_edge.sink.lines import MediaClock
from rsn_edge.skeleton import Skeleton

Image = NDArray[np.uint8]  # (h, w, 3) BGR

_NOMINAL_RATE = Fraction(30)  # for sources that state none; the time stamps are true all the same
_FRAGMENTED = {
    "movflags": "frag_keyframe+empty_moov+default_base_moof+frag_discont",
    "avoid_negative_ts": "disabled",  # with frag_discont: a clip whose first frame is not at 0 keeps its times
    "flush_packets": "1",
}
_FLUSHED = {"flush_packets": "1"}
CONTAINERS = {
    ".mp4": _FRAGMENTED, ".m4v": _FRAGMENTED, ".mov": _FRAGMENTED, ".mkv": _FLUSHED, ".ts": _FLUSHED, ".avi": _FLUSHED,
}  # fmt: skip

# The fastest preset: a seventh more bytes than the next one, at little more than half its cost. Without B frames and
# with one thread a frame that goes in comes out at once.
_X264 = {"preset": "ultrafast", "crf": "23", "bf": "0", "threads": "1", "forced-idr": "1"}
_FRAGMENT_S = 1
_BLACK_AROUND = LetterboxRule(centred=True, average=True, pad_value=0)
_TICKS_PER_S = 90_000  # multiplied where the rate asks for it, up to:
_MOST_TICKS_PER_S = 10_000_000
_BT601, _LIMITED_RANGE = 6, 1  # H.264's codes for SMPTE 170M and for 16..235: what OpenCV makes of BGR


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


class H264File:
    """Encodes pictures of one size; errors are PyAV's.

    Args:
        path: its suffix is one of CONTAINERS and decides the container. .avi cannot hold times: there they are rounded
            to 1 / rate. .mkv rounds to milliseconds.
        size_hw: made even by repeating the last line; pictures of another size are letterboxed.
        rate: frames per second, nominally; true times are given with each picture.
    """

    def __init__(self, path: Path, size_hw: tuple[int, int], rate: Fraction) -> None:
        import av

        suffix = path.suffix.lower()
        self._size_hw = size_hw
        self._rate = rate
        self._tick = 1 / rate if suffix == ".avi" else Fraction(1, _timescale(rate))
        self._last_pts = -1
        self._next_key_s: Fraction | None = None
        self._container = av.open(str(path.absolute()), "w", options=dict(CONTAINERS[suffix]))
        self._stream = self._container.add_stream("libx264", rate=rate, options=dict(_X264))
        self._stream.width, self._stream.height = size_hw[1] + size_hw[1] % 2, size_hw[0] + size_hw[0] % 2
        self._stream.pix_fmt = "yuv420p"
        self._stream.time_base = self._tick
        codec = self._stream.codec_context
        codec.time_base = self._tick
        codec.gop_size = max(1, round(rate * _FRAGMENT_S))
        codec.color_primaries = codec.color_trc = codec.colorspace = _BT601
        codec.color_range = _LIMITED_RANGE

    def append(self, image_bgr: Image, seconds: Fraction) -> None:
        """Adds a picture at its time; one that is not later than the one before comes a tick after it."""
        import av
        from av.video.frame import PictureType

        if image_bgr.shape[:2] != self._size_hw:
            image_bgr = letterbox(image_bgr, self._size_hw, _BLACK_AROUND).canvas_bgr
        picture = av.VideoFrame.from_ndarray(_i420(image_bgr), format="yuv420p")
        picture.time_base = self._tick
        picture.pts = self._last_pts = max(round(seconds / self._tick), self._last_pts + 1)
        if self._next_key_s is None or seconds >= self._next_key_s:  # a fragment ends by time, also where rates vary
            picture.pict_type = PictureType.I
            self._next_key_s = seconds + _FRAGMENT_S
        for packet in self._stream.encode(picture):
            packet.duration = round(1 / self._rate / self._tick)  # counts for the last one; the others end at the next
            self._container.mux(packet)

    def close(self) -> None:
        """Writes what is still in the encoder, and the end of the file."""
        try:
            self._container.mux(self._stream.encode(None))
        finally:
            self._container.close()


def _timescale(rate: Fraction) -> int:
    """Ticks per second in which 1 / rate is a whole number, where that is possible within reason."""
    exact = math.lcm(_TICKS_PER_S, rate.numerator)
    return exact if exact <= _MOST_TICKS_PER_S else _TICKS_PER_S


def _i420(image: Image) -> Image:
    """(h * 3 / 2, w) planes Y, U, V of BT.601 in limited range, sides made even: several times faster than libav's."""
    height, width = image.shape[:2]
    if height % 2 or width % 2:
        image = np.asarray(cv2.copyMakeBorder(image, 0, height % 2, 0, width % 2, cv2.BORDER_REPLICATE), np.uint8)
    return np.asarray(cv2.cvtColor(image, cv2.COLOR_BGR2YUV_I420), np.uint8)
