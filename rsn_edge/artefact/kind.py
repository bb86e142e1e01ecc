"""What kind of model file a path holds, by its first bytes, never by its name, and the digests of its content."""

import hashlib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from rsn_edge.errors import ArtefactError

ArtefactKind = Literal["checkpoint", "torch", "onnx", "tensorrt", "tensorrt-rtx"]
KINDS: tuple[ArtefactKind, ...] = get_args(ArtefactKind)

_HEAD = 4096  # bytes that are looked at
_IR_VERSION_TAG = 0x08  # protobuf: field 1, a number; every ONNX writer puts it first
_NEWEST_IR = 64  # far above any ONNX version: what follows the tag is one byte
_PICKLES = (b"\x80\x02", b"\x80\x03", b"\x80\x04", b"\x80\x05")  # protocols of torch.save before 1.6
_ENGINES: dict[bytes, ArtefactKind] = {b"ftrt": "tensorrt", b"vtrt": "tensorrt-rtx"}

_NEXT_STEPS: Mapping[ArtefactKind, str] = {
    "checkpoint": "Export it: rsn-edge export {path}",
    "torch": "Turn it into a checkpoint: rsn-edge import-weights {path} --model NAME",
    "onnx": "It runs as it is: rsn-edge run SOURCE --model {path} (to train or export, name the checkpoint behind it)",
    "tensorrt": "Run the ONNX file that it was built from.",
    "tensorrt-rtx": "Run the ONNX file that it was built from.",
}

# Files that people take for models, by how they begin, in small letters.
_FOREIGN = {
    b"pk\x03\x04": "a zip file that torch.save did not write",
    b"version https://git-lfs": "a Git LFS pointer, not the file itself: run git lfs pull",
    b"<": "a web page or other text, not a model: the download may have gone wrong",
}


def file_sha256(path: Path) -> str:
    """Hex digest of a file's bytes."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(1 << 20):
            digest.update(chunk)
    return digest.hexdigest()


def weights_sha256(state: Mapping[str, NDArray[Any]]) -> str:
    """Hex digest over the sorted (name, dtype, shape, little-endian bytes) of a network's tensors.

    `num_batches_tracked` counts training steps and changes no output: it is left out.
    """
    digest = hashlib.sha256()
    for name in sorted(state):
        if name.endswith("num_batches_tracked"):
            continue
        array = np.asarray(state[name])
        little = array.astype(array.dtype.newbyteorder("<"), copy=False)
        digest.update(f"{name}|{array.dtype.name}|{array.shape}|".encode())
        digest.update(little.tobytes())
    return digest.hexdigest()


def artefact_kind(path: Path) -> ArtefactKind:
    """What `path` holds; ArtefactError where it is missing, a folder, empty, or no model file.

    `checkpoint` is safetensors, `torch` a file of torch.save, old or new, `tensorrt` and `tensorrt-rtx` are engines.
    """
    head, size = _head_and_size(path)
    kind = _kind(head, size)
    if kind is None:
        known = "safetensors, torch, ONNX and TensorRT files"
        raise ArtefactError(f"{path} is not a model file ({size} bytes, {_looks_like(head)})", f"Known are {known}.")
    return kind


def next_step(kind: ArtefactKind, path: Path) -> str:
    """What a user can do with a file of that kind, as a sentence."""
    return _NEXT_STEPS[kind].format(path=path)


def _head_and_size(path: Path) -> tuple[bytes, int]:
    if path.is_dir():
        raise ArtefactError(f"{path} is a folder, not a model file", "Name the file in it.")
    try:
        with path.open("rb") as file:
            head, size = file.read(_HEAD), os.fstat(file.fileno()).st_size
    except OSError as error:
        raise ArtefactError(
            f"{path} cannot be read: {error.strerror}", "Check its name and who may read it."
        ) from error
    if not head:
        raise ArtefactError(f"{path} is empty (0 bytes)", "Copy or export it again.")
    return head, size


def _kind(head: bytes, size: int) -> ArtefactKind | None:
    if head[:4] in _ENGINES:
        return _ENGINES[head[:4]]
    if head[8:9] == b"{" and 2 <= int.from_bytes(head[:8], "little") <= size - 8:
        return "checkpoint"
    if (head[:4] == b"PK\x03\x04" and b"data.pkl" in head) or head[:2] in _PICKLES:
        return "torch"
    if head[:1] == bytes([_IR_VERSION_TAG]) and 1 <= int.from_bytes(head[1:2], "little") < _NEWEST_IR:
        return "onnx"
    return None


def _looks_like(head: bytes) -> str:
    for beginning, what in _FOREIGN.items():
        if head[: len(beginning)].lower() == beginning:
            return what
    return f"beginning {head[:8]!r}"
