"""`rsn-edge bench` as a user calls it, on a drawn set with the embedded networks."""

import json
import shutil
import zipfile
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import onnx
import pytest
from click.testing import CliRunner, Result

from benchmarks.command import bench
from rsn_edge.artefact.kind import file_sha256
from rsn_edge.artefact.onnx_header import read_onnx_header
from rsn_edge.calibration import IMAGES_KEY
from rsn_edge.embedded import FOLDER
from rsn_edge.errors import ArtefactError, InputError
from rsn_edge.skeleton import COCO17
from tests.benchmarks.drawn_set import write_split
from tests.program import rsn_edge
from tests.test_evaluate import judged_by_pycocotools

NUMBERS = ("AP", "AP50", "AP75", "APM", "APL", "AR", "AR50", "AR75", "ARM", "ARL")


@pytest.fixture(name="root")
def _root(tmp_path: Path) -> Path:
    """Three pictures, of one person, two persons and nobody."""
    write_split(tmp_path / "coco")
    return tmp_path / "coco"


def call(root: Path, *arguments: object, split: str = "val2017") -> Result:
    return CliRunner().invoke(bench, ["--coco", split, "--coco-root", str(root), *map(str, arguments)])


def figures(result: Result) -> dict[str, Any]:
    assert result.exit_code == 0, result.exception
    return dict(json.loads(result.stdout)["results"])


def ten(measured: dict[str, Any]) -> list[float]:
    return [measured[name] for name in NUMBERS]


def test_the_document_says_what_was_measured_on_what_and_how(root: Path) -> None:
    measured = figures(call(root, "--json"))

    assert set(NUMBERS) <= set(measured)
    assert measured["artefact_sha256"] == file_sha256(FOLDER / "rsn-nano.onnx")
    stated = ("evidence", "precision", "protocol", "boxes", "flip", "images", "persons", "missing", "decode", "padding")
    assert [measured[name] for name in stated] == [
        "measured", "fp32", "official", "gt", False, 3, 3, 0, "official", [1.25, 1.25]
    ]  # fmt: skip
    assert measured["interval95"][0] <= measured["AP"] <= measured["interval95"][1]


def test_the_numbers_are_those_of_pycocotools_on_the_results_that_are_kept(root: Path, tmp_path: Path) -> None:
    measured = figures(call(root, "--json", "--report", tmp_path / "report"))

    truth = json.loads((root / "annotations" / "person_keypoints_val2017.json").read_text())
    results = json.loads((tmp_path / "report" / "results.json").read_text())
    judged = judged_by_pycocotools(truth, results, COCO17.sigmas)
    np.testing.assert_allclose(ten(measured), judged, atol=1e-12)


def test_the_judge_can_be_asked_himself(root: Path) -> None:
    by = {name: figures(call(root, "--json", "--evaluator", name)) for name in ("hotcoco", "pycocotools")}

    assert by["pycocotools"]["evaluator"] == "pycocotools"
    np.testing.assert_allclose(ten(by["pycocotools"]), ten(by["hotcoco"]), atol=1e-12)


def test_a_report_is_kept_for_programs_and_for_people(root: Path, tmp_path: Path) -> None:
    result = call(root, "--report", tmp_path / "report")

    assert {path.name for path in (tmp_path / "report").iterdir()} == {"results.json", "report.json", "report.md"}
    assert (tmp_path / "report" / "report.md").read_text() == result.stdout
    assert json.loads((tmp_path / "report" / "report.json").read_text())["schema"] == "rsn-edge/bench/1"


def test_the_report_says_who_was_not_read_and_why(root: Path) -> None:
    text = call(root, "--boxes", "detector").stdout

    assert "## Who was not read, and why" in text
    assert "no box lies on them" in text
    assert "- boxes: detector\n- boxes sha256: " in text
    assert "- boxes ap: " in text


def test_equal_networks_in_an_ensemble_are_one_network(root: Path) -> None:
    checkpoint = FOLDER / "rsn-nano.safetensors"
    alone, twice = (
        figures(call(root, "--json")),
        figures(call(root, "--json", "--model", "rsn-nano", "--model", checkpoint)),
    )

    np.testing.assert_allclose(ten(twice), ten(alone), atol=1e-6)
    assert [row["file"] for row in twice["models"]] == ["rsn-nano.onnx", "rsn-nano.safetensors"]


def test_the_flip_test_is_said_and_changes_the_scores(root: Path, tmp_path: Path) -> None:
    for name, flip in (("plain", ()), ("flipped", ("--flip-test",))):
        assert figures(call(root, "--json", "--report", tmp_path / name, *flip))["flip"] is bool(flip)

    plain, flipped = (json.loads((tmp_path / name / "results.json").read_text()) for name in ("plain", "flipped"))
    assert plain != flipped


def test_the_mmpose_protocol_is_said(root: Path) -> None:
    measured = figures(call(root, "--json", "--protocol", "mmpose"))

    assert (measured["protocol"], "above 0.2" in measured["person_score"]) == ("mmpose", True)


def test_what_only_imitates_a_device_is_called_simulated(root: Path, tmp_path: Path) -> None:
    for name in ("rsn-nano.onnx", "rsn-nano.onnx.json"):
        shutil.copy(FOLDER / name, tmp_path)
    manifest = tmp_path / "rsn-nano.onnx.json"
    manifest.write_text(manifest.read_text().replace('"measured"', '"simulated"'))

    assert figures(call(root, "--json", "--model", tmp_path / "rsn-nano.onnx"))["evidence"] == "simulated"


def test_a_limit_counts_pictures(root: Path) -> None:
    measured = figures(call(root, "--json", "--limit", 1))

    assert (measured["images"], measured["persons"]) == (1, 1)


def test_a_missing_picture_is_counted_and_left_out(root: Path) -> None:
    (root / "val2017" / "000000000012.png").unlink()

    result = call(root, "--json")

    assert "1 pictures are missing or broken, such as 000000000012.png" in result.stderr
    measured = figures(result)
    assert (measured["images"], measured["missing"], measured["persons"]) == (2, 1, 1)
    assert measured["not_counted"]["persons on pictures that were not read"] == 2


def test_a_missing_picture_is_a_failure_where_that_is_asked_for(root: Path) -> None:
    (root / "val2017" / "000000000012.png").unlink()

    assert rsn_edge("bench", "--coco", "val2017", "--coco-root", root, "--strict").returncode == 1


def test_a_run_that_was_cut_off_goes_on(root: Path, tmp_path: Path) -> None:
    second = root / "val2017" / "000000000012.png"
    good = second.read_bytes()
    cv2.imwrite(str(second), np.zeros((9, 9, 3), np.uint8))
    cut_off = call(root, "--report", tmp_path / "report")
    second.write_bytes(good)

    again = call(root, "--json", "--report", tmp_path / "report")

    assert isinstance(cut_off.exception, InputError)
    assert "1 pictures are kept" in cut_off.stderr
    assert "Going on after 1 pictures of an earlier run" in again.stderr
    assert ten(figures(again)) == ten(figures(call(root, "--json")))


def test_a_test_set_gives_the_zip_that_cocos_server_takes(root: Path, tmp_path: Path) -> None:
    content = json.loads((root / "annotations" / "person_keypoints_val2017.json").read_text())
    (root / "annotations" / "image_info_test-dev2017.json").write_text(json.dumps({"images": content["images"]}))
    (root / "val2017").rename(root / "test2017")

    measured = figures(call(root, "--json", "--report", tmp_path / "out", split="test-dev2017"))

    assert (measured["boxes"], "AP" in measured) == ("detector", False)
    with zipfile.ZipFile(tmp_path / "out" / "person_keypoints_test-dev2017_rsn-nano_results.zip") as archive:
        (name,) = archive.namelist()
        results = json.loads(archive.read(name))
    assert name == "person_keypoints_test-dev2017_rsn-nano_results.json"
    assert len(results) == measured["detections"] > 0


def test_ground_truth_boxes_of_a_test_set_are_refused(root: Path) -> None:
    (root / "annotations" / "image_info_test2017.json").write_text('{"images": []}')

    result = call(root, "--boxes", "gt", split="test2017")

    assert "nobody but COCO's server has boxes of test2017" in str(result.exception)


def test_results_of_all_pictures_missing_are_an_error(root: Path) -> None:
    for path in (root / "val2017").iterdir():
        path.unlink()

    result = call(root)

    assert isinstance(result.exception, InputError)
    assert "nobody was read, and 2 pictures are missing or broken, such as" in str(result.exception)


@pytest.mark.parametrize(
    ("arguments", "error", "sentence"),
    [
        (("--model", "person-nano"), ArtefactError, "is a person detector, not a pose network"),
        (("--model", "none.onnx"), InputError, "there is no model file none.onnx"),
        (("--detector", "rsn-nano", "--boxes", "detector"), ArtefactError, "is a pose network, not a person detector"),
        (("--boxes", "none.json"), InputError, "none.json could not be read"),
    ],
    ids=["detector", "no-model", "no-detector", "no-boxes"],
)
def test_a_wrong_file_is_one_sentence(
    root: Path, arguments: tuple[str, ...], error: type[Exception], sentence: str
) -> None:
    result = call(root, *arguments)

    assert isinstance(result.exception, error)
    assert sentence in str(result.exception)


def test_networks_that_see_other_crops_are_not_averaged(root: Path, wide_checkpoint: Path) -> None:
    result = call(root, "--model", "rsn-nano", "--model", wide_checkpoint)

    assert "differ in padding, so their heat-maps cannot be averaged" in str(result.exception)


@pytest.fixture(name="wide_checkpoint")
def _wide_checkpoint(tmp_path: Path) -> Path:
    from dataclasses import replace

    from rsn_edge.artefact.checkpoint import Checkpoint, read_checkpoint, write_checkpoint
    from rsn_edge.spec import ModelSpec

    checkpoint = read_checkpoint(FOLDER / "rsn-nano.safetensors")
    assert isinstance(checkpoint.spec, ModelSpec)
    write_checkpoint(tmp_path / "wide", Checkpoint(replace(checkpoint.spec, padding=(1.5, 1.5)), checkpoint.state))
    return tmp_path / "wide"


@pytest.mark.parametrize("arguments", [(), ("--coco", "val2017", "--mpii", "valid.json")], ids=["none", "both"])
def test_one_thing_is_measured_on(arguments: tuple[str, ...]) -> None:
    assert CliRunner().invoke(bench, arguments).exit_code == 2


def test_from_the_outside_bad_input_is_one_line(root: Path) -> None:
    finished = rsn_edge("bench", "--coco", "val2014", "--coco-root", root)

    assert finished.returncode == 1
    assert finished.stderr.count("\n") == 1
    assert "there is no COCO split 'val2014'" in finished.stderr


def test_a_model_that_was_calibrated_on_the_pictures_is_marked(root: Path, tmp_path: Path) -> None:
    model = onnx.load(FOLDER / "rsn-nano.onnx")
    onnx.helper.set_model_props(model, {**read_onnx_header(FOLDER / "rsn-nano.onnx").metadata, IMAGES_KEY: "7,12"})
    onnx.save(model, tmp_path / "int8.onnx")

    result = call(root, "--json", "--model", tmp_path / "int8.onnx", "--report", tmp_path / "report")

    assert figures(result)["calibration_leak"] == [12]
    assert result.stderr.count("CALIBRATION LEAK: the model was calibrated on 1 of these pictures") == 1
    assert "- CALIBRATION LEAK" in (tmp_path / "report" / "report.md").read_text()
    assert figures(call(root, "--json"))["calibration_leak"] == []
