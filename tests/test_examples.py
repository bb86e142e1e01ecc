"""The walk of examples/ from data to a measured model, as a reader runs it, with few pictures."""

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.program import ROOT

WALK = ROOT / "examples" / "data-to-model"
SHORT = ("--epochs", "1", "--batch", "16", "--input", "64x64", "--threads", "1")


def _walk(*arguments: str) -> "subprocess.CompletedProcess[str]":
    program = {"RSN_EDGE": f"{sys.executable} {ROOT / 'cli.py'}", "PYTHON": sys.executable, "PYTHONPATH": str(ROOT)}
    command = ["bash", str(WALK), *arguments]
    return subprocess.run(command, capture_output=True, text=True, env=os.environ | program, timeout=600, check=False)


@pytest.fixture(name="out", scope="module")
def _out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("walk") / "drawn"
    done = _walk("synthetic:100", str(out), *SHORT)
    assert done.returncode == 0, done.stderr
    return out


def test_the_walk_ends_with_a_measured_model(out: Path) -> None:
    report = json.loads((out / "report" / "report.json").read_text())
    model = hashlib.sha256((out / "model.onnx").read_bytes()).hexdigest()

    assert report["results"]["artefact_sha256"] == model
    assert len(list((out / "poses").glob("*.png"))) == 8


def test_drawn_pictures_lie_in_the_layout_of_coco(out: Path) -> None:
    labels = json.loads((out / "data" / "annotations" / "person_keypoints_train2017.json").read_text())

    assert len(labels["images"]) == 100
    assert all((out / "data" / "train2017" / image["file_name"]).is_file() for image in labels["images"])
    assert {len(person["keypoints"]) for person in labels["annotations"]} == {51}


def test_without_arguments_the_walk_says_what_it_wants() -> None:
    done = _walk()

    assert done.returncode == 2
    assert "data-to-model DATA OUT" in done.stderr
