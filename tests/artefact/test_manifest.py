"""A manifest comes back as it was written, and never describes another file."""

import json
import random
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from rsn_edge.artefact import manifest as module
from rsn_edge.artefact.kind import file_sha256
from rsn_edge.artefact.manifest import Manifest, Thresholds, manifest_path, read_manifest, write_manifest
from rsn_edge.backend.protocol import TensorSpec
from rsn_edge.errors import ArtefactError
from rsn_edge.spec import VARIANTS


def _artefact(folder: Path) -> tuple[Path, Manifest]:
    path = folder / "net.onnx"
    path.write_bytes(b"weights")
    manifest = Manifest(
        kind="onnx",
        model="rsn-nano",
        precision="fp32",
        evidence="measured",
        spec=VARIANTS["rsn-nano"],
        artefact_sha256=file_sha256(path),
        weights_sha256="ab" * 32,
        inputs=(TensorSpec("crops", (-1, 3, 256, 192), "float32"),),
        outputs=(TensorSpec("heatmaps", (-1, 17, 64, 48), "float32"),),
        thresholds=Thresholds(joint=0.2),
        checks={"parity_batch_1": 1e-6},
    )
    return path, manifest


@pytest.mark.parametrize("spec", [VARIANTS["rsn-nano"], None], ids=["ours", "foreign"])
def test_a_manifest_comes_back_as_it_was_written(spec: Any, tmp_path: Path) -> None:
    path, manifest = _artefact(tmp_path)
    manifest = replace(manifest, spec=spec)

    write_manifest(path, manifest)

    assert read_manifest(path) == manifest
    assert manifest_path(path).name == "net.onnx.json"


def test_no_manifest_is_none(tmp_path: Path) -> None:
    path, _ = _artefact(tmp_path)
    assert read_manifest(path) is None


def test_a_manifest_of_another_file_names_both_digests(tmp_path: Path) -> None:
    path, manifest = _artefact(tmp_path)
    write_manifest(path, manifest)
    path.write_bytes(b"other weights")

    with pytest.raises(ArtefactError) as caught:
        read_manifest(path)

    assert manifest.artefact_sha256 in str(caught.value)
    assert file_sha256(path) in str(caught.value)


def test_a_file_is_read_once_as_long_as_it_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, written = _artefact(tmp_path)
    write_manifest(path, written)
    read: list[Path] = []

    def counted(file: Path) -> str:
        read.append(file)
        return file_sha256(file)

    monkeypatch.setattr(module, "file_sha256", counted)

    read_manifest(path)
    read_manifest(path)

    assert read == [path]


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"schema": "rsn-edge/manifest/9"}, id="schema of the future"),
        pytest.param({"kind": "tea"}, id="unknown kind"),
        pytest.param({"evidence": "guessed"}, id="unknown evidence"),
        pytest.param({"model": 7}, id="a number for a name"),
        pytest.param({"surprise": 1}, id="unknown field"),
        pytest.param({"inputs": {"crops": 1}}, id="inputs of another form"),
        pytest.param({"thresholds": {"joint": 2}}, id="threshold above 1"),
        pytest.param({"thresholds": {"joint": "high"}}, id="threshold in words"),
        pytest.param({"checks": None}, id="no checks"),
    ],
)
def test_a_manifest_that_says_nonsense_is_one_sentence(change: dict[str, Any], tmp_path: Path) -> None:
    path, manifest = _artefact(tmp_path)
    manifest_path(path).write_text(json.dumps(manifest.to_json() | change))

    with pytest.raises(ArtefactError, match="is not a manifest of this version"):
        read_manifest(path)


def test_two_hundred_mutations_give_a_manifest_or_a_sentence(tmp_path: Path) -> None:
    path, manifest = _artefact(tmp_path)
    whole, dice, refused = json.dumps(manifest.to_json()).encode(), random.Random(3), 0
    for _ in range(200):
        content = bytearray(whole[: dice.choice([len(whole), dice.randrange(len(whole))])])
        for _ in range(dice.randrange(3) if content else 0):
            content[dice.randrange(len(content))] = dice.randrange(256)
        manifest_path(path).write_bytes(content)
        try:
            assert isinstance(read_manifest(path), Manifest)
        except ArtefactError:
            refused += 1
    assert 50 < refused < 200


def test_thresholds_travel_as_notes_of_a_checkpoint() -> None:
    thresholds = Thresholds(pass_on=0.08, person=0.314, alone=0.53)

    notes = thresholds.to_notes()

    assert notes["rsn_edge.person_threshold"] == "0.314"
    assert Thresholds.from_notes({**notes, "source": "elsewhere"}) == thresholds
