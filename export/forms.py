"""The files that a float network is turned into, a row a form, and what is judged in the name of each."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import onnx

from rsn_edge.artefact.onnx_header import NEEDS_KEY, PRECISION_KEY
from rsn_edge.calibration import Range
from rsn_edge.quantisation import REDUCED_STEPS, SIGNED_STEPS, place
from rsn_edge.quantisation import Form as Places

from .half import to_half
from .int8_cpu import int8_for_cpu
from .int8_tensorrt import int8_for_tensorrt
from .simulate import simulate
from .slicing import sliced
from .surgery import Surgery

Ranges = Mapping[str, Range]
Precision = Literal["fp32", "fp16", "int8"]

INTEGER_DOT = "vnni|arm-dot"  # either of these abilities of a processor


@dataclass(frozen=True, slots=True)
class Written:
    """A model in one form: the file, and the model that is judged for it on this machine, which may be the file."""

    file: onnx.ModelProto
    judged: onnx.ModelProto


@dataclass(frozen=True, slots=True)
class Form:
    """A kind of file.

    Args:
        name: the end of the file's name: `rsn-nano.cpu-int8.onnx`.
        precision: that it computes in.
        evidence: what a figure of the judged model is: of the very file, or of an imitation.
        write: from float network, ranges and patterns of what stays in float to the file.
    """

    name: str
    precision: Precision
    evidence: Literal["measured", "simulated"]
    write: Callable[[onnx.ModelProto, Ranges, Sequence[str]], Written]


def cpu_int8(reduced: bool = False) -> Form:
    """For processors; `reduced` for those without instructions that sum products of bytes exactly."""

    def write(model: onnx.ModelProto, ranges: Ranges, keep_float: Sequence[str]) -> Written:
        graph = Surgery(model)
        sliced(graph)
        int8_for_cpu(graph, ranges, keep_float, REDUCED_STEPS if reduced else SIGNED_STEPS)
        file = graph.model({PRECISION_KEY: "int8", NEEDS_KEY: "any" if reduced else INTEGER_DOT})
        return Written(file, file)

    return Form("cpu-int8", "int8", "measured", write)


def tensorrt_int8(places: Places = "residual") -> Form:
    """For TensorRT, fp16 between the integers."""

    def write(model: onnx.ModelProto, ranges: Ranges, keep_float: Sequence[str]) -> Written:
        graph = Surgery(model)
        int8_for_tensorrt(graph, ranges, place(graph.operations, places, keep_float))
        plain = graph.model({PRECISION_KEY: "int8"})
        with_half, imitation = Surgery(plain), Surgery(plain)
        to_half(with_half, ranges)
        return Written(with_half.model({}), imitation.model(simulate(imitation)))

    return Form("trt-int8", "int8", "simulated", write)


def _as_it_is(model: onnx.ModelProto, _ranges: Ranges, _keep_float: Sequence[str]) -> Written:
    return Written(model, model)


def _in_half(model: onnx.ModelProto, ranges: Ranges, keep_float: Sequence[str]) -> Written:
    graph = Surgery(model)
    to_half(graph, ranges, keep_float)
    file = graph.model({PRECISION_KEY: "fp16"})
    return Written(file, file)


FLOAT = Form("fp32", "fp32", "measured", _as_it_is)
TENSORRT_FP16 = Form("trt-fp16", "fp16", "simulated", _in_half)
