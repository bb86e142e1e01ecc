"""`rsn-edge export` as a user calls it."""

import json
from pathlib import Path

import pytest

from rsn_edge.artefact.checkpoint import write_checkpoint
from rsn_edge.artefact.onnx_header import read_onnx_header
from rsn_edge.artefact.writing import check_output
from rsn_edge.calibration import read_calibration
from rsn_edge.errors import OutputError
from rsn_edge.spec import Spec
from tests.export.networks import NANO, ROWS, seeded
from tests.program import rsn_edge


@pytest.mark.parametrize(
    ("spec", "option"), [(NANO, "--model"), (ROWS["person-nano"], "--detector")], ids=["pose", "detector"]
)
def test_a_checkpoint_becomes_an_onnx_file_here(spec: Spec, option: str, tmp_path: Path) -> None:
    write_checkpoint(tmp_path / "mine.safetensors", seeded(spec))

    done = rsn_edge("export", "mine.safetensors", cwd=tmp_path)

    assert done.returncode == 0
    assert done.stdout.splitlines()[-1] == f"rsn-edge run sample {option} mine.onnx"
    assert {path.name for path in tmp_path.iterdir()} == {"mine.safetensors", "mine.onnx", "mine.onnx.json"}


def test_json_is_one_document_with_the_parity_of_every_batch(tmp_path: Path) -> None:
    write_checkpoint(tmp_path / "mine.safetensors", seeded(NANO))

    done = rsn_edge("export", "mine.safetensors", "--out", "deep/net.onnx", "--opset", "17", "--json", cwd=tmp_path)

    document = json.loads(done.stdout)
    assert document["schema"] == "rsn-edge/export/1"
    assert document["results"]["parity"].keys() == {"1", "3", "8"}
    assert read_onnx_header(tmp_path / "deep/net.onnx").opset == 17


def test_what_is_no_checkpoint_ends_with_1_and_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "mine.safetensors").write_bytes(b"")

    done = rsn_edge("export", "mine.safetensors", cwd=tmp_path)

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("rsn-edge: mine.safetensors is empty")
    assert "Traceback" not in done.stderr


def test_the_checkpoint_is_never_replaced_by_what_is_made_of_it(tmp_path: Path) -> None:
    write_checkpoint(tmp_path / "mine.safetensors", seeded(NANO))
    before = (tmp_path / "mine.safetensors").read_bytes()
    (tmp_path / "link.onnx").symlink_to("mine.safetensors")

    for out in ("mine.safetensors", "link.onnx"):
        done = rsn_edge("export", "mine.safetensors", "--out", out, cwd=tmp_path)
        assert (done.returncode, done.stdout) == (1, "")
        assert "the one that it is made from. Name another file with --out" in done.stderr

    assert (tmp_path / "mine.safetensors").read_bytes() == before


def test_a_place_that_cannot_be_written_is_told_before_any_work(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="is a folder"):
        check_output(tmp_path, tmp_path / "made-from")


def test_an_unknown_opset_is_a_wrong_command_line(tmp_path: Path) -> None:
    assert rsn_edge("export", "mine.safetensors", "--opset", "9", cwd=tmp_path).returncode == 2


def test_a_network_is_calibrated_on_drawn_figures_here(tmp_path: Path) -> None:
    write_checkpoint(tmp_path / "mine.safetensors", seeded(NANO))

    done = rsn_edge("calibrate", "synthetic:5", "--model", "mine.safetensors", "--samples", "4", cwd=tmp_path)

    assert done.returncode == 0
    last = "rsn-edge build-engine mine.safetensors --precision int8 --calib mine.calibration.json"
    assert done.stdout.splitlines()[-1] == last
    assert done.stdout.startswith("4 crops of synthetic:5: ")
    assert {path.name for path in tmp_path.iterdir()} == {
        "mine.safetensors", "mine.calibration.json", "mine.calibration.jpg"
    }  # fmt: skip


def test_a_calibration_as_json_says_what_the_file_says(tmp_path: Path) -> None:
    done = rsn_edge(
        "calibrate", "synthetic:3", "--model", "person-nano", "--method", "mse", "--out", "deep/c.json", "--json",
        cwd=tmp_path,
    )  # fmt: skip

    document = json.loads(done.stdout)
    written = read_calibration(tmp_path / "deep/c.json")
    assert document["schema"] == "rsn-edge/calibrate/1"
    assert (written.chosen, written.crops_sha256) == ("mse", document["results"]["crops_sha256"])
    assert (tmp_path / "deep/c.jpg").is_file()


def test_a_source_without_people_ends_with_1_and_a_sentence_and_leaves_nothing(tmp_path: Path) -> None:
    done = rsn_edge("calibrate", "test://persons=0,frames=2", "--model", "rsn-nano", cwd=tmp_path)

    assert (done.returncode, done.stdout, [*tmp_path.iterdir()]) == (1, "", [])
    assert done.stderr.startswith("rsn-edge: nobody is to be seen in test://persons=0,frames=2. ")
