"""What kind of model file a path holds, by its first bytes, never by its name."""

import os
from pathlib import Path
from typing import Literal, get_args

from rsn_edge.errors import ArtefactError

ArtefactKind = Literal["checkpoint", "torch", "onnx", "tensorrt", "tensorrt-rtx", "openvino"]
KINDS: tuple[ArtefactKind, ...] = get_args(ArtefactKind)

_HEAD = 4096  # bytes that are looked at
_IR_VERSION_TAG = 0x08  # protobuf: field 1, a number; every ONNX writer puts it first
_NEWEST_IR = 64  # far above any ONNX version: what follows the tag is one byte
_PICKLES = (b"\x80\x02", b"\x80\x03", b"\x80\x04", b"\x80\x05")  # protocols of torch.save before 1.6

# Files that people take for models, by how they begin, in small letters.
_FOREIGN = {
    b"pk\x03\x04": "a zip file that torch.save did not write",
    b"version https://git-lfs": "a Git LFS pointer, not the file itself: run git lfs pull",
    b"<!doctype html": "a web page, not a model: the download went wrong",
    b"<html": "a web page, not a model: the download went wrong",
}


def artefact_kind(path: Path) -> ArtefactKind:
    """What `path` holds; ArtefactError where it is missing, a folder, empty, or no model file.

    `checkpoint` is safetensors, `torch` a file of torch.save, old or new, `tensorrt` and `tensorrt-rtx` are engines
    (also behind the length and JSON that ultralytics puts in front of one), `openvino` is the .xml of a model.
    """
    head, size = _head_and_size(path)
    kind = _kind(head, size)
    if kind is None:
        known = "safetensors, torch, ONNX, TensorRT and OpenVINO files"
        raise ArtefactError(f"{path} is not a model file ({size} bytes, {_looks_like(head)})", f"Known are {known}.")
    return kind


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
    engine = _engine_kind(head)
    if engine is not None:
        return engine
    if head[8:9] == b"{" and 2 <= int.from_bytes(head[:8], "little") <= size - 8:
        return "checkpoint"
    if (head[:4] == b"PK\x03\x04" and b"data.pkl" in head) or head[:2] in _PICKLES:
        return "torch"
    if head[:1] == bytes([_IR_VERSION_TAG]) and 1 <= int.from_bytes(head[1:2], "little") < _NEWEST_IR:
        return "onnx"
    if b"<net " in head and head.lstrip(b"\xef\xbb\xbf \r\n\t")[:5] in (b"<?xml", b"<net "):
        return "openvino"
    return None


def _engine_kind(head: bytes) -> ArtefactKind | None:
    magics: dict[bytes, ArtefactKind] = {b"ftrt": "tensorrt", b"vtrt": "tensorrt-rtx"}
    if head[4:5] == b"{":  # ultralytics: a length of four bytes, that many bytes of JSON, then the engine
        start = 4 + int.from_bytes(head[:4], "little")
        return magics.get(head[start : start + 4])
    return magics.get(head[:4])


def _looks_like(head: bytes) -> str:
    for beginning, what in _FOREIGN.items():
        if head[: len(beginning)].lower() == beginning:
            return what
    return f"beginning {head[:8]!r}"
