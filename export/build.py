"""From a float network to the files that a device runs: written, judged beside the float one, kept if they hold."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Literal

import numpy as np
import onnx

from rsn_edge.artefact.manifest import JOINT_THRESHOLD, Thresholds
from rsn_edge.artefact.onnx_header import NEEDS_KEY, PRECISION_KEY
from rsn_edge.calibration import Calibration, Method, Range
from rsn_edge.quantisation import REDUCED_STEPS, SIGNED_STEPS, place
from rsn_edge.quantisation import Form as Places
from rsn_edge.spec import ModelSpec, Spec

from .calibrate import calibrate
from .crop_set import CropSet
from .gate.gate import Gate, LabelledSet, Material, extreme_crops
from .gate.sensitivity import RANKING_CROPS, Sensitivity, blocks_of, hold
from .gate.verdict import Verdict
from .half import to_half
from .int8_cpu import int8_for_cpu, sliced
from .int8_tensorrt import int8_for_tensorrt
from .model_file import open_model
from .padding import padded
from .simulate import simulate
from .surgery import Surgery

Ranges = Mapping[str, Range]
Precision = Literal["fp32", "fp16", "int8"]

INTEGER_DOT = "vnni|arm-dot"  # either of these abilities of a processor

_TRIED: tuple[Method, ...] = ("mse", "max", "percentile")  # entropy gives up peaks, which are all that maps hold


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
        padded(graph)
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


@dataclass(frozen=True, slots=True, eq=False)
class Network:
    """A float network, and what its files are made with and judged on.

    Args:
        model: fp32.
        spec: of it.
        thresholds: where joints and persons begin with it.
        crops: that stand for its use; none of those that its ranges come from.
        calibration: its ranges; None where no form has integers.
        labels: sets on which its files are judged instead of on the crops.
    """

    model: onnx.ModelProto
    spec: Spec
    thresholds: Thresholds
    crops: CropSet
    calibration: Calibration | None = None
    labels: tuple[LabelledSet, ...] = ()

    @property
    def material(self) -> Sequence[Material]:
        """On which its files are judged."""
        return self.labels or (self.crops,)

    @property
    def threshold(self) -> float:
        """Confidence of a joint, or score of a person, from which on it is shown."""
        usual = self.thresholds.joint if isinstance(self.spec, ModelSpec) else self.thresholds.alone
        return JOINT_THRESHOLD if usual is None else usual


@dataclass(frozen=True, slots=True, eq=False)
class Built:
    """A file in memory and how it was found.

    Args:
        form: what it is.
        written: the file, and the model that was judged for it.
        method: by which its ranges were chosen; None where it has none.
        keep: blocks that stay in float.
        verdict: of the gate; None where it was not run.
        sensitivity: the search for `keep`.
        control: the verdict on ranges that no person was shown for: what the calibration is worth.
    """

    form: Form
    written: Written
    method: Method | None = None
    keep: tuple[str, ...] = ()
    verdict: Verdict | None = None
    sensitivity: Sensitivity | None = None
    control: Verdict | None = None

    @property
    def holds(self) -> bool:
        """Whether it may be kept: the gate passed it, or was not asked."""
        return self.verdict is None or self.verdict.passed


def gate_of(network: Network, material: Sequence[Material], limit: float) -> Gate:
    """The gate with the float network as its reference."""
    with closing(open_model(network.model.SerializeToString())) as reference:
        return Gate(reference, network.spec, material, limit, network.threshold)


def build(network: Network, form: Form, gate: Gate | None, keep_float: Sequence[str]) -> Built:
    """A form, judged; with integers its blocks go back to float until the gate passes, as far as that can help.

    `keep_float` are patterns of operations that stay in float whatever the gate says.
    """
    calibration = network.calibration
    if form.precision == "int8" and calibration:
        return _with_integers(network, form, calibration, gate, keep_float)
    ranges = calibration.selected("max") if calibration else {}  # which tell what is too large for half precision
    written = form.write(network.model, ranges, keep_float)
    return Built(form, written, verdict=_verdict(written, gate) if gate else None)


def _with_integers(
    network: Network, form: Form, calibration: Calibration, gate: Gate | None, keep_float: Sequence[str]
) -> Built:
    ranking = gate_of(network, [network.crops[:RANKING_CROPS]], limit=1.0)

    def written(method: Method, kept: Sequence[str] = ()) -> Written:
        return form.write(network.model, calibration.selected(method), [*keep_float, *kept])

    def loss(method: Method) -> float:
        return float(np.nan_to_num(_verdict(written(method), ranking).drop, nan=np.inf))

    method = calibration.chosen or sorted(_TRIED, key=loss)[0]
    if gate is None:
        return Built(form, written(method), method)
    found = hold(
        lambda kept: open_model(written(method, kept).judged.SerializeToString()),
        blocks_of(network.model),
        ranking,
        gate,
    )
    kept, control = found.best.kept, _control(network, form, gate)
    return Built(form, written(method, kept), method, kept, found.best.verdict, found, control)


def _control(network: Network, form: Form, gate: Gate) -> Verdict:
    """The same form with ranges of pictures that show nobody."""
    nobody = calibrate(network.model, network.spec, extreme_crops(network.spec.input_hw), {})
    return _verdict(form.write(network.model, nobody.selected("max"), ()), gate)


def _verdict(written: Written, gate: Gate) -> Verdict:
    with closing(open_model(written.judged.SerializeToString())) as candidate:
        return gate.verdict(candidate)
