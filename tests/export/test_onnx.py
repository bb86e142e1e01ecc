"""An exported file computes what PyTorch computes, or gets no name."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from export.onnx import TOLERANCE, export_onnx, onnx_from_checkpoint, write_checked
from rsn_edge.artefact.checkpoint import Checkpoint
from rsn_edge.artefact.manifest import Thresholds, read_manifest
from rsn_edge.artefact.onnx_header import read_onnx_header
from rsn_edge.backend.onnxruntime import OnnxRuntimeBackend
from rsn_edge.backend.openvino import OpenVinoBackend
from rsn_edge.backend.protocol import BackendChoice
from rsn_edge.backend.torch import TorchBackend, interface
from rsn_edge.errors import ArtefactError
from rsn_edge.spec import Spec, spec_to_json
from tests.export.networks import NANO, ROWS, seeded, zeroed
from tests.network.golden import read_golden, seeded_state
from tests.seeded_weights import probe_indices
from train.published.naming import Side, our_state


@pytest.mark.parametrize("spec", ROWS.values(), ids=ROWS)
def test_every_row_of_the_zoo_computes_what_pytorch_computes(spec: Spec, tmp_path: Path) -> None:
    report = export_onnx(seeded(spec), tmp_path / "net.onnx")

    assert report.parity.keys() == {1, 3, 8}
    assert max(report.parity.values()) < TOLERANCE


def test_opset_17_computes_the_same(tmp_path: Path) -> None:
    assert max(export_onnx(seeded(NANO), tmp_path / "net.onnx", opset=17).parity.values()) < TOLERANCE


@pytest.mark.parametrize(("side", "prefix"), [("official", ""), ("mmpose", "mm_")], ids=["official", "mmpose"])
def test_published_weights_give_their_own_maps_in_onnx_runtime(side: Side, prefix: str, tmp_path: Path) -> None:
    golden = read_golden("rsn18_256x192_k17")
    checkpoint = Checkpoint(golden.spec, our_state(seeded_state(side, golden.spec)))

    export_onnx(checkpoint, tmp_path / "net.onnx")
    backend = OnnxRuntimeBackend(tmp_path / "net.onnx", BackendChoice())
    maps = backend.infer({"crops": golden.picture.numpy()})["heatmaps"]

    probed = maps.ravel()[probe_indices("rsn18_256x192_k17:s0l3", maps.size)]
    error = np.abs(probed - golden.arrays[f"{prefix}s0l3_val"]).max()
    assert error < 1e-4 * golden.arrays[f"{prefix}s0l3_stat"][1]


def test_openvino_computes_the_same(tmp_path: Path) -> None:
    checkpoint = seeded(NANO)
    export_onnx(checkpoint, tmp_path / "net.onnx")
    feed = {"crops": np.random.default_rng(1).standard_normal((2, 3, 64, 64), np.float32)}

    ours = OpenVinoBackend(tmp_path / "net.onnx", BackendChoice()).infer(feed)["heatmaps"]
    wanted = TorchBackend(checkpoint).infer(feed)["heatmaps"]

    assert np.abs(ours - wanted).max() < TOLERANCE * wanted.std()


def test_the_file_tells_all_that_is_known_of_the_network(tmp_path: Path) -> None:
    checkpoint = replace(seeded(NANO), notes={"source": "elsewhere.pth"})
    export_onnx(checkpoint, tmp_path / "net.onnx")

    header = read_onnx_header(tmp_path / "net.onnx")

    assert (header.inputs, header.outputs) == interface(NANO)
    assert header.metadata["rsn_edge.spec"] == spec_to_json(NANO)
    assert header.metadata["weights_sha256"] == checkpoint.weights_sha256
    assert header.metadata["rsn_edge.precision"] == "fp32"
    assert header.metadata["source"] == "elsewhere.pth"


def test_the_manifest_beside_the_file_agrees_with_it(tmp_path: Path) -> None:
    thresholds = Thresholds(joint=0.2)
    checkpoint = replace(seeded(NANO), notes=thresholds.to_notes())

    report = export_onnx(checkpoint, tmp_path / "net.onnx")
    manifest = read_manifest(tmp_path / "net.onnx")

    assert manifest is not None
    assert manifest.spec == NANO
    assert manifest.weights_sha256 == checkpoint.weights_sha256
    assert (manifest.thresholds, manifest.calibrated) == (thresholds, False)
    assert manifest.checks == {f"parity_batch_{batch}": error for batch, error in report.parity.items()}


@pytest.mark.parametrize("tensor", ["top.conv.bn.bias", "stage0.upsample.up4.res_conv2.bn.running_mean"])
def test_a_file_that_computes_something_else_leaves_nothing(tensor: str, tmp_path: Path) -> None:
    checkpoint = seeded(NANO)
    wrong = onnx_from_checkpoint(zeroed(checkpoint, tensor))

    with pytest.raises(ArtefactError, match=r"differs from PyTorch by .* at batch \d .*was not written"):
        write_checked(wrong, checkpoint, tmp_path / "net.onnx")

    assert list(tmp_path.iterdir()) == []


def test_huge_maps_are_compared_like_all_others(tmp_path: Path) -> None:
    checkpoint = seeded(NANO)
    last = "stage0.upsample.up4.res_conv2.bn.weight"
    huge = replace(checkpoint, state={**checkpoint.state, last: np.float32(1e25) * checkpoint.state[last]})

    parity = export_onnx(huge, tmp_path / "net.onnx").parity

    assert 0 < max(parity.values()) < TOLERANCE


def test_a_crash_after_the_file_leaves_no_manifest_of_the_old_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "net.onnx"
    export_onnx(seeded(NANO), path, opset=17)
    monkeypatch.setattr("export.model_file.write_manifest", _interrupted)

    with pytest.raises(KeyboardInterrupt):
        export_onnx(seeded(NANO), path, opset=20)

    assert read_onnx_header(path).opset == 20
    assert read_manifest(path) is None


def _interrupted(*_: object) -> None:
    raise KeyboardInterrupt


def test_weights_that_are_not_numbers_leave_nothing(tmp_path: Path) -> None:
    checkpoint = seeded(NANO)
    name = "top.conv.bn.bias"
    broken = replace(checkpoint, state={**checkpoint.state, name: np.full_like(checkpoint.state[name], np.nan)})

    with pytest.raises(ArtefactError, match="by nan standard deviations"):
        export_onnx(broken, tmp_path / "net.onnx")

    assert list(tmp_path.iterdir()) == []


def test_a_manifest_is_json_that_others_can_read(tmp_path: Path) -> None:
    export_onnx(seeded(NANO), tmp_path / "net.onnx")
    document = json.loads((tmp_path / "net.onnx.json").read_text())
    assert document["schema"] == "rsn-edge/manifest/1"
    assert document["spec"]["kind"] == "pose"
