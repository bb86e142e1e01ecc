"""What opens a file follows from its content; a file of another project is tried in a child first."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from rsn_edge.artefact.checkpoint import Checkpoint, write_checkpoint
from rsn_edge.artefact.kind import file_sha256
from rsn_edge.artefact.manifest import Manifest, write_manifest
from rsn_edge.backend.foreign import survive_opening, why_it_failed
from rsn_edge.backend.opening import open_backend
from rsn_edge.backend.protocol import BackendChoice, Runtime
from rsn_edge.errors import ArtefactError, BackendError
from rsn_edge.network.build import build_network, network_state
from rsn_edge.spec import SPEC_KEY, VARIANTS, spec_to_json
from tests.artefact.onnx_files import hungry_onnx, small_onnx

FEED = {"x": np.array([[1, 2], [-3, 4]], np.float32)}
WANTED = [[2, 1], [0, 3]]
OURS = {SPEC_KEY: spec_to_json(VARIANTS["rsn-nano"]), "rsn_edge.precision": "fp32"}


def _write(folder: Path, content: bytes, name: str = "net.bin") -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


@pytest.mark.parametrize("notes", [OURS, {}], ids=["ours", "foreign"])
@pytest.mark.parametrize("runtime", ["auto", "onnxruntime", "openvino"])
def test_an_onnx_file_opens_whatever_its_name(runtime: Runtime, notes: dict[str, str], tmp_path: Path) -> None:
    backend = open_backend(_write(tmp_path, small_onnx(notes)), BackendChoice(runtime))

    assert backend.infer(FEED)["y"].tolist() == WANTED
    assert backend.facts.runtime == ("onnxruntime" if runtime == "auto" else runtime)


def test_a_checkpoint_opens_in_torch(tmp_path: Path) -> None:
    spec = replace(VARIANTS["rsn-nano"], input_hw=(32, 32))
    write_checkpoint(tmp_path / "net.bin", Checkpoint(spec, network_state(build_network(spec))))

    assert open_backend(tmp_path / "net.bin").facts.runtime == "torch"


@pytest.mark.parametrize(
    ("content", "runtime", "says"),
    [
        pytest.param(small_onnx(), "torch", "of kind onnx, which 'torch' does not open", id="onnx in torch"),
        pytest.param(b"ftrt" + bytes(99), "auto", "does not run yet.*the ONNX file", id="an engine"),
        pytest.param(b"PK\x03\x04 data.pkl", "auto", "rsn-edge import-weights", id="a torch file"),
    ],
)
def test_a_file_that_no_runtime_opens_is_one_sentence(
    content: bytes, runtime: Runtime, says: str, tmp_path: Path
) -> None:
    with pytest.raises(BackendError, match=says):
        open_backend(_write(tmp_path, content), BackendChoice(runtime))


def test_a_foreign_file_that_takes_all_memory_harms_only_the_child(tmp_path: Path) -> None:
    with pytest.raises(ArtefactError, match=r"in a process of its own, and cannot be used: .*alloc.*rsn-edge inspect"):
        open_backend(_write(tmp_path, hungry_onnx()), BackendChoice("openvino"))


def test_a_foreign_file_that_takes_too_long_is_given_up(tmp_path: Path) -> None:
    with pytest.raises(ArtefactError, match=r"was not done opening it after 0\.01 s"):
        survive_opening(_write(tmp_path, small_onnx()), "onnxruntime", time_s=0.01)


def test_a_foreign_file_that_the_runtime_refuses_tells_its_reason(tmp_path: Path) -> None:
    broken = small_onnx().replace(b"Relu", b"Rulu")
    with pytest.raises(ArtefactError, match="Rulu"):
        open_backend(_write(tmp_path, broken))


def test_a_note_that_anybody_can_write_does_not_make_a_file_ours(tmp_path: Path) -> None:
    broken = small_onnx(OURS).replace(b"Relu", b"Rulu")
    with pytest.raises(ArtefactError, match=r"in a process of its own.*Rulu"):
        open_backend(_write(tmp_path, broken))


def test_a_file_with_its_manifest_needs_no_child(tmp_path: Path) -> None:
    path = _write(tmp_path, small_onnx().replace(b"Relu", b"Rulu"))
    write_manifest(path, Manifest("onnx", "net", "fp32", "measured", None, file_sha256(path), "", (), ()))

    with pytest.raises(BackendError, match="Rulu"):  # not the child's ArtefactError
        open_backend(path)


@pytest.mark.parametrize(
    ("returncode", "stderr", "says"),
    [(-11, "", "died of signal 11"), (1, "Traceback\nKeyError: 7\n", "KeyError: 7"), (3, "", "ended with 3")],
    ids=["crash", "exception", "silence"],
)
def test_the_end_of_a_child_is_told_in_words(returncode: int, stderr: str, says: str) -> None:
    assert says in why_it_failed("onnxruntime", returncode, stderr)


def test_nothing_is_imported_from_the_folder_the_user_stands_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "onnxruntime.py").write_text("raise SystemExit('taken over')")
    monkeypatch.chdir(tmp_path)
    survive_opening(_write(tmp_path, small_onnx()), "onnxruntime")
