"""Numbers as 8-bit integers: scales, rounding, and which tensors of a network are held so (Placement).

A placement names the network's own operations, so that the writer of a TensorRT file and a training that imitates it
quantise the same places.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Float32 = NDArray[np.float32]
Form = Literal["conv", "residual", "full"]

SIGNED_STEPS = 127  # of a symmetric int8 range: -128 is not used
UNSIGNED_STEPS = 255
REDUCED_STEPS = 63  # of weights where a processor adds two 16-bit products without room for their sum
_LEAST_SCALE = float(np.finfo(np.float32).tiny) * UNSIGNED_STEPS  # of a tensor that is always 0
_ELEMENTWISE = ("MaxPool", "Resize")  # as Concat and Split, they can pass integers on


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of a network: ONNX's name of its kind, its own name, the tensors that it reads and gives."""

    kind: str
    name: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Placement:
    """Where integers are read.

    Args:
        edges: (operation, position among its inputs) -> tensor.
        shared: tensor -> another one whose range it takes, so that integers pass a Split or Concat as they are.
    """

    edges: Mapping[tuple[str, int], str]
    shared: Mapping[str, str]

    @property
    def tensors(self) -> frozenset[str]:
        """All tensors that someone reads as integers."""
        return frozenset(self.edges.values())


def place(operations: Sequence[Operation], form: Form = "residual", keep_float: Sequence[str] = ()) -> Placement:
    """Where TensorRT wants integers: every convolution's input; then what a residual sum adds to a convolution.

    `residual` leaves the convolution's side of a sum alone, so that convolution, sum and ReLU become one kernel; of two
    convolutions one is left alone. Where none is summed, the sum is quantised once, for the next convolution. `full`
    also takes what concatenations, poolings and resizes read. Operations that match one of the patterns `keep_float`
    (`stage0.upsample.*`) read floats.
    """
    makers = {output: one.kind for one in operations for output in one.outputs}
    edges: dict[tuple[str, int], str] = {}
    for one in operations:
        if not is_kept(one.name, keep_float):
            edges |= {(one.name, at): one.inputs[at] for at in _places(one, makers, form)}
    shared = {output: one.inputs[0] for one in operations if one.kind == "Split" for output in one.outputs}
    if form == "full":
        shared |= {tensor: one.outputs[0] for one in operations if one.kind == "Concat" for tensor in one.inputs}
    return Placement(edges, {tensor: _root(tensor, shared) for tensor in shared})


def is_kept(name: str, keep_float: Sequence[str]) -> bool:
    """Whether an operation matches one of the patterns; a pattern also covers everything inside the module it names."""
    return any(fnmatchcase(name, pattern) or fnmatchcase(name, f"{pattern}.*") for pattern in keep_float)


def symmetric_scale(low: float, high: float) -> np.float32:
    """Scale of signed codes -127..127 for values in [low, high]."""
    scale: np.float32 = np.float32(max(-low, high, _LEAST_SCALE) / SIGNED_STEPS)
    return scale


def asymmetric_scale(low: float, high: float) -> tuple[np.float32, int]:
    """Scale and zero point of unsigned codes 0..255 for values in [low, high], widened to hold 0 exactly."""
    low, high = min(low, 0.0), max(high, 0.0)
    scale = np.float32(max(high - low, _LEAST_SCALE) / UNSIGNED_STEPS)
    return scale, int(np.clip(np.rint(-low / float(scale)), 0, UNSIGNED_STEPS))


def weight_scales(weight: Float32, steps: int = SIGNED_STEPS) -> Float32:
    """Scales (o,) of filters (o, i, h, w), one an output channel, none of them 0."""
    largest = np.abs(weight).reshape(len(weight), -1).max(axis=1)
    return np.asarray(np.maximum(largest, _LEAST_SCALE) / steps, np.float32)


def weight_codes(weight: Float32, scales: Float32, steps: int = SIGNED_STEPS) -> NDArray[np.int8]:
    """Filters (o, i, h, w) as integers of these scales (o,), rounded half to even."""
    codes = np.rint(weight / scales.reshape(-1, *(1,) * (weight.ndim - 1)))
    return np.asarray(np.clip(codes, -steps, steps), np.int8)


def _places(one: Operation, makers: Mapping[str, str], form: Form) -> Sequence[int]:
    if one.kind == "Conv":
        return (0,)
    if one.kind == "Add" and form != "conv":
        sides = [makers.get(tensor) == "Conv" for tensor in one.inputs]
        return () if not any(sides) else (1 if all(sides) else sides.index(False),)
    if form == "full" and one.kind == "Concat":
        return range(len(one.inputs))
    return (0,) if form == "full" and one.kind in _ELEMENTWISE else ()


def _root(tensor: str, shared: Mapping[str, str]) -> str:
    while tensor in shared:
        tensor = shared[tensor]
    return tensor
