"""Pictures of a list, one after the other."""

from pathlib import Path

import pytest

from rsn_edge.errors import InputError
from rsn_edge.source.pictures import PicturesSource
from tests.source.crafted import ANIMATED_GIF, encoded, red_left


def _good(path: Path) -> Path:
    path.write_bytes(encoded(red_left(), path.suffix))
    return path


def _bad(path: Path) -> Path:
    path.write_bytes(b"not a picture at all")
    return path


def test_frames_carry_place_and_path_and_no_media_time(tmp_path: Path) -> None:
    paths = [_good(tmp_path / "a.png"), _good(tmp_path / "b.png")]

    with PicturesSource(paths, "two") as source:
        frames = list(source)

    assert [(frame.index, frame.source, frame.pts) for frame in frames] == [
        (0, str(paths[0]), None),
        (1, str(paths[1]), None),
    ]
    assert frames[0].t_capture_ns > 0
    assert (source.facts.name, source.facts.kind, source.facts.frames) == ("two", "pictures", 2)


def test_a_broken_picture_does_not_stop_the_others(tmp_path: Path) -> None:
    paths = [_good(tmp_path / "a.png"), _bad(tmp_path / "b.png"), _good(tmp_path / "c.png")]

    source = PicturesSource(paths, "three")

    assert [frame.index for frame in source] == [0, 2]
    assert len(source.skipped) == 1
    assert "b.png" in source.skipped[0]


def test_a_single_broken_picture_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"a\.png is not a picture"):
        list(PicturesSource([_bad(tmp_path / "a.png")], "one"))


def test_only_broken_pictures_are_an_error_after_all_were_tried(tmp_path: Path) -> None:
    source = PicturesSource([_bad(tmp_path / "a.png"), _bad(tmp_path / "b.png")], "both")

    with pytest.raises(InputError, match="none of the 2 pictures of both"):
        list(source)

    assert len(source.skipped) == 2


def test_an_animation_says_that_its_other_pictures_are_left_out(tmp_path: Path) -> None:
    (tmp_path / "a.gif").write_bytes(ANIMATED_GIF)

    source = PicturesSource([tmp_path / "a.gif"], "one")

    assert len(list(source)) == 1
    assert "only its first picture" in source.skipped[0]
