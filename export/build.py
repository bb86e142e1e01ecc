"""From a float network to the files that a device runs: written, judged beside the float one, kept if they hold."""

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass

import numpy as np
import onnx

from rsn_edge.artefact.manifest import JOINT_THRESHOLD, Thresholds
from rsn_edge.calibration import Calibration, Method
from rsn_edge.spec import ModelSpec, Spec

from .calibrate import calibrate
from .crop_set import CropSet
from .forms import Form, Written
from .gate.asking import LabelledSet, Material
from .gate.blocks import blocks_of
from .gate.extremes import extreme_crops
from .gate.gate import Gate
from .gate.sensitivity import RANKING_CROPS, Sensitivity, hold
from .gate.verdict import Verdict
from .model_file import open_model

_TRIED: tuple[Method, ...] = ("mse", "max", "percentile")  # entropy gives up peaks, which are all that maps hold


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
