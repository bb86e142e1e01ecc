"""Names of output files."""

from pathlib import Path

import pytest

from rsn_edge.sink.files import OutputNames, stem_of
from tests.sink.crafted import frame


def test_an_output_is_named_after_its_source(tmp_path: Path) -> None:
    assert OutputNames(tmp_path, numbered=False).path_for(frame(0, "in/street.png"), ".jpg") == tmp_path / "street.jpg"


def test_equal_names_from_different_folders_stay_apart(tmp_path: Path) -> None:
    names = OutputNames(tmp_path, numbered=False)

    paths = [
        names.path_for(frame(0, source), ".jpg").name for source in ("a/1.jpg", "b/1.jpg", "c/b/1.jpg", "d/b/1.jpg")
    ]

    assert paths == ["1.jpg", "b_1.jpg", "1-2.jpg", "1-3.jpg"]


def test_frames_of_one_video_are_numbered(tmp_path: Path) -> None:
    names = OutputNames(tmp_path, numbered=True)

    assert names.path_for(frame(7, "clip.mp4"), ".jpg").name == "clip_000000000007.jpg"


def test_names_of_cameras_and_addresses_become_file_names(tmp_path: Path) -> None:
    names = OutputNames(tmp_path, numbered=True)

    assert names.path_for(frame(0, "camera 0"), ".jpg").name == "camera-0_000000000000.jpg"
    assert names.path_for(frame(0, "test://persons=3,size=4x4"), ".jpg").parent == tmp_path


def test_an_output_never_takes_the_place_of_a_source_that_is_still_to_come(tmp_path: Path) -> None:
    names = OutputNames(tmp_path, numbered=False, kept=[tmp_path / "a.bmp", tmp_path / "a.jpg"])

    path = names.path_for(frame(0, str(tmp_path / "a.bmp")), ".jpg")

    assert path == tmp_path / f"{tmp_path.name}_a.jpg"


@pytest.mark.parametrize(
    ("source", "stem"),
    [
        ("clips/street.avi", "street"),
        ("test://persons=2,frames=2", "test-persons-2-frames-2"),
        ("camera 0", "camera-0"),
    ],
)
def test_all_outputs_of_a_source_have_one_stem(source: str, stem: str, tmp_path: Path) -> None:
    assert stem_of(source) == stem
    assert OutputNames(tmp_path, numbered=True).path_for(frame(3, source), ".json").stem == f"{stem}_000000000003"
