"""`rsn-edge train` as a user calls it."""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from click.testing import CliRunner

from rsn_edge.artefact.checkpoint import Checkpoint, read_checkpoint, write_checkpoint
from rsn_edge.errors import RsnEdgeError
from rsn_edge.network.build import state_shapes
from rsn_edge.skeleton import COCO17
from rsn_edge.spec import DETECTORS
from tests.program import ROOT, rsn_edge
from tests.seeded_weights import fill
from train.command import train
from train.data.keypoint_set import synthetic_set

USUAL = ["--data", "synthetic:6", "--input", "64x64", "--batch", "4", "--epochs", "4", "--threads", "1"]


def _arguments(folder: Path, *more: str) -> list[str]:
    return ["train", *USUAL, "--out", str(folder / "run"), "--cache", str(folder / "cache"), *more]


def _train(folder: Path, *more: str) -> "subprocess.CompletedProcess[str]":
    return rsn_edge(*_arguments(folder, *more))


def _interrupted(folder: Path, number: signal.Signals) -> int:
    """Exit code of a training that gets the signal once it has saved two states."""
    command = [sys.executable, str(ROOT / "cli.py"), *_arguments(folder, "--save-minutes", "0")]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL) as process:
        while len(list((folder / "run").glob("state-*.pt"))) < 2 and process.poll() is None:
            time.sleep(0.02)
        process.send_signal(number)
        return process.wait(timeout=60)


@pytest.fixture(name="undisturbed", scope="module")
def _undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("undisturbed")
    done = _train(folder, "--val", "synthetic:3")
    assert done.returncode == 0, done.stderr
    assert done.stdout == f"rsn-edge export {folder / 'run' / 'rsn-nano.safetensors'}\n"
    return folder


def test_a_training_leaves_what_one_wants_to_see(undisturbed: Path) -> None:
    names = {path.name for path in (undisturbed / "run").iterdir()}

    assert names >= {"rsn-nano.safetensors", "best.safetensors", "curve.csv", "sheet.jpg"}
    assert names >= {"tensorboard", "curve.png", "worst.jpg"}
    header = (undisturbed / "run" / "curve.csv").read_text().splitlines()[0]
    assert "AP synthetic" in header
    assert "PCK@0.2 synthetic" in header


@pytest.mark.parametrize(("number", "code"), [(signal.SIGKILL, -9), (signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_an_interrupted_training_ends_as_the_undisturbed_one(
    undisturbed: Path, tmp_path: Path, number: signal.Signals, code: int
) -> None:
    (tmp_path / "cache").symlink_to(undisturbed / "cache")
    assert _interrupted(tmp_path, number) == code

    done = _train(tmp_path, "--resume")

    assert done.returncode == 0
    assert "Goes on after step" in done.stderr
    trained, whole = (read_checkpoint(folder / "run" / "rsn-nano.safetensors") for folder in (tmp_path, undisturbed))
    assert trained.weights_sha256 == whole.weights_sha256


def test_a_folder_that_holds_a_run_is_refused(undisturbed: Path) -> None:
    done = _train(undisturbed)

    assert done.returncode == 1
    assert "holds a training already. Go on with it (--resume) or choose another --out." in done.stderr


def test_a_run_does_not_change_its_options(undisturbed: Path) -> None:
    done = _train(undisturbed, "--resume", "--seed", "5")

    assert done.returncode == 1
    assert "seed 0 instead of 5" in done.stderr


def test_a_finished_network_is_a_start(undisturbed: Path, tmp_path: Path) -> None:
    start = str(undisturbed / "run" / "rsn-nano.safetensors")
    (tmp_path / "cache").symlink_to(undisturbed / "cache")

    done = _train(tmp_path, "--init", start, "--epochs", "1", "--resume")

    assert done.returncode == 0
    assert "it starts anew" in done.stderr


@pytest.mark.parametrize(
    ("more", "sentence"),
    [(["--data", "nowhere"], "there is no data nowhere"), (["--model", "huge"], "no network called 'huge'"),
     (["--skeleton", "dog"], "there is no skeleton 'dog'"), (["--input", "60x64"], "not a multiple of 32"),
     (["--init", "cli.py"], "cli.py is not a model file"), (["--model", "rsn-nano", "--init", "{detector}"],
     "rsn-nano cannot start from the weights of person-nano"), (["--data", "{broken}"], "is no COCO annotation file")],
    ids=["data", "model", "skeleton", "input", "init", "other-kind", "broken"],
)  # fmt: skip
def test_what_cannot_be_trained_is_one_sentence(tmp_path: Path, more: list[str], sentence: str) -> None:
    spec = DETECTORS["person-nano"]
    write_checkpoint(tmp_path / "detector", Checkpoint(spec, fill(state_shapes(spec).items())))
    (tmp_path / "images").mkdir()
    (tmp_path / "broken.json").write_text('{"images": []}')
    places = {"detector": tmp_path / "detector", "broken": tmp_path / "broken.json"}

    result = CliRunner().invoke(train, _arguments(tmp_path, *(word.format(**places) for word in more))[1:])

    assert isinstance(result.exception, RsnEdgeError)
    assert sentence in str(result.exception)


def test_labels_that_would_spoil_it_are_named_before_anything_is_cut_out(tmp_path: Path) -> None:
    drawn = synthetic_set(tmp_path / "drawn", 3, 0, COCO17)[0]
    labels = json.loads(drawn.read_text())
    labels["annotations"][0]["keypoints"][2] = 7
    drawn.write_text(json.dumps(labels))

    result = CliRunner().invoke(train, [*_arguments(tmp_path)[1:], "--data", str(drawn)])

    assert "visibility-values" in str(result.exception)
    assert not list((tmp_path / "cache").glob("crops-*"))


def test_there_is_one_length(tmp_path: Path) -> None:
    result = CliRunner().invoke(train, _arguments(tmp_path, "--minutes", "3")[1:])

    assert result.exit_code == 2
    assert "two ways to say how long" in result.stderr
