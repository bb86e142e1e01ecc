"""`rsn-edge train` of a detector as a user calls it, and its training as a whole."""

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from click.testing import CliRunner, Result

from rsn_edge.artefact.checkpoint import Checkpoint, read_checkpoint, write_checkpoint
from rsn_edge.errors import RsnEdgeError
from rsn_edge.network.build import build_network, network_state
from tests.train.detector.small import SPEC, drawn_people, maker, tiny_training
from tests.train.small import ALONE
from train.command import train
from train.detector.boxes import annotated_pictures
from train.detector.job import box_scores
from train.detector.task import DetectorTask
from train.recipe import DETECTOR_RECIPE
from train.state import newest_state, write_state
from train.training import Plan, Training

STEPS = 6


def _train(folder: Path, *more: str) -> Result:
    """A training of a small network on drawn people, or whatever `more` makes of it."""
    start = folder / "start.safetensors"
    torch.manual_seed(0)
    write_checkpoint(start, Checkpoint(SPEC, network_state(build_network(SPEC))))
    usual = ["--data", "synthetic:6", "--val", "synthetic:3", "--batch", "4", "--epochs", "2", "--threads", "1"]
    places = ["--out", str(folder / "run"), "--cache", str(folder / "cache"), "--init", str(start)]
    return CliRunner().invoke(train, [*usual, *places, *more])


def test_a_training_leaves_a_detector(tmp_path: Path) -> None:
    done = _train(tmp_path)

    assert done.exit_code == 0, done.exception
    assert read_checkpoint(tmp_path / "run" / "tiny.safetensors").spec == SPEC
    assert "AP50 synthetic" in (tmp_path / "run" / "curve.csv").read_text().splitlines()[0]
    assert cv2.imread(str(tmp_path / "run" / "sheet.jpg")) is not None


def test_what_was_understood_is_said(tmp_path: Path) -> None:
    rooms = tmp_path / "rooms"
    rooms.mkdir()
    for number in range(3):
        cv2.imwrite(str(rooms / f"{number}.png"), np.zeros((64, 64, 3), np.uint8))

    done = _train(tmp_path, "--data", f"{rooms}@2")

    assert f"{rooms}@2: 3 pictures, 3 of them without persons and 0 with" in done.stderr


@pytest.mark.parametrize(
    ("more", "sentence"),
    [(["--recipe", "official"], "tiny is a person detector and was never trained as RSN was"),
     (["--skeleton", "coco17"], "tiny is a person detector and has no joints"),
     (["--model", "rsn-nano"], "rsn-nano cannot start from the weights of tiny"),
     (["--model", "person-nano"], "does not fit the network"), (["--input", "100x100"], "not a multiple of 32"),
     (["--data", "nowhere"], "there is no data nowhere"), (["--val", "{rooms}"], "has no boxes of persons"),
     (["--val", "{crops}"], "no picture in which everybody has a box"),
     (["--data", "{rooms}/*.gif"], "no picture matches")],
    ids=["recipe", "skeleton", "pose-network", "other-detector", "input", "data", "rooms", "crops", "glob"],
)  # fmt: skip
def test_what_cannot_be_trained_is_one_sentence(tmp_path: Path, more: list[str], sentence: str) -> None:
    (tmp_path / "rooms").mkdir()
    cv2.imwrite(str(tmp_path / "rooms" / "a.png"), np.zeros((64, 64, 3), np.uint8))
    crops = drawn_people(tmp_path, 2).annotations
    crops.write_text(crops.read_text().replace('"description"', '"all_persons_labelled": false, "description"'))

    done = _train(tmp_path, *(word.format(rooms=tmp_path / "rooms", crops=crops) for word in more))

    assert isinstance(done.exception, RsnEdgeError)
    assert sentence in str(done.exception)


@pytest.mark.parametrize("left_at", [1, 4])
def test_a_resumed_training_ends_with_the_same_weights(tmp_path: Path, left_at: int) -> None:
    torch.set_num_threads(1)
    undisturbed, broken_off, resumed = (tiny_training(tmp_path) for _ in range(3))
    for training, until in ((undisturbed, STEPS), (broken_off, left_at)):
        while training.iteration < until:
            training.step(training.iteration / STEPS, STEPS)
    write_state(tmp_path, left_at, broken_off.state() | {"plan": "{}"})

    resumed.restore(newest_state(tmp_path, {}) or {})
    while resumed.iteration < STEPS:
        resumed.step(resumed.iteration / STEPS, STEPS)

    assert resumed.finished().weights_sha256 == undisturbed.finished().weights_sha256


def test_processes_agree_on_the_size_and_share_the_canvases(tmp_path: Path) -> None:
    people = annotated_pictures(drawn_people(tmp_path, 4))
    task = DetectorTask(SPEC, DETECTOR_RECIPE, maker(tmp_path, people), per_step=6, seed=0)
    for step in range(5):
        whole, odd = (task.batch(np.arange(6 * step + first, 6 * step + 6, 1 + first), 0.5) for first in (0, 1))

        np.testing.assert_array_equal(odd.pixels_nhwc, whole.pixels_nhwc[1::2])


def test_a_small_network_learns_to_find_drawn_people(tmp_path: Path) -> None:
    torch.set_num_threads(1)
    cv2.setNumThreads(0)
    people = drawn_people(tmp_path, 40)
    spec = replace(SPEC, input_hw=(96, 96))
    recipe = replace(DETECTOR_RECIPE, average=0.98, sizes=((1.0, 1.0),))
    task = DetectorTask(spec, recipe, maker(tmp_path, annotated_pictures(people)), per_step=12, seed=0)
    training = Training(task, Plan(12, None, 0, amp=False), ALONE, None)
    before = box_scores(training.finished(), [people])[f"AP50 {people.name}"]

    for step in range(200):
        training.step(step / 200, 200)

    assert before < 0.02
    assert box_scores(training.finished(), [people])[f"AP50 {people.name}"] > 0.25
