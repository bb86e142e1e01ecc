"""What an .onnx file says of itself, read without any package: a walk over its protobuf that trusts no length.

Field numbers are those of onnx.proto (ModelProto, GraphProto, ValueInfoProto, TensorProto).
"""

import mmap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from rsn_edge.backend.protocol import TensorSpec
from rsn_edge.errors import ArtefactError

PRECISION_KEY = "rsn_edge.precision"  # of the notes: fp32, fp16, int8, ...

# TensorProto.DataType as numpy names; bfloat16 has none in numpy and keeps the name that the field uses.
_DTYPES = {
    1: "float32", 2: "uint8", 3: "int8", 4: "uint16", 5: "int16", 6: "int32", 7: "int64", 8: "str", 9: "bool",
    10: "float16", 11: "float64", 12: "uint32", 13: "uint64", 14: "complex64", 15: "complex128", 16: "bfloat16",
}  # fmt: skip
_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
_EXTERNAL = 1  # TensorProto.DataLocation


@dataclass(frozen=True, slots=True)
class OnnxHeader:
    """An ONNX file without its nodes and weights.

    Args:
        ir_version: version of the file format.
        opset: version of the standard operators, 0 where the file names none.
        producer: name of the program that wrote it.
        metadata: the file's notes; ours begin with `rsn_edge.`.
        inputs, outputs: tensors of the graph; -1 marks an axis of any length.
        external: weights lie in other files beside it.
    """

    ir_version: int
    opset: int
    producer: str
    metadata: Mapping[str, str]
    inputs: tuple[TensorSpec, ...]
    outputs: tuple[TensorSpec, ...]
    external: bool


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
    """A message within the file: its fields are (number, value), value a number or the span of bytes it holds."""

    def __init__(self, content: mmap.mmap, start: int, end: int) -> None:
        self._content, self._start, self._end = content, start, end

    def fields(self) -> Iterator[tuple[int, "int | _Span"]]:
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

    def text(self) -> str:
        return self._content[self._start : self._end].decode("utf-8", "replace")

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
    ir_version, opset, producer, graph = 0, 0, "", None
    metadata: dict[str, str] = {}
    for number, value in _Span(content, 0, len(content)).fields():
        if number == 1 and isinstance(value, int):
            ir_version = value
        elif number == 2 and isinstance(value, _Span):
            producer = value.text()
        elif number == 7 and isinstance(value, _Span):
            graph = value
        elif number == 8 and isinstance(value, _Span):
            opset = _opset(value) or opset
        elif number == 14 and isinstance(value, _Span):
            metadata[_text(value, 1)] = _text(value, 2)
    if graph is None or not ir_version:
        raise _Broken(f"no {'version' if graph else 'graph'} in {len(content)} bytes")
    inputs, outputs, external = _interface(graph)
    return OnnxHeader(ir_version, opset, producer, MappingProxyType(metadata), inputs, outputs, external)


def _opset(entry: _Span) -> int:
    domain, version = "", 0
    for number, value in entry.fields():
        if number == 1 and isinstance(value, _Span):
            domain = value.text()
        elif number == 2 and isinstance(value, int):
            version = value
    return version if domain in ("", "ai.onnx") else 0


def _interface(graph: _Span) -> tuple[tuple[TensorSpec, ...], tuple[TensorSpec, ...], bool]:
    inputs: list[TensorSpec] = []
    outputs: list[TensorSpec] = []
    weights, external = set(), False
    for number, value in graph.fields():
        if not isinstance(value, _Span):
            continue
        if number == 5:
            weights.add(_text(value, 8))
            external |= _number(value, 14) == _EXTERNAL
        elif number in (11, 12):
            (inputs if number == 11 else outputs).append(_tensor(value))
    # Before IR version 4 every weight was also listed as an input.
    return tuple(t for t in inputs if t.name not in weights), tuple(outputs), external


def _tensor(info: _Span) -> TensorSpec:
    kind = _child(_child(info, 2), 1)  # ValueInfoProto.type, TypeProto.tensor_type; sequences and maps have none
    dtype = _number(kind, 1)
    shape = _child(kind, 2)
    axes = [axis for number, axis in shape.fields() if number == 1 and isinstance(axis, _Span)] if shape else []
    return TensorSpec(
        _text(info, 1), tuple(_length(axis) for axis in axes), _DTYPES.get(dtype or 0, f"onnx type {dtype}")
    )


def _length(axis: _Span) -> int:
    length = _number(axis, 1)
    return -1 if length is None or length >= 1 << 63 else length  # negative numbers come as 64-bit complements


def _child(message: _Span | None, wanted: int) -> _Span | None:
    found = None
    for number, value in message.fields() if message else ():
        if number == wanted and isinstance(value, _Span):
            found = value
    return found


def _number(message: _Span | None, wanted: int) -> int | None:
    found = None
    for number, value in message.fields() if message else ():
        if number == wanted and isinstance(value, int):
            found = value
    return found


def _text(message: _Span, wanted: int) -> str:
    found = _child(message, wanted)
    return found.text() if found else ""
