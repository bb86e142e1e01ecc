"""`rsn-edge inspect` as a user calls it."""

import json
from pathlib import Path

import pytest
import torch
from click.testing import CliRunner, Result

from rsn_edge.artefact.manifest import manifest_path
from rsn_edge.commands.inspect import inspect
from rsn_edge.embedded import FOLDER, POSE
from rsn_edge.errors import ArtefactError


def _call(*arguments: object) -> Result:
    return CliRunner().invoke(inspect, list(map(str, arguments)))


@pytest.fixture(name="foreign")
def _foreign(tmp_path: Path) -> Path:
    """An embedded network beside the manifest of another one."""
    path = tmp_path / "net.onnx"
    path.write_bytes((FOLDER / f"{POSE}.onnx").read_bytes())
    manifest_path(path).write_bytes((FOLDER / "person-nano.onnx.json").read_bytes())
    return path


def test_an_embedded_network_is_known_by_its_name() -> None:
    facts = json.loads(_call(POSE, "--json").stdout)["results"]

    assert (facts["kind"], facts["model"], facts["manifest"]["model"]) == ("onnx", POSE, POSE)


def test_a_file_is_told_to_people_line_by_line() -> None:
    lines = _call(POSE).stdout.splitlines()

    assert "input_hw         256 x 192" in lines
    assert "std              57.375, 57.12, 58.395" in lines
    assert "inputs           crops float32 (any, 3, 256, 192)" in lines
    assert lines[-2] == "manifest         beside the file"


def test_a_manifest_of_another_file_is_told_beside_the_facts(foreign: Path) -> None:
    result = _call(foreign)

    assert isinstance(result.exception, ArtefactError)
    assert "describes a file with SHA-256" in str(result.exception)
    assert "model            rsn-nano" in result.stdout


def test_json_of_a_file_with_the_manifest_of_another_is_a_sentence(foreign: Path) -> None:
    result = _call(foreign, "--json")

    assert isinstance(result.exception, ArtefactError)
    assert result.stdout == ""


def test_altered_weights_are_noticed(tmp_path: Path) -> None:
    content = bytearray((FOLDER / f"{POSE}.safetensors").read_bytes())
    content[-1] ^= 1
    (tmp_path / "net").write_bytes(content)

    assert "are not those that were written" in str(_call(tmp_path / "net").exception)


def test_a_file_of_torch_is_pointed_to_the_import(tmp_path: Path) -> None:
    path = tmp_path / "net.pth"
    torch.save({"weight": torch.zeros(2)}, path)

    assert f"Turn it into a checkpoint: rsn-edge import-weights {path} --model NAME" in _call(path).stdout
