"""`build-engine`: every network in every form that a target wants, judged, delivered and reported."""

import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import numpy as np

from rsn_edge.artefact.description import thresholds_of
from rsn_edge.backend.protocol import Backend
from rsn_edge.calibration import Calibration, is_calibration, read_calibration
from rsn_edge.device.machine import this_machine
from rsn_edge.embedded import FOLDER
from rsn_edge.errors import ArtefactError, InputError, MissingPackageError, Verdict
from rsn_edge.people import Float32
from rsn_edge.quantisation import Form as Places
from rsn_edge.spec import ModelSpec, Spec

from .build import Built, Network, build_float, build_int8, gate_of, open_model
from .calibrate import calibrate, float_network
from .crop_set import CropSet
from .deliver import note, write_engine, write_onnx, write_simulation
from .engine import Batches, TensorRt, load_tensorrt
from .forms import FLOAT, TENSORRT_FP16, Form, Precision, cpu_int8, tensorrt_int8
from .gate.asking import LabelledSet
from .gate.gate import Gate
from .report import Subject, write_report
from .sampling import sample
from .scenes import DEMONSTRATION

CALIBRATION = ".calibration.json"

_BOX_DROP = 0.1  # F1 of boxes at a working threshold, which few pictures move a lot; see the gate's documentation
_GATE_CROPS = 128  # of another source than the ranges come from
_GATE_SHARE = 5  # each so many-th crop of a source is for the gate
_USUAL = 4  # persons in a batch
_ROUNDS = 25  # of timing

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Asked:
    """The command line of `build-engine`, one field an option; drops are in [0, 1]."""

    models: tuple[Path, ...]
    precision: Precision | Literal["auto"]
    targets: tuple[str, ...]
    calib: str | None
    labels: tuple[LabelledSet, ...]
    max_ap_drop: float
    max_oks_drop: float
    gate: bool
    keep_float: tuple[str, ...]
    places: Places
    most: int
    samples: int
    out: Path


@dataclass(frozen=True, slots=True)
class Delivered:
    """A file, and what it was made of."""

    path: Path
    model: str
    built: Built


def build_engines(asked: Asked, say: Say) -> list[Delivered]:
    """Builds, judges, writes and reports. Verdict (exit code 3) where a form cannot hold: it gets no file."""
    delivered, failed, reported = list[Delivered](), list[str](), list[tuple[Subject, list[Built]]]()
    library = _library(asked, say)
    for path in asked.models:
        began = time.monotonic()
        network, calibration = _network(path, asked, say)
        gate = _gate(network, asked) if asked.gate else None
        built = [_built(network, form, calibration, gate, asked, say) for form in _forms(asked)]
        if asked.precision == "auto":
            built = [_fastest(network, built, say)]
        for one in built:
            if not one.holds:
                failed.append(
                    f"{network.spec.variant} as {one.form.name}: {one.verdict.sentence if one.verdict else ''}"
                )
            else:
                delivered += _delivered(asked, network, one, calibration, library)
        material = asked.labels or (network.crops,)
        seconds = time.monotonic() - began
        subject = Subject(network.spec.variant, network.spec, material, calibration, this_machine(), seconds)
        reported.append((subject, built))
    if asked.precision != "fp32":
        write_report(asked.out, reported)
    if failed:
        raise Verdict(
            "; ".join(failed),
            f"See {asked.out / 'int8_report.html'}: which blocks lose it. Calibrate on pictures like yours "
            "(rsn-edge calibrate), or keep blocks in float (--keep-float).",
        )
    return delivered


def planned(asked: Asked) -> list[str]:
    """What `build_engines` would write, a line a file."""
    return [f"{path.stem}: {form.name}, {form.precision}" for path in asked.models for form in _forms(asked)]


def _library(asked: Asked, say: Say) -> TensorRt | None:
    """TensorRT-RTX where engines are wanted: without a GPU it is the one that can build them."""
    if asked.precision == "auto" or asked.targets == ("cpu",):
        return None
    try:
        return load_tensorrt("tensorrt_rtx")
    except MissingPackageError as error:
        if asked.targets != ("host",):
            raise
        say(f"No engine is built on this machine: {error} On the device: rsn-edge build-engine MODEL.trt-int8.onnx.")
        return None


def _forms(asked: Asked) -> tuple[Form, ...]:
    on_cpu = cpu_int8(reduced=not this_machine().multiplies_bytes)
    if asked.precision == "auto":
        return FLOAT, on_cpu
    if asked.precision == "fp32":
        return (FLOAT,)
    if asked.precision == "fp16":
        if asked.targets == ("cpu",):
            raise InputError("processors gain nothing from FP16", "Build for them with --precision int8 or auto.")
        return (TENSORRT_FP16,)
    if asked.targets == ("cpu",):
        return (on_cpu,)
    for_tensorrt = tensorrt_int8(asked.places)
    return (on_cpu, for_tensorrt) if asked.targets == ("host",) else (for_tensorrt,)


def _network(path: Path, asked: Asked, say: Say) -> tuple[Network, Calibration | None]:
    """The float network with crops to judge it on, and its ranges, which come from other crops."""
    model, spec = float_network(path)
    weights = note(model, "weights_sha256")
    network = Network(model, spec, thresholds_of(path), _sampled(DEMONSTRATION, spec, _GATE_CROPS, say))
    if asked.precision == "fp32":
        return network, None
    stored = _stored(asked.calib, spec.variant, weights)
    if stored:
        return network, stored
    crops, coverage = sample(asked.calib or DEMONSTRATION, spec, asked.samples, say)
    judging = np.arange(len(crops)) % _GATE_SHARE == 0
    say(f"{spec.variant}: watches itself on {int((~judging).sum())} crops of {crops.source}.")
    if not asked.calib:
        say("Ranges of your own pictures do better: rsn-edge calibrate SOURCE.")
    seen = crops[np.flatnonzero(~judging)]
    return replace(network, crops=crops[np.flatnonzero(judging)]), calibrate(model, spec, seen, coverage, None)


def _stored(calib: str | None, variant: str, weights_sha256: str) -> Calibration | None:
    """Ranges from a file: the one that is named, or the one that comes with the embedded network of these weights."""
    path = Path(calib) if calib else FOLDER / f"{variant}{CALIBRATION}"
    if not is_calibration(path):
        return None
    calibration = read_calibration(path)
    if calibration.weights_sha256 == weights_sha256:
        return calibration
    if calib is None:
        return None
    raise ArtefactError(
        f"{path} holds ranges of other weights ({calibration.weights_sha256[:12]}, not {weights_sha256[:12]})",
        "Make them anew: rsn-edge calibrate SOURCE --model MODEL.",
    )


def _sampled(source: str, spec: Spec, samples: int, say: Say) -> CropSet:
    return sample(source, spec, samples, say)[0]


def _gate(network: Network, asked: Asked) -> Gate:
    without_labels = asked.max_oks_drop if isinstance(network.spec, ModelSpec) else _BOX_DROP
    return gate_of(network, asked.labels, asked.max_ap_drop if asked.labels else without_labels)


def _built(
    network: Network, form: Form, calibration: Calibration | None, gate: Gate | None, asked: Asked, say: Say
) -> Built:
    say(f"{network.spec.variant}: {form.name} is written{' and judged' if gate else ''}.")
    if form.precision == "int8" and calibration:
        return build_int8(network, form, calibration, gate, asked.keep_float)
    return build_float(network, form, calibration, gate, asked.keep_float)


def _fastest(network: Network, built: Sequence[Built], say: Say) -> Built:
    """Of those that hold the fastest on this machine, measured in turns."""
    holding = [one for one in built if one.holds]
    feed = next(network.crops.feeds(network.spec))
    with ExitStack() as opened:
        backends = [opened.enter_context(closing(open_model(one.written.file))) for one in holding]
        times = np.array([[_seconds(backend, feed) for backend in backends] for _ in range(_ROUNDS)]).min(axis=0)
    told = ", ".join(f"{one.form.name} {1e3 * spent:.1f} ms" for one, spent in zip(holding, times, strict=True))
    say(f"{network.spec.variant}, a crop on this machine: {told}.")
    return holding[int(times.argmin())]


def _seconds(backend: Backend, feed: Float32) -> float:
    began = time.perf_counter()
    backend.infer({backend.inputs[0].name: feed})
    return time.perf_counter() - began


def _delivered(
    asked: Asked, network: Network, built: Built, calibration: Calibration | None, library: TensorRt | None
) -> list[Delivered]:
    paths = [write_onnx(asked.out, network, built, calibration)]
    if built.form.name == "trt-int8":
        paths.append(write_simulation(asked.out, network, built, paths[0]))
    if library and built.form.name.startswith("trt-"):
        targets = [target for target in asked.targets if target not in ("host", "portable")]
        batches = Batches(usual=min(_USUAL, asked.most), most=asked.most)
        paths.append(write_engine(asked.out, network, built, calibration, library, batches, targets))
    return [Delivered(path, network.spec.variant, built) for path in paths]
