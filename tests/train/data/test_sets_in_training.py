"""Sets in a whole training: MPII's files, a picture that cannot be read, a disk that fills up."""

from pathlib import Path

from click.testing import CliRunner, Result

from rsn_edge.errors import OutputError
from rsn_edge.skeleton import COCO17
from tests.full_disk import largest_file
from tests.mpii_files import PEOPLE, write_list
from train.command import train
from train.data.keypoint_set import synthetic_set


def _train(folder: Path, data: object, *more: str) -> Result:
    usual = ["--input", "64x64", "--batch", "4", "--epochs", "2", "--threads", "1", "--no-amp"]
    places = ["--data", str(data), "--out", str(folder / "run"), "--cache", str(folder / "cache")]
    return CliRunner().invoke(train, [*places, *usual, *more])


def test_mpii_is_trained_on_and_validated_with(tmp_path: Path) -> None:
    people = write_list(tmp_path / "train.json", PEOPLE)

    done = _train(tmp_path, people, "--val", str(people), "--skeleton", "mpii16")

    assert done.exit_code == 0, done.exception
    assert "3 persons to train on" in done.stderr
    assert (tmp_path / "run" / "rsn-nano.safetensors").is_file()


def test_a_picture_that_cannot_be_read_costs_its_persons_only_and_the_same_ones_after_a_break(tmp_path: Path) -> None:
    annotations, images = synthetic_set(tmp_path / "drawn", 32, 5, COCO17)
    (images / "000003.png").write_bytes(b"no picture")

    first = _train(tmp_path, annotations, "--epochs", "0.1")
    second = _train(tmp_path, annotations, "--epochs", "0.2", "--resume")

    assert (first.exit_code, second.exit_code) == (0, 0)
    assert "persons are left out, because these pictures cannot be read: 000003.png" in first.stderr
    assert "Goes on after step" in second.stderr


def test_a_full_disk_ends_a_training_with_one_sentence_and_its_last_good_state(tmp_path: Path) -> None:
    assert _train(tmp_path, "synthetic:4").exit_code == 0
    (state,) = (tmp_path / "run").glob("state-*.pt")
    content, files = state.read_bytes(), sorted((tmp_path / "run").iterdir())

    with largest_file(len(content) // 2):
        done = _train(tmp_path, "synthetic:4", "--resume", "--epochs", "4", "--save-minutes", "0")

    assert isinstance(done.exception, OutputError)
    assert ".pt could not be written: File too large" in str(done.exception)
    assert sorted((tmp_path / "run").iterdir()) == files
    assert state.read_bytes() == content
