"""OpenCV without its own remarks on the terminal: what a user must know, we say in our words."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import cv2

_SILENT = 0


@contextmanager
def quiet_opencv() -> Iterator[None]:
    """Inside the block OpenCV's log is silent; its level is put back afterwards."""
    log: Any = getattr(cv2.utils, "logging", cv2)  # OpenCV 5 has it there, OpenCV 4 at the top
    level = log.getLogLevel()
    log.setLogLevel(_SILENT)
    try:
        yield
    finally:
        log.setLogLevel(level)
