"""The times of a frame."""

from fractions import Fraction

from rsn_edge.sink.lines import MediaClock
from tests.sink.crafted import SECOND, frame


def test_media_time_counts_where_there_is_one() -> None:
    clock = MediaClock(now_ns=lambda: 112 * SECOND + SECOND // 4)

    assert clock.taken_and_out(frame(12, pts=Fraction(1, 3))) == (0.333333, 0.583333)


def test_without_media_time_the_first_frame_is_zero() -> None:
    clock = MediaClock(now_ns=lambda: 103 * SECOND)

    assert clock.taken_and_out(frame(1)) == (0.0, 2.0)
    assert clock.taken_and_out(frame(3)) == (2.0, 2.0)


def test_the_time_of_a_frame_is_exact() -> None:
    assert MediaClock().taken(frame(pts=Fraction(1001, 30000))) == Fraction(1001, 30000)
