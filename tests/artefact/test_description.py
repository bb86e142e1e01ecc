"""One question about any model file: what it is, and from which values on something counts."""

from dataclasses import replace
from pathlib import Path

import pytest

from rsn_edge.artefact.checkpoint import Checkpoint, write_checkpoint
from rsn_edge.artefact.description import describe, thresholds_of
from rsn_edge.artefact.kind import file_sha256
from rsn_edge.artefact.manifest import Manifest, Thresholds, write_manifest
from rsn_edge.embedded import DETECTOR, FOLDER, POSE
from rsn_edge.errors import ArtefactError
from rsn_edge.spec import VARIANTS
from tests.artefact.onnx_files import small_onnx

NANO = replace(VARIANTS["rsn-nano"], confidence=((0.0, 0.0), (0.5, 0.9)))


@pytest.mark.parametrize("name", [POSE, DETECTOR])
def test_a_network_has_the_same_thresholds_in_every_form(name: str, tmp_path: Path) -> None:
    alone = tmp_path / "without-manifest.onnx"
    alone.write_bytes((FOLDER / f"{name}.onnx").read_bytes())

    thresholds = thresholds_of(FOLDER / f"{name}.onnx")

    assert thresholds != Thresholds()
    assert thresholds_of(FOLDER / f"{name}.safetensors") == thresholds
    assert thresholds_of(alone) == thresholds


def test_a_manifest_goes_before_the_notes_in_the_file(tmp_path: Path) -> None:
    path = tmp_path / "net.onnx"
    path.write_bytes(small_onnx(Thresholds(joint=0.3).to_notes()))
    known = Thresholds(joint=0.4)
    write_manifest(path, Manifest("onnx", "n", "fp32", "measured", None, file_sha256(path), "", (), (), known))

    assert thresholds_of(path) == known


@pytest.mark.parametrize("value", ["high", "1.5", "nan"])
def test_a_threshold_that_is_no_fraction_is_one_sentence(value: str, tmp_path: Path) -> None:
    path = tmp_path / "net.onnx"
    path.write_bytes(small_onnx({"rsn_edge.joint_threshold": value}))

    with pytest.raises(ArtefactError, match=rf"names a threshold that is none: .*{value}"):
        thresholds_of(path)


def test_the_facts_hold_the_whole_arithmetic(tmp_path: Path) -> None:
    write_checkpoint(tmp_path / "net", Checkpoint(NANO, {}))

    facts = describe(tmp_path / "net").facts()

    assert (facts["mean"], facts["std"]) == (NANO.mean, NANO.std)
    assert (facts["blur"], facts["prm"], facts["confidence"]) == (5, "off", NANO.confidence)


def test_the_facts_of_an_onnx_file_hold_its_tensors(tmp_path: Path) -> None:
    (tmp_path / "net").write_bytes(small_onnx())

    facts = describe(tmp_path / "net").facts()

    assert facts["opset"] == 17
    assert facts["inputs"] == ["x float32 (any, 2)"]


def test_weights_are_not_read(tmp_path: Path) -> None:
    content = bytearray((FOLDER / f"{POSE}.safetensors").read_bytes())
    content[-1] ^= 1
    (tmp_path / "net").write_bytes(content)

    assert describe(tmp_path / "net").facts()["model"] == POSE
