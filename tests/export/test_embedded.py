"""The networks in the package: each .onnx is the export of the checkpoint beside it, and its manifest fits it."""

import onnx
import pytest

from export.onnx import TOLERANCE, onnx_from_checkpoint
from rsn_edge.artefact.checkpoint import read_checkpoint
from rsn_edge.artefact.manifest import Thresholds, read_manifest
from rsn_edge.embedded import DETECTOR, FOLDER, POSE

every_network = pytest.mark.parametrize("name", [POSE, DETECTOR])
THRESHOLDS = {POSE: Thresholds(joint=0.4), DETECTOR: Thresholds(pass_on=0.08, person=0.357, alone=0.53)}


def _without_version(content: bytes) -> bytes:
    # Which release wrote a file is in it; a release that changes nothing else need not write it anew.
    model = onnx.load_from_string(content)
    model.ClearField("producer_version")
    notes = [note for note in model.metadata_props if note.key != "rsn_edge.version"]
    del model.metadata_props[:]
    model.metadata_props.extend(notes)
    return bytes(model.SerializeToString(deterministic=True))


@every_network
def test_the_onnx_file_is_the_export_of_the_checkpoint_to_the_last_byte(name: str) -> None:
    exported = onnx_from_checkpoint(read_checkpoint(FOLDER / f"{name}.safetensors"))

    assert _without_version(exported) == _without_version((FOLDER / f"{name}.onnx").read_bytes())


@every_network
def test_the_manifest_belongs_to_the_file(name: str) -> None:
    checkpoint = read_checkpoint(FOLDER / f"{name}.safetensors")

    manifest = read_manifest(FOLDER / f"{name}.onnx")

    assert manifest is not None
    assert (manifest.spec, manifest.weights_sha256) == (checkpoint.spec, checkpoint.weights_sha256)
    assert manifest.thresholds == THRESHOLDS[name]
    assert max(manifest.checks.values()) < TOLERANCE
