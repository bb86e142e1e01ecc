"""Which runtime opens which file: decided by what the file holds, not by its name."""

import logging
from collections.abc import Mapping
from pathlib import Path

from rsn_edge.artefact.checkpoint import read_checkpoint
from rsn_edge.artefact.kind import ArtefactKind, artefact_kind, next_step
from rsn_edge.artefact.manifest import read_manifest
from rsn_edge.artefact.onnx_header import NEEDS_KEY, read_onnx_header
from rsn_edge.backend.foreign import survive_opening
from rsn_edge.backend.protocol import Backend, BackendChoice, Runtime
from rsn_edge.device.machine import Machine, this_machine
from rsn_edge.embedded import FOLDER
from rsn_edge.errors import ArtefactError, BackendError

# What opens a kind of file, the default first; engines are not run by this version.
_OPENERS: Mapping[ArtefactKind, tuple[Runtime, ...]] = {
    "checkpoint": ("torch",),
    "onnx": ("onnxruntime", "openvino"),
}


def open_backend(path: Path, choice: BackendChoice | None = None) -> Backend:
    """The network in a model file; the caller closes it.

    A file that is neither embedded nor has a manifest that fits it is opened in a child process first. ArtefactError
    where it is no model file or kills its runtime, BackendError where no runtime, or not the one that was asked for,
    can run it.
    """
    choice = choice or BackendChoice()
    opener = _opener(path, choice)
    check_processor(path)
    if opener != "torch" and not _ours(path):
        survive_opening(path, opener)
    backend = _open(path, choice, opener)
    logging.getLogger(__name__).info("%s: %s", path, backend.facts)
    return backend


def check_processor(path: Path, machine: Machine | None = None) -> None:
    """BackendError where an INT8 file would compute wrong sums on a machine, by default this one."""
    needs = read_onnx_header(path).metadata.get(NEEDS_KEY, "any") if artefact_kind(path) == "onnx" else "any"
    if needs != "any" and not (machine or this_machine()).multiplies_bytes:
        raise BackendError(
            f"{path} is for processors that have {needs.replace('|', ' or ')}, which this one has not",
            "Build it for this one: rsn-edge build-engine MODEL --precision int8 --target cpu.",
        )


def open_trusted(path: Path, choice: BackendChoice) -> Backend:
    """The same without the child process."""
    return _open(path, choice, _opener(path, choice))


def _opener(path: Path, choice: BackendChoice) -> Runtime:
    kind = artefact_kind(path)
    able = _OPENERS.get(kind, ())
    for opener in able:  # the default first
        if choice.runtime in ("auto", opener):
            return opener
    remedy = next_step(kind, path)
    if able:
        raise BackendError(f"{path} is of kind {kind}, which '{choice.runtime}' does not open", remedy)
    raise BackendError(f"{path} is of kind {kind}, which this version of rsn-edge does not run yet", remedy)


def _ours(path: Path) -> bool:
    if path.resolve().parent == FOLDER.resolve():
        return True
    try:
        return read_manifest(path) is not None
    except ArtefactError:  # of another file
        return False


def _open(path: Path, choice: BackendChoice, opener: Runtime) -> Backend:
    if opener == "torch":
        from rsn_edge.backend.torch import TorchBackend

        return TorchBackend(read_checkpoint(path), choice)
    if opener == "openvino":
        from rsn_edge.backend.openvino import OpenVinoBackend

        return OpenVinoBackend(path, choice)
    from rsn_edge.backend.onnxruntime import OnnxRuntimeBackend

    return OnnxRuntimeBackend(path, choice)
