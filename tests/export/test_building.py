"""`build-engine`: what it writes, what it refuses, and that a refused file never appears."""

import json
from pathlib import Path

import onnx
import pytest
from click.testing import CliRunner, Result

from benchmarks.subject import subject_row
from export.build_command import build_engine
from export.onnx import export_onnx
from rsn_edge.artefact.description import thresholds_of
from rsn_edge.artefact.kind import file_sha256
from rsn_edge.artefact.manifest import read_manifest
from rsn_edge.artefact.onnx_header import read_onnx_header
from rsn_edge.embedded import FOLDER
from rsn_edge.errors import ArtefactError, InputError, Verdict
from tests.export.networks import NANO, ROWS, seeded


@pytest.fixture(name="model", scope="module")
def _model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A narrow pose network with random weights, as fp32 ONNX."""
    return export_onnx(seeded(NANO), tmp_path_factory.mktemp("model") / "narrow.onnx").path


def _build(model: Path, out: Path, *options: str) -> Result:
    arguments = [str(model), "--out", str(out), "--samples", "16", *options]
    return CliRunner().invoke(build_engine, arguments, catch_exceptions=False)


def test_for_this_processor_one_file_and_its_manifest_are_left(model: Path, tmp_path: Path) -> None:
    result = _build(model, tmp_path, "--precision", "int8", "--target", "cpu", "--gate", "none")

    names = sorted(path.name for path in tmp_path.glob("*.onnx*"))

    assert names == ["rsn-nano.cpu-int8.onnx", "rsn-nano.cpu-int8.onnx.json"]
    assert result.stdout.splitlines()[-1] == f"rsn-edge run sample --model {tmp_path / 'rsn-nano.cpu-int8.onnx'}"


def test_the_manifest_says_what_was_not_done(model: Path, tmp_path: Path) -> None:
    _build(model, tmp_path, "--precision", "int8", "--target", "cpu", "--gate", "none")
    manifest = read_manifest(tmp_path / "rsn-nano.cpu-int8.onnx")

    assert manifest is not None
    assert (manifest.gate, manifest.precision, manifest.evidence) == ("not run", "int8", "measured")
    assert manifest.calibration.startswith("demonstration")


def test_the_file_repeats_where_its_ranges_come_from(model: Path, tmp_path: Path) -> None:
    _build(model, tmp_path, "--precision", "int8", "--target", "cpu", "--gate", "none")
    notes = read_onnx_header(tmp_path / "rsn-nano.cpu-int8.onnx").metadata

    assert notes["rsn_edge.calibration"] == "demonstration"
    assert len(notes["rsn_edge.calibration_sha256"]) == 64


def test_what_cannot_hold_gets_no_file_but_a_report(model: Path, tmp_path: Path) -> None:
    with pytest.raises(Verdict, match="failed: the mean drop of OKS"):
        _build(model, tmp_path, "--precision", "int8", "--target", "cpu", "--max-oks-drop", "0", "--samples", "60")

    assert not list(tmp_path.glob("*.onnx*"))
    assert json.loads((tmp_path / "int8_report.json").read_text())["schema"] == "rsn-edge/int8-report/1"


def test_a_good_file_of_the_same_name_outlives_a_refusal(model: Path, tmp_path: Path) -> None:
    good = tmp_path / "rsn-nano.cpu-int8.onnx"
    good.write_bytes(b"good")

    with pytest.raises(Verdict):
        _build(model, tmp_path, "--precision", "int8", "--target", "cpu", "--max-oks-drop", "0", "--samples", "60")

    assert good.read_bytes() == b"good"


def test_without_a_gpu_the_file_for_the_board_and_an_engine_are_written_too(model: Path, tmp_path: Path) -> None:
    result = _build(model, tmp_path, "--precision", "int8", "--gate", "none", "--json")
    files = [Path(one["file"]) for one in json.loads(result.stdout)["results"]["files"]]

    assert [path.name for path in files[:3]] == [
        f"rsn-nano.{kind}.onnx" for kind in ("cpu-int8", "trt-int8", "int8-sim")
    ]
    assert files[3].name.startswith("rsn-nano-64x64-int8-b1-8-rtx")
    assert subject_row(files[:1])["evidence"] == "measured"
    assert subject_row(files[1:2])["evidence"] == subject_row(files[2:3])["evidence"] == "simulated"


def test_the_imitation_names_the_file_that_it_imitates(model: Path, tmp_path: Path) -> None:
    _build(model, tmp_path, "--precision", "int8", "--gate", "none", "--target", "portable")
    notes = read_onnx_header(tmp_path / "rsn-nano.int8-sim.onnx").metadata

    assert notes["rsn_edge.simulates"] == file_sha256(tmp_path / "rsn-nano.trt-int8.onnx")
    assert notes["rsn_edge.optimise"] == "none"


def test_the_fastest_that_holds_is_chosen(model: Path, tmp_path: Path) -> None:
    result = _build(model, tmp_path, "--precision", "auto", "--max-oks-drop", "1", "--json")
    (one,) = json.loads(result.stdout)["results"]["files"]

    assert one["form"] in ("fp32", "cpu-int8")
    assert "a crop on this machine: fp32" in result.stderr


def test_ranges_of_other_weights_are_refused(model: Path, tmp_path: Path) -> None:
    stored = tmp_path / "c.json"
    stored.write_text((FOLDER / "rsn-nano.calibration.json").read_text())

    with pytest.raises(ArtefactError, match="holds ranges of other weights"):
        _build(model, tmp_path, "--precision", "int8", "--calib", str(stored))


def test_processors_gain_nothing_from_fp16(model: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="gain nothing from FP16"):
        _build(model, tmp_path, "--precision", "fp16", "--target", "cpu")


def test_a_quantised_file_is_not_quantised_again(tmp_path: Path) -> None:
    with pytest.raises(ArtefactError, match="of precision int8"):
        _build(FOLDER / "rsn-nano.cpu-int8.onnx", tmp_path, "--precision", "int8")


def test_a_plan_writes_nothing(model: Path, tmp_path: Path) -> None:
    result = _build(model, tmp_path / "out", "--precision", "int8", "--dry-run")

    assert result.stdout.splitlines() == ["narrow: cpu-int8, int8", "narrow: trt-int8, int8"]
    assert not (tmp_path / "out").exists()


def test_a_detector_is_judged_by_its_boxes(tmp_path: Path) -> None:
    model = export_onnx(seeded(ROWS["person-nano"]), tmp_path / "narrow.onnx").path
    _build(model, tmp_path, "--precision", "int8", "--target", "cpu", "--gate", "none")

    assert thresholds_of(tmp_path / "person-nano.cpu-int8.onnx").joint is None
    assert onnx.load(tmp_path / "person-nano.cpu-int8.onnx").graph.output[0].name == "scores"
