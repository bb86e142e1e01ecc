"""From a float network to the files that a device runs: written, judged beside the float one, kept if they hold."""

import tempfile
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx

from rsn_edge.artefact.manifest import JOINT_THRESHOLD, Thresholds
from rsn_edge.backend.choice import BackendChoice
from rsn_edge.backend.onnxruntime import OnnxRuntimeBackend
from rsn_edge.backend.protocol import Backend
from rsn_edge.calibration import Calibration, Method
from rsn_edge.spec import ModelSpec, Spec

from .calibrate import calibrate
from .crop_set import CropSet
from .forms import Form, Written
from .gate.asking import Material
from .gate.blocks import blocks_of
from .gate.extremes import extreme_crops
from .gate.gate import Gate
from .gate.judging import Rule
from .gate.sensitivity import RANKING_CROPS, Sensitivity, hold
from .gate.verdict import Verdict

_TRIED: tuple[Method, ...] = ("mse", "max", "percentile")  # entropy gives up peaks, which are all that maps hold


@dataclass(frozen=True, slots=True, eq=False)
class Network:
    """A float network, where joints and persons begin with it, and crops that stand for its use."""

    model: onnx.ModelProto
    spec: Spec
    thresholds: Thresholds
    crops: CropSet

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
    """The gate with the float network as its reference, on `material`; on the network's own crops without any."""
    with closing(open_model(network.model)) as reference:
        return Gate(reference, network.spec, material or [network.crops], Rule(limit, network.threshold))


def build_float(
    network: Network, form: Form, calibration: Calibration | None, gate: Gate | None, keep_float: Sequence[str]
) -> Built:
    """A form without integers, judged too; `calibration` tells what would be too large for it."""
    written = form.write(network.model, calibration.selected("max") if calibration else {}, keep_float)
    return Built(form, written, verdict=_verdict(written, gate) if gate else None)


def build_int8(
    network: Network, form: Form, calibration: Calibration, gate: Gate | None, keep_float: Sequence[str]
) -> Built:
    """A form with integers; its blocks go back to float until the gate passes, as far as that can help.

    `keep_float` are patterns of operations that stay in float whatever the gate says.
    """
    ranking = gate_of(network, [network.crops[:RANKING_CROPS]], limit=1.0)
    method = calibration.chosen or _best_method(network, form, calibration, ranking, keep_float)
    ranges = calibration.selected(method)

    def candidate(kept: Sequence[str]) -> Written:
        return form.write(network.model, ranges, [*keep_float, *kept])

    if gate is None:
        return Built(form, candidate(()), method)
    found = hold(lambda kept: open_model(candidate(kept).judged), blocks_of(network.model), ranking, gate)
    keep = found.keep or ()
    return Built(form, candidate(keep), method, keep, found.verdict, found, _control(network, form, gate))


def open_model(model: onnx.ModelProto) -> Backend:
    """A model in memory, opened in ONNX Runtime; the caller closes it."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.onnx"
        path.write_bytes(model.SerializeToString())
        return OnnxRuntimeBackend(path, BackendChoice())


def _verdict(written: Written, gate: Gate) -> Verdict:
    with closing(open_model(written.judged)) as candidate:
        return gate.verdict(candidate)


def _best_method(
    network: Network, form: Form, calibration: Calibration, ranking: Gate, keep_float: Sequence[str]
) -> Method:
    """The method that loses least on a few crops."""

    def loss(method: Method) -> float:
        written = form.write(network.model, calibration.selected(method), keep_float)
        return float(np.nan_to_num(_verdict(written, ranking).drop, nan=np.inf))

    return min(_TRIED, key=loss)


def _control(network: Network, form: Form, gate: Gate) -> Verdict:
    """The same form with ranges of pictures that show nobody."""
    nobody = calibrate(network.model, network.spec, extreme_crops(network.spec.input_hw), {})
    return _verdict(form.write(network.model, nobody.selected("max"), ()), gate)
