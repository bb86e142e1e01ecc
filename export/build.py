"""From a float network to the files that a device runs: written, judged beside the float one, kept if they hold."""

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx

from rsn_edge.backend.choice import BackendChoice
from rsn_edge.backend.onnxruntime import OnnxRuntimeBackend
from rsn_edge.backend.protocol import Backend
from rsn_edge.calibration import Calibration, Method
from rsn_edge.spec import ModelSpec, Spec

from .calibrate import calibrate
from .crop_set import CropSet
from .forms import Form, Ranges, Written
from .gate.asking import Material
from .gate.blocks import blocks_of
from .gate.extremes import extreme_crops
from .gate.gate import Gate
from .gate.judging import Rule
from .gate.sensitivity import RANKING_CROPS, Sensitivity, hold
from .gate.verdict import Verdict

_TRIED: tuple[Method, ...] = ("mse", "max", "percentile")  # entropy gives up peaks, which are all that maps hold
_LOOSEST = 1.0  # a limit that everything passes: to compare, not to judge


@dataclass(frozen=True, slots=True, eq=False)
class Network:
    """A float network, the crops that stand for its use, and the thresholds that it is used with."""

    model: onnx.ModelProto
    spec: Spec
    crops: CropSet
    threshold: float


@dataclass(frozen=True, slots=True, eq=False)
class Built:
    """A file in memory and how it was found.

    Args:
        method: by which its ranges were chosen; None where it has none.
        keep: blocks that stay in float.
        verdict: of the gate; None where it was not run.
        sensitivity: the search for `keep`.
        control: the verdict on ranges that no person was shown for: what calibration is worth.
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


def build(
    network: Network,
    form: Form,
    calibration: Calibration | None,
    gate: Gate | None,
    keep_float: Sequence[str] = (),
    say: Callable[[str], None] = lambda _sentence: None,
) -> Built:
    """One form of a network. With a gate, blocks go back to float until it passes, as far as that helps.

    Args:
        network: what is built.
        form: into what.
        calibration: ranges; None for a form that needs none.
        gate: who judges.
        keep_float: patterns of operations that stay in float whatever the gate says.
        say: told what takes time.
    """
    if calibration is None:
        written = form.write(network.model, {}, keep_float)
        return Built(form, written, verdict=_judged(written, gate))
    ranking = Gate(open_model(network.model), network.spec, [network.crops[:RANKING_CROPS]], _rule(network, _LOOSEST))
    method = _best_method(network, form, calibration, ranking, keep_float)
    ranges = calibration.selected(method)

    def candidate(kept: Sequence[str]) -> Written:
        return form.write(network.model, ranges, [*keep_float, *kept])

    if gate is None or form.precision != "int8":
        written = candidate(())
        return Built(form, written, method, verdict=_judged(written, gate))
    say(f"{form.name}: ranges by {method}; the gate judges.")
    found = hold(lambda kept: open_model(candidate(kept).judged), blocks_of(network.model), ranking, gate)
    written = candidate(found.keep or ())
    verdict = _judged(written, gate)
    return Built(form, written, method, found.keep or (), verdict, found, _control(network, form, gate))


def gate_of(network: Network, material: Sequence[Material], limit: float) -> Gate:
    """The gate with the float network as its reference; the crops of the network where no other `material` is given."""
    return Gate(open_model(network.model), network.spec, material or [network.crops], _rule(network, limit))


def open_model(model: onnx.ModelProto) -> Backend:
    """A model in memory, opened in ONNX Runtime; the caller closes it."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.onnx"
        path.write_bytes(model.SerializeToString())
        return OnnxRuntimeBackend(path, BackendChoice())


def _rule(network: Network, limit: float) -> Rule:
    return Rule(limit, network.threshold)


def _judged(written: Written, gate: Gate | None) -> Verdict | None:
    return gate.verdict(open_model(written.judged)) if gate else None


def _best_method(
    network: Network, form: Form, calibration: Calibration, ranking: Gate, keep_float: Sequence[str]
) -> Method:
    """The method that was chosen by name; else the one of least loss on a few crops."""
    if calibration.chosen is not None:
        return calibration.chosen

    def loss(method: Method) -> float:
        written = form.write(network.model, calibration.selected(method), keep_float)
        return float(np.nan_to_num(ranking.verdict(open_model(written.judged)).drop, nan=np.inf))

    return min(_TRIED, key=loss)


def _control(network: Network, form: Form, gate: Gate) -> Verdict:
    """The same form with ranges of pictures that show nobody."""
    crops = extreme_crops(network.spec.input_hw)
    ranges: Ranges = calibrate(network.model, network.spec, crops, {}, "max").selected()
    return gate.verdict(open_model(form.write(network.model, ranges, ()).judged))


_ = ModelSpec
