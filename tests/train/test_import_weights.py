"""`rsn-edge import-weights` as a user calls it."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from safetensors.numpy import save_file

from rsn_edge.artefact.checkpoint import read_checkpoint
from rsn_edge.errors import InputError, OutputError
from rsn_edge.network.build import state_shapes
from rsn_edge.spec import pose_variant
from tests.program import ROOT
from tests.seeded_weights import fill
from train.command import import_weights


@pytest.fixture(name="weights")
def _weights(tmp_path: Path) -> Path:
    save_file(fill(state_shapes(pose_variant("rsn-nano")).items()), tmp_path / "bare.safetensors")
    return tmp_path / "bare.safetensors"


def _call(*arguments: object) -> Result:
    return CliRunner().invoke(import_weights, list(map(str, arguments)))


def test_the_checkpoint_is_written_where_it_is_wanted(weights: Path, tmp_path: Path) -> None:
    out = tmp_path / "new" / "mine.safetensors"

    result = _call(weights, "--model", "rsn-nano", "--out", out, "--input", "192x160")

    assert result.exit_code == 0
    assert read_checkpoint(out).spec == pose_variant("rsn-nano", (192, 160))


def test_the_last_line_is_the_next_command(weights: Path, tmp_path: Path) -> None:
    result = _call(weights, "--model", "rsn-nano", "--out", tmp_path / "x")

    assert result.stdout.splitlines()[-1] == f"rsn-edge export {tmp_path / 'x'}"
    assert read_checkpoint(tmp_path / "x").weights_sha256 in result.stdout


def test_by_default_it_is_named_after_the_model(weights: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)

    _call(weights, "--model", "rsn-nano")

    assert (tmp_path / "rsn-nano.safetensors").is_file()


def test_json_is_one_document(weights: Path, tmp_path: Path) -> None:
    document = json.loads(_call(weights, "--model", "rsn-nano", "--out", tmp_path / "x", "--json").stdout)

    assert document["schema"] == "rsn-edge/import-weights/1"
    assert document["results"]["joints"] == 17
    assert document["results"]["weights_sha256"] == read_checkpoint(tmp_path / "x").weights_sha256


def test_a_file_is_never_replaced_by_what_is_made_of_it(
    weights: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    weights.rename(tmp_path / "rsn-nano.safetensors")
    before = (tmp_path / "rsn-nano.safetensors").read_bytes()

    result = _call("rsn-nano.safetensors", "--model", "rsn-nano")

    assert isinstance(result.exception, OutputError)
    assert (tmp_path / "rsn-nano.safetensors").read_bytes() == before


def test_sizes_and_sides_are_told_in_words(weights: Path, tmp_path: Path) -> None:
    lines = _call(weights, "--model", "rsn-nano", "--out", tmp_path / "x").stdout.splitlines()

    assert "input_hw         256 x 192" in lines
    assert "written by       rsn-edge" in lines


@pytest.mark.parametrize("content", [b"", b"\x89PNG\r\n\x1a\n" + bytes(60), b"PK\x03\x04" + bytes(60)], ids=str)
def test_a_wrong_file_is_told_without_pytorch(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "x.pth").write_bytes(content)
    imports = "import sys; from pathlib import Path; from train.published.importing import import_weights as bring"
    code = f"{imports}\ntry: bring(Path('x.pth'), 'rsn18')\nexcept Exception: sys.exit('torch' in sys.modules)"

    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, env={"PYTHONPATH": str(ROOT)}, check=False)

    assert done.returncode == 0


def test_the_file_alone_is_not_enough(weights: Path) -> None:
    assert _call(weights).exit_code == 2


@pytest.mark.parametrize("size", ["256", "x", "256x", "axb", "-1x32"])
def test_a_size_that_is_none_is_a_wrong_command_line(weights: Path, size: str) -> None:
    result = _call(weights, "--model", "rsn-nano", "--input", size)

    assert result.exit_code == 2
    assert "is not height x width" in result.stderr


def test_a_size_that_the_network_cannot_take_is_named(weights: Path) -> None:
    result = _call(weights, "--model", "rsn-nano", "--input", "100x100")

    assert isinstance(result.exception, InputError)
    assert "multiple of 32" in str(result.exception)
