"""Growing files: part names, leftovers, clean and unclean ends."""

import os
import stat
from contextlib import suppress
from pathlib import Path

import pytest

from rsn_edge.artefact.writing import GrowingFile, leftover_part
from rsn_edge.errors import InputError, OutputError


def test_a_file_has_its_name_only_after_the_end(tmp_path: Path) -> None:
    with GrowingFile(tmp_path / "a.txt", header=b"head\n") as file:
        file.append(b"one\n")
        assert (tmp_path / "a.part.txt").read_bytes() == b"head\none\n"
        assert not (tmp_path / "a.txt").exists()

    assert (tmp_path / "a.txt").read_bytes() == b"head\none\n"
    assert not (tmp_path / "a.part.txt").exists()


@pytest.mark.parametrize("end", [KeyboardInterrupt(), InputError("the camera is gone")], ids=["Ctrl-C", "source"])
def test_an_end_that_is_not_its_own_fault_finishes_it(end: BaseException, tmp_path: Path) -> None:
    with suppress(type(end)), GrowingFile(tmp_path / "a.txt") as file:
        file.append(b"one\n")
        raise end

    assert file.written == [tmp_path / "a.txt"]


def test_an_error_before_the_first_record_leaves_an_older_file_alone(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(b"older\n")

    with pytest.raises(InputError), GrowingFile(tmp_path / "a.txt", header=b"head\n"):
        raise InputError("no such camera")

    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [("a.txt", b"older\n")]


def test_an_empty_record_is_a_record(tmp_path: Path) -> None:
    with suppress(KeyboardInterrupt), GrowingFile(tmp_path / "a.txt", header=b"head\n") as file:
        file.append(b"")
        raise KeyboardInterrupt

    assert (tmp_path / "a.txt").read_bytes() == b"head\n"


def test_a_second_run_for_the_same_name_is_refused_and_disturbs_nothing(tmp_path: Path) -> None:
    with GrowingFile(tmp_path / "a.txt") as first:
        first.append(b"one\n")
        with pytest.raises(OutputError, match=r"another run is writing .*a\.part\.txt"):
            GrowingFile(tmp_path / "a.txt").__enter__()
        first.append(b"two\n")

    assert (tmp_path / "a.txt").read_bytes() == b"one\ntwo\n"


def test_a_pipe_is_refused_and_stays_a_pipe(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")

    with pytest.raises(OutputError, match="is a device or a pipe"), GrowingFile(tmp_path / "pipe"):
        pass

    assert stat.S_ISFIFO((tmp_path / "pipe").stat().st_mode)


def test_a_link_is_kept_and_its_file_replaced(tmp_path: Path) -> None:
    (tmp_path / "kept").mkdir()
    (tmp_path / "a.txt").symlink_to(tmp_path / "kept" / "b.txt")

    with GrowingFile(tmp_path / "a.txt") as file:
        file.append(b"one\n")

    assert (tmp_path / "a.txt").is_symlink()
    assert (tmp_path / "kept" / "b.txt").read_bytes() == b"one\n"


def test_what_a_killed_run_left_is_moved_aside_and_told(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "a.part.txt").write_bytes(b"precious\n")
    (tmp_path / "a.part-1.txt").write_bytes(b"older still\n")

    with GrowingFile(tmp_path / "a.txt") as file:
        file.append(b"new\n")

    assert (tmp_path / "a.part-2.txt").read_bytes() == b"precious\n"
    (note,) = caplog.messages
    assert note.startswith(f"An earlier run for {tmp_path / 'a.txt'} was cut off")
    assert note.endswith(f"now lies in {tmp_path / 'a.part-2.txt'}")


def test_no_leftover_or_an_empty_one_is_not_worth_a_word(tmp_path: Path) -> None:
    (tmp_path / "a.part.txt").touch()

    assert leftover_part(tmp_path / "a.txt") is None
    assert leftover_part(tmp_path / "b.txt") is None


def test_a_folder_of_that_name_is_said_before_the_run(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="is a folder"), GrowingFile(tmp_path):
        pass


def test_a_place_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("a file is in the way")

    with pytest.raises(OutputError, match="out is a file, not a folder"), GrowingFile(tmp_path / "out" / "a.txt"):
        pass
