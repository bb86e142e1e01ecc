"""From a checkpoint to an ONNX file that was compared with PyTorch before it got its name, and its manifest."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from rsn_edge import __version__
from rsn_edge.artefact.checkpoint import Checkpoint
from rsn_edge.artefact.manifest import Thresholds
from rsn_edge.artefact.onnx_header import PRECISION_KEY
from rsn_edge.backend.torch import TorchBackend, interface
from rsn_edge.errors import ArtefactError
from rsn_edge.network.build import load_network
from rsn_edge.network.trace import trace
from rsn_edge.spec import SPEC_KEY, spec_to_json

from .graph import model_from_graph
from .model_file import manifest_of, open_model, write_model

Float64 = NDArray[np.float64]

OPSETS = (20, 17)
BATCHES = (1, 3, 8)  # compared with PyTorch
TOLERANCE = 1e-4  # largest difference, in standard deviations of the output; float32 noise is 5e-6


@dataclass(frozen=True, slots=True)
class ExportReport:
    """What was written.

    Args:
        path: the file; its manifest lies beside it.
        bytes: its size.
        parity: largest difference to PyTorch by batch, in standard deviations of the output.
        artefact_sha256, weights_sha256: digests of the file and of the checkpoint's weights.
    """

    path: Path
    bytes: int
    parity: Mapping[int, float]
    artefact_sha256: str
    weights_sha256: str


def export_onnx(checkpoint: Checkpoint, path: Path, opset: int = OPSETS[0]) -> ExportReport:
    """Writes the network as fp32 ONNX and a manifest beside it.

    ArtefactError where the weights do not fit the spec or the file computes something else than PyTorch: then nothing
    is left. OutputError where the file system refuses.
    """
    return write_checked(onnx_from_checkpoint(checkpoint, opset), checkpoint, path)


def onnx_from_checkpoint(checkpoint: Checkpoint, opset: int = OPSETS[0]) -> bytes:
    """The ONNX file's content; equal checkpoints give equal bytes."""
    spec = checkpoint.spec
    network = trace(load_network(spec, checkpoint.state), spec.input_hw)
    notes = {
        **checkpoint.notes,
        SPEC_KEY: spec_to_json(spec),
        "weights_sha256": checkpoint.weights_sha256,
        "rsn_edge.version": __version__,
        PRECISION_KEY: "fp32",
    }
    model = model_from_graph(network, *interface(spec), opset, notes)
    return bytes(model.SerializeToString(deterministic=True))


def write_checked(content: bytes, checkpoint: Checkpoint, path: Path) -> ExportReport:
    """Writes an ONNX file of `checkpoint` and its manifest, after comparison with PyTorch."""
    parity = _parity(content, checkpoint)
    worst = max(parity, key=lambda batch: parity[batch])
    if not parity[worst] <= TOLERANCE:  # also where it is not a number
        raise ArtefactError(
            f"the ONNX file differs from PyTorch by {parity[worst]:.2g} standard deviations of the output at batch "
            f"{worst} (allowed {TOLERANCE:g}); {path} was not written",
            "If the checkpoint's weights are sound (rsn-edge inspect), please report this.",
        )
    manifest = replace(
        manifest_of(content, checkpoint.spec, checkpoint.weights_sha256),
        thresholds=Thresholds.from_notes(checkpoint.notes),
        checks={f"parity_batch_{batch}": error for batch, error in parity.items()},
    )
    write_model(path, content, manifest)
    return ExportReport(path, len(content), parity, manifest.artefact_sha256, manifest.weights_sha256)


def _parity(content: bytes, checkpoint: Checkpoint) -> dict[int, float]:
    ours, reference = open_model(content), TorchBackend(checkpoint)
    random = np.random.default_rng(0)
    (entry,) = reference.inputs
    errors = {}
    for batch in BATCHES:
        feed = {entry.name: random.standard_normal((batch, *entry.shape[1:]), np.float32)}
        got, wanted = ours.infer(feed), reference.infer(feed)
        errors[batch] = max(
            _deviation(np.asarray(got[name], np.float64), np.asarray(wanted[name], np.float64)) for name in wanted
        )
    return errors


def _deviation(got: Float64, wanted: Float64) -> float:
    """Largest difference in standard deviations of `wanted`; in float64, as a spread may overflow float32."""
    return float(np.abs(got - wanted).max() / max(wanted.std(), np.finfo(np.float32).tiny))
