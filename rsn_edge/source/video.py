"""Frames of a video file with their exact times."""

import time
from collections.abc import Iterator
from fractions import Fraction
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np
from numpy.typing import NDArray

from rsn_edge.errors import InputError
from rsn_edge.frame import Frame
from rsn_edge.source.protocol import SourceFacts

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.packet import Packet
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream

_TEXT_AS_VIDEO = ("tty", "image2")  # libav would draw a text file, and trusts a still picture's suffix
_TURNS = {90: cv2.ROTATE_90_COUNTERCLOCKWISE, -90: cv2.ROTATE_90_CLOCKWISE, 180: cv2.ROTATE_180, -180: cv2.ROTATE_180}
_SLACK_S = 0.5  # how far before its announced end a whole video may stop


class VideoSource:
    """The first video stream of a file, upright, each frame with the stream's own time stamp.

    A file that breaks off or is damaged gives what can be decoded and leaves a sentence in `skipped`; one that gives
    no frame at all ends the iteration with an InputError. The file is open until the `with` block is left; it can be
    read once.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._container, self._stream = _open(path)
        self._damaged_packets = 0
        self.skipped: list[str] = []
        rate = self._stream.average_rate or self._stream.guessed_rate
        self.facts = SourceFacts(str(path), "video", self._stream.frames or None, rate, (path,))

    def __enter__(self) -> "VideoSource":
        return self

    def __exit__(self, *_: object) -> None:
        self._container.close()

    def __iter__(self) -> Iterator[Frame]:
        count, seconds = 0, None
        for count, picture in enumerate(self._pictures(), start=1):
            seconds = self._seconds(picture, count - 1)
            yield Frame(_upright(picture), count - 1, time.monotonic_ns(), seconds, str(self._path))
        if count == 0:
            raise InputError(
                f"{self._path} gave no frame: it is damaged, or its coding "
                f"({self._stream.codec_context.name}) is one that PyAV cannot decode here",
                "Check that it plays elsewhere, then save it anew as H.264 in MP4.",
            )
        if self._damaged_packets or self._ends_early(seconds):
            self.skipped.append(f"{self._path} is damaged or breaks off: {count} frames of it could be used")

    def _pictures(self) -> Iterator["VideoFrame"]:
        from av.error import FFmpegError

        packets = self._container.demux(self._stream)
        while (packet := self._next_packet(packets)) is not None:
            self._damaged_packets += packet.is_corrupt
            try:
                pictures = packet.decode()
            except FFmpegError:  # damage within a packet is passed over
                self._damaged_packets += 1
                continue
            yield from pictures

    def _next_packet(self, packets: "Iterator[Packet[VideoStream]]") -> "Packet[VideoStream] | None":
        """None at the end, and where the file itself cannot be read further."""
        from av.error import FFmpegError

        try:
            return next(packets, None)
        except (FFmpegError, IndexError):  # IndexError: a packet of a stream that the file did not announce
            self._damaged_packets += 1
            return None

    def _seconds(self, picture: "VideoFrame", index: int) -> Fraction | None:
        if picture.pts is not None and picture.time_base is not None:
            return picture.pts * picture.time_base
        return index / self.facts.rate if self.facts.rate else None

    def _ends_early(self, last: Fraction | None) -> bool:
        """True where the file announces more than came; formats that announce nothing cannot tell."""
        stream = self._stream
        if last is None or stream.time_base is None:
            return False
        if stream.duration is not None:
            announced = ((stream.start_time or 0) + stream.duration) * stream.time_base
        elif self._container.duration is not None and len(self._container.streams) == 1:
            announced = Fraction(self._container.duration, 1_000_000)
        else:
            return False
        return last + (1 / self.facts.rate if self.facts.rate else 0) + Fraction(_SLACK_S) < announced


def first_frame(content: bytes) -> NDArray[np.uint8] | None:
    """(h, w, 3) uint8 BGR, the first picture in the bytes of a file; None where libav finds none."""
    import av

    try:
        with av.open(BytesIO(content), metadata_errors="replace") as container:
            picture = next(container.decode(video=0), None)
    except (av.error.FFmpegError, IndexError):  # IndexError: there is no stream of pictures
        return None
    return None if picture is None else _upright(picture)


def _open(path: Path) -> "tuple[InputContainer, VideoStream]":
    import av

    try:  # absolute, or a colon in the name would read as a protocol
        container = av.open(str(path.absolute()), metadata_errors="replace")
    except av.error.InvalidDataError as error:
        raise _unreadable(path, "its content is cut off, damaged or of no known format") from error
    except av.error.FFmpegError as error:
        raise _unreadable(path, error.strerror or str(error)) from error
    reason = None
    if container.format.name in _TEXT_AS_VIDEO or container.format.name.endswith("_pipe"):
        reason = "its content is no known format"
    elif not container.streams.video:
        reason = "it holds no video stream"
    elif not container.streams.video[0].codec_context:  # None, whatever its type says
        reason = "its video has a coding that PyAV does not know, or its header is cut off"
    if reason:
        container.close()
        raise _unreadable(path, reason)
    stream = container.streams.video[0]
    stream.codec_context.thread_count = 1  # two threads cost a tenth more and the pipeline has its own
    return container, stream


def _unreadable(path: Path, reason: str) -> InputError:
    return InputError(
        f"{path} is neither a picture nor a video that can be read ({reason})",
        "Copy it once more, or save it anew as JPEG, PNG or MP4.",
    )


def _upright(picture: "VideoFrame") -> NDArray[np.uint8]:
    """(h, w, 3) uint8 BGR, turned as the stream's display matrix says."""
    image = np.asarray(picture.to_ndarray(format="bgr24"), np.uint8)
    turn = _TURNS.get(picture.rotation)
    return image if turn is None else np.asarray(cv2.rotate(image, turn), np.uint8)
