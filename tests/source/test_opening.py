"""What a user names becomes the right source."""

from fractions import Fraction
from pathlib import Path

import pytest

from rsn_edge.errors import InputError
from rsn_edge.source.decode import read_picture
from rsn_edge.source.drawn import DrawnSource
from rsn_edge.source.opening import SAMPLE, open_source, open_sources
from rsn_edge.source.pictures import PicturesSource
from rsn_edge.source.video import VideoSource
from tests.source.crafted import encoded, red_left, write_clip


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("img10.png", "img2.png", "B.PNG", ".hidden.png"):
        (tmp_path / name).write_bytes(encoded(red_left(), ".png"))
    (tmp_path / "notes.txt").write_text("no picture")
    (tmp_path / "below").mkdir()
    (tmp_path / "below" / "deep.png").write_bytes(encoded(red_left(), ".png"))
    return tmp_path


def _names(*uris: str) -> list[str]:
    return [Path(frame.source).name for frame in open_sources(uris)]


def test_sample_is_a_picture_that_is_always_there() -> None:
    with open_source("sample") as source:
        (frame,) = source

    assert (frame.source, frame.size_hw) == ("sample.jpg", read_picture(SAMPLE).shape[:2])


def test_a_folder_gives_its_pictures_in_counting_order(folder: Path) -> None:
    source = open_source(str(folder))

    assert [Path(frame.source).name for frame in source] == ["B.PNG", "img2.png", "img10.png"]
    assert source.facts.frames == 3


def test_a_folder_without_pictures_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"there is no picture in .*\.jpg, "):
        open_source(str(tmp_path))


def test_a_glob_gives_the_pictures_that_match(folder: Path) -> None:
    assert _names(str(folder / "img*")) == ["img2.png", "img10.png"]
    assert _names(str(folder / "**/deep.*")) == ["deep.png"]


def test_a_glob_that_matches_one_video_opens_it(tmp_path: Path) -> None:
    write_clip(tmp_path / "clip.mp4", [Fraction(0)])

    assert isinstance(open_source(str(tmp_path / "*.mp4")), VideoSource)


@pytest.mark.parametrize(
    ("name", "says"),
    [("*.gif", "no file matches"), ("none.jpg", "there is no file or folder"), ("*.txt", "none of the 2 files")],
)
def test_what_matches_nothing_is_one_sentence(name: str, says: str, folder: Path) -> None:
    (folder / "more.txt").write_text("no picture either")

    with pytest.raises(InputError, match=says):
        open_source(str(folder / name))


def test_a_file_is_judged_by_content_and_not_by_suffix(tmp_path: Path) -> None:
    (tmp_path / "picture.mp4").write_bytes(encoded(red_left(), ".jpg"))
    write_clip(tmp_path / "clip.mkv", [Fraction(0)]).rename(tmp_path / "video.jpg")

    assert isinstance(open_source(str(tmp_path / "picture.mp4")), PicturesSource)
    assert isinstance(open_source(str(tmp_path / "video.jpg")), VideoSource)


@pytest.mark.parametrize(("content", "says"), [(b"", "is empty"), (b"text\n" * 99, "neither a picture nor a video")])
def test_a_file_that_is_nothing_is_one_sentence(content: bytes, says: str, tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(content)

    with pytest.raises(InputError, match=says):
        open_source(str(tmp_path / "a.jpg"))


def test_several_pictures_folders_and_globs_are_one_source_with_each_picture_once(folder: Path) -> None:
    first = str(folder / "img10.png")

    assert _names(first, str(folder), str(folder / "below/*.png")) == ["img10.png", "B.PNG", "img2.png", "deep.png"]


def test_a_broken_picture_among_several_does_not_stop_the_others(folder: Path) -> None:
    (folder / "broken.jpg").write_text("no picture")

    assert _names(str(folder / "broken.jpg"), str(folder / "img2.png")) == ["img2.png"]


@pytest.mark.parametrize(
    ("other", "name"),
    [
        ("clip.mp4", "clip.mp4"),
        ("*.mp4", "clip.mp4"),
        ("test://persons=1", "test://persons=1"),
    ],
)
def test_a_video_or_camera_stands_alone(other: str, name: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    write_clip(folder / "clip.mp4", [Fraction(0)])

    with pytest.raises(InputError, match=rf"^{name} cannot be run together with other sources\. Only pictures"):
        open_sources(["img2.png", other])


@pytest.mark.parametrize(
    ("other", "says"),
    [
        ("notes.txt", "notes.txt is neither a picture nor a video"),
        ("empty", "empty is empty"),
        ("bare", "there is no picture in bare"),
        ("*.txt", "none of the 2 files that match"),
    ],
)
def test_what_is_no_picture_among_several_is_left_out_and_named(
    other: str, says: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)
    (folder / "empty").touch()
    (folder / "bare").mkdir()
    (folder / "more.txt").write_text("no picture either")

    source = open_sources(["img2.png", other, "B.PNG"])

    assert [frame.source for frame in source] == ["img2.png", "B.PNG"]
    assert (source.facts.frames, len(source.skipped)) == (2, 1)
    assert says in source.skipped[0]


def test_several_sources_without_any_picture_are_one_sentence(folder: Path) -> None:
    (folder / "more.txt").write_text("no picture either")

    with pytest.raises(
        InputError, match=r"none of the 2 sources is a picture\. First: .*notes\.txt is neither a picture"
    ):
        open_sources([str(folder / "notes.txt"), str(folder / "more.txt")])


def test_a_name_that_is_not_there_is_not_left_out(folder: Path) -> None:
    with pytest.raises(InputError, match="there is no file or folder"):
        open_sources([str(folder / "img2.png"), str(folder / "img3.png")])


def test_drawn_figures_have_an_address() -> None:
    assert isinstance(open_source("test://persons=3"), DrawnSource)


@pytest.mark.parametrize("uri", ["/dev/video97", "97"])
def test_a_camera_that_is_not_there_is_one_sentence(uri: str) -> None:
    with pytest.raises(InputError, match="there is no camera at /dev/video97"):
        open_source(uri)


@pytest.mark.parametrize(
    ("uri", "kind"),
    [
        ("rtsp://user:secret@10.0.0.7/live", "rtsp:// addresses"),
        ("http://user:secret@10.0.0.7/live", "http:// addresses"),
        ("csi://0", "csi:// addresses"),
        ("chaos://drop", "chaos:// addresses"),
        ("gst:videotestsrc ! appsink", "GStreamer pipelines"),
        ("cameras.streams", ".streams lists"),
        ("-", "standard input"),
    ],
)
@pytest.mark.parametrize("together", [False, True], ids=["alone", "with others"])
def test_what_is_still_to_come_is_said_without_the_address(uri: str, kind: str, together: bool) -> None:
    with pytest.raises(InputError) as caught:
        open_sources(["sample", uri] if together else [uri])

    assert f"cannot read {kind} yet" in str(caught.value)
    assert "secret" not in str(caught.value)
