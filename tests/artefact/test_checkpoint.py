"""Checkpoints: what goes in comes out, and what is none is named."""

import json
from pathlib import Path

import numpy as np
import pytest
from safetensors import safe_open
from safetensors.numpy import save_file

from rsn_edge import __version__
from rsn_edge.artefact.checkpoint import Checkpoint, read_checkpoint, write_checkpoint
from rsn_edge.artefact.kind import weights_sha256
from rsn_edge.errors import ArtefactError, OutputError
from rsn_edge.spec import DETECTORS, VARIANTS, Spec, spec_from_json

STATE = {"b.weight": np.arange(6, dtype=np.float32).reshape(2, 3), "a.bias": np.array([-1.5], np.float32)}
NOTES = {"source": "a test", "epoch": "3"}


@pytest.fixture(name="path")
def _path(tmp_path: Path) -> Path:
    path = tmp_path / "weights.any"
    write_checkpoint(path, Checkpoint(VARIANTS["rsn-nano"], STATE, NOTES))
    return path


@pytest.mark.parametrize("spec", [VARIANTS["4xmspn50"], DETECTORS["person-nano"]], ids=["pose", "detector"])
def test_a_checkpoint_comes_back_whole(tmp_path: Path, spec: Spec) -> None:
    path = tmp_path / "x.safetensors"
    write_checkpoint(path, Checkpoint(spec, STATE, NOTES))

    back = read_checkpoint(path)

    assert (back.spec, back.notes) == (spec, NOTES)
    assert back.state.keys() == STATE.keys()
    assert all(np.array_equal(back.state[name], STATE[name]) for name in STATE)


def test_its_metadata_say_what_it_is(path: Path) -> None:
    with safe_open(path, framework="numpy") as file:
        metadata = file.metadata()

    assert spec_from_json(metadata["rsn_edge.spec"], "") == VARIANTS["rsn-nano"]
    assert metadata["weights_sha256"] == weights_sha256(STATE)
    assert metadata["rsn_edge.version"] == __version__


def test_equal_checkpoints_are_equal_files(path: Path, tmp_path: Path) -> None:
    reversed_order = Checkpoint(VARIANTS["rsn-nano"], dict(reversed(STATE.items())), dict(reversed(NOTES.items())))

    write_checkpoint(tmp_path / "again", reversed_order)

    assert (tmp_path / "again").read_bytes() == path.read_bytes()


def test_arrays_of_any_memory_order_are_written_as_they_read(tmp_path: Path) -> None:
    turned = np.arange(6, dtype=np.float32).reshape(2, 3).T[:, ::-1]
    write_checkpoint(tmp_path / "x", Checkpoint(VARIANTS["rsn-nano"], {"w": turned}))

    assert np.array_equal(read_checkpoint(tmp_path / "x").state["w"], turned)


def test_altered_weights_are_refused(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)

    with pytest.raises(ArtefactError, match=r"are not those that were written"):
        read_checkpoint(path)


@pytest.mark.parametrize("left", [0, 5, 200, -3])
def test_a_file_cut_off_anywhere_is_refused(path: Path, left: int) -> None:
    path.write_bytes(path.read_bytes()[:left])

    with pytest.raises(ArtefactError, match=str(path)):
        read_checkpoint(path)


def test_a_strange_description_is_refused(path: Path) -> None:
    content = path.read_bytes().replace(b"rsn-nano", b"rsn\\nano")
    path.write_bytes(content)

    with pytest.raises(ArtefactError, match=r"cannot read|damaged"):
        read_checkpoint(path)


def test_foreign_safetensors_are_pointed_to_the_import(tmp_path: Path) -> None:
    path = tmp_path / "foreign.safetensors"
    save_file(STATE, path)

    with pytest.raises(ArtefactError, match=rf"import-weights {path} --model NAME"):
        read_checkpoint(path)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"PK\x03\x04" + bytes(26) + b"archive/data.pkl", "import-weights"),
        (b"\x80\x02}q\x00.", "import-weights"),
        (b"\x08\x07\x12\x07pytorch", "runs as it is"),
        (b"ftrt" + bytes(60), "kind tensorrt"),
        (b"\x89PNG\r\n\x1a\n" + bytes(60), "not a model file"),
    ],
    ids=["torch", "old torch", "onnx", "engine", "picture"],
)
def test_other_files_are_named_with_what_to_do(tmp_path: Path, content: bytes, says: str) -> None:
    path = tmp_path / "weights.safetensors"
    path.write_bytes(content)

    with pytest.raises(ArtefactError, match=says):
        read_checkpoint(path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ArtefactError, match=r"gone\.safetensors cannot be read"):
        read_checkpoint(tmp_path / "gone.safetensors")


def test_a_failed_write_leaves_the_old_file(path: Path) -> None:
    before = path.read_bytes()

    with pytest.raises(OutputError):
        write_checkpoint(path / "below", Checkpoint(VARIANTS["rsn-nano"], STATE))

    assert path.read_bytes() == before
    assert json.loads(before[8 : 8 + int.from_bytes(before[:8], "little")])["__metadata__"]["epoch"] == "3"
