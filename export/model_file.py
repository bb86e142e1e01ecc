"""A model file: written with the manifest beside it, or opened before it has a place."""

from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory

from rsn_edge.artefact.kind import ArtefactKind
from rsn_edge.artefact.manifest import Manifest, manifest_path, write_manifest
from rsn_edge.artefact.writing import whole_file
from rsn_edge.backend.onnxruntime import OnnxRuntimeBackend
from rsn_edge.backend.protocol import Backend, BackendChoice
from rsn_edge.backend.torch import interface
from rsn_edge.spec import ModelSpec, Spec


def manifest_of(content: bytes, spec: Spec, weights_sha256: str, kind: ArtefactKind = "onnx") -> Manifest:
    """The manifest of a file's content; of one in fp32 that is measured, unless something else is said later."""
    inputs, outputs = interface(spec)
    return Manifest(
        kind=kind,
        model=spec.variant,
        precision="fp32",
        evidence="measured",
        spec=spec,
        artefact_sha256=sha256(content).hexdigest(),
        weights_sha256=weights_sha256,
        inputs=inputs,
        outputs=outputs,
        calibrated=isinstance(spec, ModelSpec) and bool(spec.confidence),
    )


def write_model(path: Path, content: bytes, manifest: Manifest) -> None:
    """Writes both; OutputError where the file system refuses."""
    with whole_file(path) as temporary:
        temporary.write_bytes(content)
        # Before the file takes its name: an old manifest beside a new file is refused, none at all is not.
        manifest_path(path).unlink(missing_ok=True)
    write_manifest(path, manifest)


def open_model(content: bytes) -> Backend:
    """An ONNX file's content, opened in ONNX Runtime; the caller closes it."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "model.onnx"
        path.write_bytes(content)
        return OnnxRuntimeBackend(path, BackendChoice())
