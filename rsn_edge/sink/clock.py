"""When a frame was taken and when its result left, in seconds on one clock."""

import time
from collections.abc import Callable
from fractions import Fraction

from rsn_edge.frame import Frame


class MediaClock:
    """Media time for sources that have it; else seconds since the first frame that this clock saw was taken."""

    def __init__(self, now_ns: Callable[[], int] = time.monotonic_ns) -> None:
        self._now_ns = now_ns
        self._start_ns: int | None = None

    def taken(self, frame: Frame) -> Fraction:
        """The exact time of the frame."""
        if self._start_ns is None:
            self._start_ns = frame.t_capture_ns
        return Fraction(frame.t_capture_ns - self._start_ns, 10**9) if frame.pts is None else frame.pts

    def taken_and_out(self, frame: Frame) -> tuple[float, float]:
        """The frame's time and the same plus what it has spent in the program until now, to the microsecond."""
        taken = float(self.taken(frame))
        return round(taken, 6), round(taken + (self._now_ns() - frame.t_capture_ns) / 1e9, 6)
