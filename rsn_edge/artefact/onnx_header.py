"""What an .onnx file says of itself, read without any package: a walk over its protobuf that trusts no length.

Field numbers are those of onnx.proto (ModelProto, GraphProto, ValueInfoProto, TensorProto).
"""

import mmap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from rsn_edge.backend.protocol import TensorSpec
from rsn_edge.errors import ArtefactError

PRECISION_KEY = "rsn_edge.precision"  # of the notes: fp32, fp16, int8, ...
EVIDENCE_KEY = "rsn_edge.evidence"  # of the notes: whether running the file here measures or imitates a device
NEEDS_KEY = "rsn_edge.needs"  # of the notes: abilities of the processor, either of which will do

# TensorProto.DataType as numpy names; bfloat16 has none in numpy and keeps the name that the field uses.
_DTYPES = {
    1: "float32", 2: "uint8", 3: "int8", 4: "uint16", 5: "int16", 6: "int32", 7: "int64", 8: "str", 9: "bool",
    10: "float16", 11: "float64", 12: "uint32", 13: "uint64", 14: "complex64", 15: "complex128", 16: "bfloat16",
}  # fmt: skip
_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5


@dataclass(frozen=True, slots=True)
class OnnxHeader:
    """An ONNX file without its nodes and weights.

    Args:
        opset: version of the standard operators, 0 where the file names none.
        metadata: the file's notes; ours begin with `rsn_edge.`.
        inputs, outputs: tensors of the graph; -1 marks an axis of any length.
    """

    opset: int
    metadata: Mapping[str, str]
    inputs: tuple[TensorSpec, ...]
    outputs: tuple[TensorSpec, ...]


def read_onnx_header(path: Path) -> OnnxHeader:
    """The header of an .onnx file; ArtefactError where it is missing, empty, truncated or something else."""
    try:
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
            return _header(content)
    except OSError as error:
        raise ArtefactError(f"{path} cannot be read: {error.strerror}") from error
    except _Broken as error:
        remedy = "Copy it again, or export it again: rsn-edge export CHECKPOINT."
        raise ArtefactError(f"{path} is not an ONNX file, or only a part of one ({error})", remedy) from error
    except ValueError as error:  # mmap refuses a file of no bytes
        raise ArtefactError(f"{path} is empty (0 bytes)", "Copy or export it again.") from error


class _Broken(Exception):  # noqa: N818 - never leaves this file
    """The bytes are no ONNX model."""


class _Span:
    """A message within the file, whose fields are numbers or spans of bytes; of a field that is there twice the last.

    What is not there is an empty message, or text.
    """

    def __init__(self, content: mmap.mmap, start: int, end: int) -> None:
        self._content, self._start, self._end = content, start, end

    def messages(self, wanted: int) -> list["_Span"]:
        return [value for number, value in self._fields() if number == wanted and isinstance(value, _Span)]

    def message(self, wanted: int) -> "_Span":
        return (self.messages(wanted) or [_Span(self._content, 0, 0)])[-1]

    def number(self, wanted: int) -> int | None:
        found = [value for number, value in self._fields() if number == wanted and isinstance(value, int)]
        return found[-1] if found else None

    def text(self, wanted: int) -> str:
        span = self.message(wanted)
        return self._content[span._start : span._end].decode("utf-8", "replace")

    def _fields(self) -> Iterator[tuple[int, "int | _Span"]]:
        at = self._start
        while at < self._end:
            key, at = self._varint(at)
            number, wire = key >> 3, key & 7
            if wire == _VARINT:
                value, at = self._varint(at)
                yield number, value
                continue
            length, at = self._varint(at) if wire == _BYTES else ({_FIXED64: 8, _FIXED32: 4}.get(wire, -1), at)
            if number == 0 or length < 0 or at + length > self._end:
                raise _Broken(f"field {number} at byte {at} reaches beyond byte {self._end}")
            yield number, _Span(self._content, at, at + length)
            at += length

    def _varint(self, at: int) -> tuple[int, int]:
        value = 0
        for shift in range(0, 70, 7):
            if at >= self._end:
                break
            byte = self._content[at]
            value, at = value | (byte & 0x7F) << shift, at + 1
            if byte < 0x80:
                return value, at
        raise _Broken(f"a number at byte {at} does not end")


def _header(content: mmap.mmap) -> OnnxHeader:
    model = _Span(content, 0, len(content))
    graphs = model.messages(7)
    if not graphs or not model.number(1):
        raise _Broken(f"no {'version' if graphs else 'graph'} in {len(content)} bytes")
    names = {weight.text(8) for weight in graphs[-1].messages(5)}
    inputs, outputs = ([_tensor(info) for info in graphs[-1].messages(field)] for field in (11, 12))
    opsets = [entry.number(2) for entry in model.messages(8) if entry.text(1) in ("", "ai.onnx")]
    return OnnxHeader(
        opset=(opsets[-1] if opsets else 0) or 0,
        metadata={entry.text(1): entry.text(2) for entry in model.messages(14)},
        # Before IR version 4 every weight was also listed as an input.
        inputs=tuple(tensor for tensor in inputs if tensor.name not in names),
        outputs=tuple(outputs),
    )


def _tensor(info: _Span) -> TensorSpec:
    kind = info.message(2).message(1)  # ValueInfoProto.type, TypeProto.tensor_type; sequences and maps have none
    shape = tuple(_length(axis) for axis in kind.message(2).messages(1))
    dtype = kind.number(1)
    return TensorSpec(info.text(1), shape, _DTYPES.get(dtype or 0, f"onnx type {dtype}"))


def _length(axis: _Span) -> int:
    length = axis.number(1)
    return -1 if length is None or length >= 1 << 63 else length  # negative numbers come as 64-bit complements
