"""Frames of a camera at this machine."""

import re
import time
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any, Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from rsn_edge.errors import InputError, SourceError, SourceTimeout
from rsn_edge.frame import Frame
from rsn_edge.source.decode import quiet_opencv
from rsn_edge.source.protocol import SourceFacts

DEVICES = Path("/dev")
_PAUSE_S = 0.01  # between two attempts at a camera that says at once that it has no picture


class Capture(Protocol):
    """What is used of cv2.VideoCapture; a test passes its own."""

    def isOpened(self) -> bool: ...  # noqa: D102, N802 - OpenCV's name
    def read(self) -> tuple[bool, Any]: ...  # noqa: D102
    def get(self, propId: int) -> float: ...  # noqa: D102, N803 - OpenCV's name
    def release(self) -> None: ...  # noqa: D102


class CameraSource:
    """The camera behind a device file such as /dev/video0, until somebody stops.

    Frames carry the monotonic time at which they arrived and no media time. A camera that stays silent for
    `timeout_s` ends the iteration with SourceTimeout, one that was unplugged with SourceError.
    """

    skipped = ()  # a camera has no frames that could be known to be missing

    def __init__(
        self, device: Path, timeout_s: float = 10.0, open_capture: Callable[[int], Capture] = cv2.VideoCapture
    ) -> None:
        self._device = device
        self._timeout_s = timeout_s
        self._capture = _open(device, open_capture)
        rate = self._capture.get(cv2.CAP_PROP_FPS)
        name = f"camera {_number(device)}"
        self.facts = SourceFacts(name, "camera", rate=Fraction(rate).limit_denominator(1001) if rate > 0 else None)

    def __enter__(self) -> "CameraSource":
        return self

    def __exit__(self, *_: object) -> None:
        self._capture.release()

    def __iter__(self) -> Iterator[Frame]:
        index = 0
        while True:
            image = self._next_image()
            yield Frame(image, index, time.monotonic_ns(), source=self.facts.name)
            index += 1

    def _next_image(self) -> NDArray[np.uint8]:
        deadline = time.monotonic() + self._timeout_s
        while True:
            with quiet_opencv():
                arrived, image = self._capture.read()
            if arrived and image is not None:
                return np.asarray(image, np.uint8)
            if not self._device.exists():
                raise SourceError(f"{self.facts.name} ({self._device}) was unplugged", "Plug it in and start again.")
            if time.monotonic() >= deadline:
                raise SourceTimeout(
                    f"{self.facts.name} ({self._device}) gave no picture for {self._timeout_s:g} seconds",
                    "Plug it in anew, or try another USB port.",
                )
            time.sleep(_PAUSE_S)


def _open(device: Path, open_capture: Callable[[int], Capture]) -> Capture:
    if not device.exists():
        present = sorted(device.parent.glob("video*"), key=lambda path: (len(path.name), path.name))
        there = ", ".join(map(str, present))
        raise InputError(
            f"there is no camera at {device}", f"This machine has {there}." if there else "This machine has no camera."
        )
    with quiet_opencv():
        capture = open_capture(_number(device))
    if not capture.isOpened():
        capture.release()
        raise InputError(
            f"{device} could not be opened as a camera",
            "Another program may be using it, it may be no camera, or you may not be in the group 'video' "
            "(sudo usermod -aG video $USER).",
        )
    return capture


def _number(device: Path) -> int:
    """N of /dev/videoN, also through a link such as those in /dev/v4l/by-id."""
    found = re.fullmatch(r"video(\d+)", device.resolve().name)
    if found is None:
        raise InputError(f"{device} is no camera", "Cameras are /dev/video0, /dev/video1 and so on.")
    return int(found.group(1))
