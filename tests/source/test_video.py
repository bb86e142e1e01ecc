"""Frames of video files: times, rotation, damage."""

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from rsn_edge.errors import InputError
from rsn_edge.frame import Frame
from rsn_edge.source.protocol import SourceFacts
from rsn_edge.source.video import VideoSource
from tests.source.crafted import IRREGULAR_TIMES, turn_clip, write_clip

REGULAR_TIMES = [Fraction(n, 30) for n in range(90)]


def _read(path: Path) -> tuple[list[Frame], list[str]]:
    with VideoSource(path) as source:
        return list(source), source.skipped


@pytest.mark.parametrize("suffix", [".mp4", ".ts"])
def test_varying_times_are_exact(suffix: str, tmp_path: Path) -> None:
    frames, skipped = _read(write_clip(tmp_path / f"clip{suffix}", IRREGULAR_TIMES))

    assert [frame.pts - (frames[0].pts or 0) for frame in frames if frame.pts is not None] == list(IRREGULAR_TIMES)
    assert skipped == []


def test_frames_are_numbered_bgr_pictures_named_after_the_file(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "clip.mp4", REGULAR_TIMES[:5])

    frames, _ = _read(path)

    assert [(frame.index, frame.source, frame.size_hw) for frame in frames] == [
        (i, str(path), (48, 64)) for i in range(5)
    ]
    assert frames[0].image_bgr[1, 10].argmax() == 2
    assert frames[0].image_bgr.flags.c_contiguous


def test_facts_are_known_before_the_first_frame(tmp_path: Path) -> None:
    with VideoSource(write_clip(tmp_path / "clip.mp4", REGULAR_TIMES)) as source:
        assert source.facts == SourceFacts(source.facts.name, "video", 90, Fraction(30), source.facts.paths)


def test_a_turned_clip_comes_upright(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "clip.mp4", REGULAR_TIMES[:2])
    turn_clip(path)

    frames, _ = _read(path)

    assert frames[0].size_hw == (64, 48)
    assert frames[0].image_bgr[10, 25].argmax() == 2  # a quarter turn clockwise: what was left is on top
    assert frames[0].image_bgr[50, 25].max() < 40


@pytest.mark.parametrize("suffix", [".mp4", ".mkv"])
def test_a_video_that_breaks_off_keeps_its_frames_and_says_so(suffix: str, tmp_path: Path) -> None:
    path = write_clip(tmp_path / f"clip{suffix}", REGULAR_TIMES)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])

    frames, skipped = _read(path)

    assert 20 < len(frames) < 70
    assert len(skipped) == 1
    assert f"{len(frames)} frames of it could be used" in skipped[0]


def test_damage_in_the_middle_is_passed_over_and_said(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "clip.mp4", REGULAR_TIMES)
    content = bytearray(path.read_bytes())
    middle = len(content) * 2 // 3
    content[middle : middle + 400] = np.random.default_rng(0).bytes(400)
    path.write_bytes(content)

    frames, skipped = _read(path)

    assert frames[-1].pts == REGULAR_TIMES[-1]
    assert len(skipped) == 1


@pytest.mark.parametrize(
    "content", [b"text that is no video\n" * 50, bytes(range(256)) * 20], ids=["text", "other bytes"]
)
@pytest.mark.parametrize("name", ["clip.mp4", "notes.txt", "picture.jpg"])
def test_what_is_no_video_is_one_sentence(name: str, content: bytes, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(content)

    with pytest.raises(InputError, match=f"{name} is neither a picture nor a video"):
        VideoSource(tmp_path / name)


def test_a_video_without_any_frame_is_an_error(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "clip.mp4", REGULAR_TIMES)
    content = path.read_bytes()
    path.write_bytes(content[: content.index(b"mdat") + 4])  # the index is whole, the pictures are gone

    with VideoSource(path) as source, pytest.raises(InputError, match="gave no frame"):
        list(source)


def test_a_colon_in_a_name_is_no_protocol(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_clip(tmp_path / "clip.mp4", REGULAR_TIMES[:2]).rename(tmp_path / "12:30.mp4")
    monkeypatch.chdir(tmp_path)

    assert len(_read(Path("12:30.mp4"))[0]) == 2


class _Unreadable:
    """A container whose very first packet cannot be read."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    def demux(self, stream: Any) -> Iterator[Any]:
        yield from map(self._fail, [stream])

    def _fail(self, stream: Any) -> Any:
        raise self._error

    def close(self) -> None:
        pass


@pytest.mark.parametrize("error", [av.error.InvalidDataError(1, "Invalid data"), IndexError()], ids=["data", "stream"])
def test_a_file_whose_first_packet_cannot_be_read_is_an_error(
    error: Exception, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with VideoSource(write_clip(tmp_path / "clip.mp4", REGULAR_TIMES[:2])) as source:
        source._container.close()
        monkeypatch.setattr(source, "_container", _Unreadable(error))

        with pytest.raises(InputError, match="gave no frame"):
            list(source)


def test_notes_in_another_encoding_do_not_matter(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "clip.mkv", REGULAR_TIMES[:2])
    path.write_bytes(path.read_bytes().replace(b"Lavf", b"L\xe4vf"))

    assert len(_read(path)[0]) == 2


@pytest.mark.parametrize(("suffix", "coding"), [(".mp4", b"avc1"), (".mkv", b"MPEG4/ISO/AVC")], ids=["mp4", "matroska"])
def test_an_unknown_coding_is_one_sentence(suffix: str, coding: bytes, tmp_path: Path) -> None:
    path = write_clip(tmp_path / f"clip{suffix}", REGULAR_TIMES[:2])
    path.write_bytes(path.read_bytes().replace(coding, b"X" * len(coding)))

    with pytest.raises(InputError, match="a coding that PyAV does not know"):
        VideoSource(path)


def test_an_index_that_is_cut_off_is_said_so(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "clip.mov", REGULAR_TIMES)  # its index lies at the end
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])

    with pytest.raises(InputError, match=r"cut off, damaged .*Copy it once more"):
        VideoSource(path)
