"""Overlay videos: times, sizes, colours, fragments."""

from contextlib import suppress
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from rsn_edge.errors import OutputError
from rsn_edge.frame import Frame
from rsn_edge.sink.video import VideoSink
from rsn_edge.skeleton import COCO17
from rsn_edge.source.video import VideoSource
from tests.sink.crafted import THRESHOLD, frame, nobody
from tests.source.crafted import IRREGULAR_TIMES


def _written(path: Path, frames: list[Frame], rate: Fraction | None = None) -> list[Frame]:
    with VideoSink(path, COCO17, THRESHOLD, rate) as sink:
        for one in frames:
            sink.write(one, nobody())
    with VideoSource(path) as source:
        return list(source)


@pytest.mark.parametrize("suffix", [".mp4", ".mov", ".m4v", ".ts"])
def test_varying_times_are_kept(suffix: str, tmp_path: Path) -> None:
    frames = [frame(i, pts=time) for i, time in enumerate(IRREGULAR_TIMES)]

    read = _written(tmp_path / f"out{suffix}", frames)

    assert [one.pts for one in read] == list(IRREGULAR_TIMES)


@pytest.mark.parametrize("rate", [Fraction(24000, 1001), Fraction(30000, 1001), Fraction(25), Fraction(12)], ids=str)
def test_times_of_usual_rates_are_exact(rate: Fraction, tmp_path: Path) -> None:
    read = _written(tmp_path / "out.mp4", [frame(i, pts=i / rate) for i in range(8)], rate)

    assert [one.pts for one in read] == [i / rate for i in range(8)]


def test_a_clip_may_start_late(tmp_path: Path) -> None:
    read = _written(tmp_path / "out.mp4", [frame(i, pts=Fraction(7, 5) + i) for i in range(3)])

    assert [one.pts for one in read] == [Fraction(7, 5) + i for i in range(3)]


def test_frames_without_media_time_get_the_time_of_their_capture(tmp_path: Path) -> None:
    read = _written(tmp_path / "out.mp4", [frame(i) for i in (2, 3, 5)])

    assert [one.pts for one in read] == [0, 1, 3]


def test_times_that_do_not_rise_are_moved_and_no_frame_is_lost(tmp_path: Path) -> None:
    read = _written(
        tmp_path / "out.mp4", [frame(i, pts=time) for i, time in enumerate((Fraction(1), Fraction(1), Fraction(0)))]
    )

    assert [float(one.pts or 0) for one in read] == pytest.approx([1, 1, 1], abs=1e-4)


def test_matroska_and_avi_are_written_too(tmp_path: Path) -> None:
    frames = [frame(i, pts=Fraction(i, 10)) for i in range(5)]

    assert [one.pts for one in _written(tmp_path / "out.mkv", frames)] == [Fraction(i, 10) for i in range(5)]
    assert len(_written(tmp_path / "out.avi", frames, Fraction(10))) == 5


@pytest.mark.parametrize("size_hw", [(1, 1), (49, 65), (48, 65)], ids=str)
def test_odd_sizes_are_made_even_by_repeating_the_edge(size_hw: tuple[int, int], tmp_path: Path) -> None:
    (read,) = _written(tmp_path / "out.mp4", [frame(size_hw=size_hw, grey=200)])

    assert read.size_hw == (size_hw[0] + size_hw[0] % 2, size_hw[1] + size_hw[1] % 2)
    assert np.abs(read.image_bgr.astype(int) - 200).max() <= 2


def test_frames_of_another_size_are_letterboxed(tmp_path: Path) -> None:
    frames = [frame(0, pts=Fraction(0), size_hw=(48, 64)), frame(1, pts=Fraction(1), size_hw=(96, 64), grey=200)]

    read = _written(tmp_path / "out.mp4", frames)

    assert [one.size_hw for one in read] == [(48, 64), (48, 64)]
    assert read[1].image_bgr[24, 32].min() > 190
    assert read[1].image_bgr[24, 4].max() < 20


def test_colours_come_back_as_they_went_in(tmp_path: Path) -> None:
    colours = np.array([[0, 0, 255], [0, 255, 0], [255, 0, 0], [255, 255, 255], [30, 120, 200]], np.uint8)
    image = np.repeat(np.repeat(colours[None], 48, axis=0), 16, axis=1)

    (read,) = _written(tmp_path / "out.mp4", [Frame(np.ascontiguousarray(image), pts=Fraction(0))])

    assert np.abs(read.image_bgr[24, 8::16].astype(int) - colours).max() <= 8


def test_the_stream_says_which_colours_it_holds(tmp_path: Path) -> None:
    import av

    _written(tmp_path / "out.mp4", [frame()])

    with av.open(str(tmp_path / "out.mp4")) as container:
        codec = container.streams.video[0].codec_context
        assert (codec.colorspace, codec.color_primaries, codec.color_trc, codec.color_range) == (6, 6, 6, 1)


def test_a_fragment_ends_after_a_second_of_media_time(tmp_path: Path) -> None:
    import av

    times = [Fraction(n, 10) for n in (0, 1, 2, 11, 12, 13, 20, 21, 30)]
    _written(tmp_path / "out.mp4", [frame(i, pts=time) for i, time in enumerate(times)], Fraction(30))

    with av.open(str(tmp_path / "out.mp4")) as container:
        keys = [picture.pts * picture.time_base for picture in container.decode(video=0) if picture.key_frame]

    assert [float(key) for key in keys] == [0, 1.1, 2.1]


def test_the_name_comes_at_the_end_also_after_an_interrupt(tmp_path: Path) -> None:
    sink = VideoSink(tmp_path / "out.mp4", COCO17, THRESHOLD)

    with suppress(KeyboardInterrupt), sink:
        sink.write(frame(), nobody())
        assert sink.written == []
        raise KeyboardInterrupt

    assert sink.written == [tmp_path / "out.mp4"]
    assert list(tmp_path.iterdir()) == [tmp_path / "out.mp4"]


def test_no_frame_leaves_no_file(tmp_path: Path) -> None:
    with VideoSink(tmp_path / "out.mp4", COCO17, THRESHOLD) as sink:
        pass

    assert sink.written == []
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["out.gif", "out.webm", "out"])
def test_a_suffix_that_says_no_video_is_refused_with_those_that_do(name: str) -> None:
    with pytest.raises(OutputError, match=r"Known are \.mp4, "):
        VideoSink(Path(name), COCO17, THRESHOLD)
