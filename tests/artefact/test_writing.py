"""Files are whole or absent, an older file survives a failure, and a growing file says that it grows."""

import os
import stat
from pathlib import Path

import pytest

from rsn_edge.artefact.writing import finish_part, part_path, whole_file, write_bytes, write_text
from rsn_edge.errors import OutputError


def _names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_file_appears_with_its_content(tmp_path: Path) -> None:
    write_bytes(tmp_path / "model.onnx", b"\x00\x01")
    assert (tmp_path / "model.onnx").read_bytes() == b"\x00\x01"
    assert _names(tmp_path) == ["model.onnx"]


def test_text_is_written_as_utf8(tmp_path: Path) -> None:
    write_text(tmp_path / "größe.json", "2 × 3\n")
    assert (tmp_path / "größe.json").read_bytes() == "2 × 3\n".encode()


def test_the_folder_is_made(tmp_path: Path) -> None:
    write_text(tmp_path / "new" / "deep" / "file.txt", "here")
    assert (tmp_path / "new" / "deep" / "file.txt").read_text(encoding="utf-8") == "here"


def test_nothing_has_the_name_before_the_block_ends(tmp_path: Path) -> None:
    with whole_file(tmp_path / "file.bin") as temporary:
        temporary.write_bytes(b"half")
        assert not (tmp_path / "file.bin").exists()
    assert (tmp_path / "file.bin").read_bytes() == b"half"


def test_the_temporary_file_keeps_the_suffix(tmp_path: Path) -> None:
    with whole_file(tmp_path / "clip.mp4") as temporary:
        assert (temporary.parent, temporary.suffix) == (tmp_path, ".mp4")


def _interrupted(path: Path) -> None:
    with whole_file(path) as temporary:
        temporary.write_bytes(b"half")
        raise KeyboardInterrupt


def test_after_an_interrupt_nothing_is_left(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        _interrupted(tmp_path / "file.bin")
    assert _names(tmp_path) == []


def test_after_an_interrupt_the_older_file_is_untouched(tmp_path: Path) -> None:
    write_bytes(tmp_path / "file.bin", b"old")
    with pytest.raises(KeyboardInterrupt):
        _interrupted(tmp_path / "file.bin")
    assert (tmp_path / "file.bin").read_bytes() == b"old"


def test_a_file_replaces_an_older_one(tmp_path: Path) -> None:
    write_text(tmp_path / "file.txt", "old and long")
    write_text(tmp_path / "file.txt", "new")
    assert (tmp_path / "file.txt").read_text(encoding="utf-8") == "new"


def test_others_may_read_what_the_umask_lets_them(tmp_path: Path) -> None:
    before = os.umask(0o022)
    try:
        write_text(tmp_path / "file.txt", "public")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "file.txt").stat().st_mode) == 0o644


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("file/below", r"below could not be written: .*file is a file, not a folder\. Choose another place"),
        ("folder", r"folder is a folder, and a file is to be written\. Name a file in it"),
    ],
    ids=["a-file-as-folder", "a-folder-as-file"],
)
def test_a_place_that_cannot_be_written_is_named(name: str, sentence: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    (tmp_path / "folder").mkdir()
    with pytest.raises(OutputError, match=sentence):
        write_text(tmp_path / name, "text")


def test_a_pipe_is_refused_and_stays_a_pipe(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")

    with pytest.raises(OutputError, match="is a device or a pipe"):
        write_text(tmp_path / "pipe", "lost")

    assert stat.S_ISFIFO((tmp_path / "pipe").stat().st_mode)


def test_a_link_is_kept_and_its_file_replaced(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "real")

    write_text(tmp_path / "link", "new")

    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real").read_text() == "new"


def test_an_os_error_inside_the_block_names_the_file(tmp_path: Path) -> None:
    with (
        pytest.raises(OutputError, match=r"file\.bin could not be written: No space left"),
        whole_file(tmp_path / "file.bin"),
    ):
        raise OSError(28, "No space left on device")
    assert _names(tmp_path) == []


@pytest.mark.parametrize(
    ("name", "part"),
    [("run.jsonl", "run.part.jsonl"), ("a.b.mp4", "a.b.part.mp4"), ("plain", "plain.part")],
)
def test_a_growing_file_says_so_in_its_name(name: str, part: str) -> None:
    assert part_path(Path("out") / name) == Path("out") / part


def test_a_finished_part_takes_the_final_name(tmp_path: Path) -> None:
    part_path(tmp_path / "run.jsonl").write_text("{}\n", encoding="utf-8")
    finish_part(tmp_path / "run.jsonl")
    assert _names(tmp_path) == ["run.jsonl"]


def test_a_part_that_is_gone_is_an_output_error(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"run\.jsonl could not be written"):
        finish_part(tmp_path / "run.jsonl")
