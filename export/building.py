"""`build-engine`: every network in every form that a target wants, judged, delivered and reported."""

import time
from collections.abc import Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
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
from rsn_edge.spec import ModelSpec

from .build import FLOAT, TENSORRT_FP16, Built, Form, Network, Precision, build, cpu_int8, gate_of, tensorrt_int8
from .calibrate import calibrate, float_network
from .deliver import write_engine, write_onnx
from .engine import TensorRt, load_tensorrt
from .gate.gate import LabelledSet
from .model_file import open_model
from .report import Subject, write_report
from .sampling import sample
from .scenes import DEMONSTRATION, Tell
from .surgery import notes_of

CALIBRATION = ".calibration.json"

_PERCENT = 100
_BOX_DROP = 0.1  # F1 of boxes at a working threshold, which few pictures move a lot; see the gate's documentation
_GATE_CROPS = 128  # of another source than the ranges come from
_GATE_SHARE = 5  # each so many-th crop of a source is for the gate
_ROUNDS = 25  # of timing


@dataclass(frozen=True, slots=True)
class Asked:
    """The command line of `build-engine`, one field an option; drops of AP are in points."""

    models: tuple[Path, ...]
    precision: Precision | Literal["auto"]
    targets: tuple[str, ...]
    calib: str | None
    labels: tuple[LabelledSet, ...]
    max_ap_drop: float
    max_oks_drop: float
    gate: Literal["run", "none"]
    keep_float: tuple[str, ...]
    qdq: Places
    max_persons: int
    samples: int
    out: Path


@dataclass(frozen=True, slots=True)
class Delivered:
    """A file, and what it was made of."""

    path: Path
    model: str
    built: Built


def build_engines(asked: Asked, say: Tell) -> list[Delivered]:
    """Builds, judges, writes and reports. Verdict (exit code 3) where a form cannot hold: it gets no file."""
    delivered, failed, subjects = list[Delivered](), list[str](), list[Subject]()
    library = _library(asked, say)
    for path in asked.models:
        began = time.monotonic()
        network = _network(path, asked, say)
        built = _built(network, asked, say)
        for one in built:
            if one.holds:
                paths = _written(network, one, asked, library)
                delivered += [Delivered(path, network.spec.variant, one) for path in paths]
            elif one.verdict:
                failed.append(f"{network.spec.variant} as {one.form.name}: {one.verdict.sentence}")
        subjects.append(Subject(network, built, time.monotonic() - began))
    if asked.precision != "fp32":
        write_report(asked.out, subjects)
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


def _library(asked: Asked, say: Tell) -> TensorRt | None:
    """TensorRT-RTX where engines are wanted: without a GPU it is the one that can build them."""
    if asked.precision == "auto" or asked.targets == ("cpu",):
        return None
    try:
        return load_tensorrt("tensorrt_rtx")
    except MissingPackageError as error:
        if asked.targets != ("host",):
            raise
        say(f"No engine is built on this machine: {error}")
        return None


def _forms(asked: Asked) -> tuple[Form, ...]:
    for_cpu, only_cpu = cpu_int8(reduced=not this_machine().multiplies_bytes), asked.targets == ("cpu",)
    if asked.precision == "fp16" and only_cpu:
        raise InputError("processors gain nothing from FP16", "Build for them with --precision int8 or auto.")
    if asked.precision == "int8" and not only_cpu:
        for_tensorrt = tensorrt_int8(asked.qdq)
        return (for_cpu, for_tensorrt) if asked.targets == ("host",) else (for_tensorrt,)
    return {"auto": (FLOAT, for_cpu), "fp32": (FLOAT,), "fp16": (TENSORRT_FP16,), "int8": (for_cpu,)}[asked.precision]


def _network(path: Path, asked: Asked, say: Tell) -> Network:
    """The float network with crops to judge it on, and its ranges, which come from other crops."""
    model, spec = float_network(path)
    in_float = asked.precision == "fp32"
    stored = None if in_float else _stored(asked.calib, spec.variant, notes_of(model)["weights_sha256"])
    if stored or in_float:
        crops, _ = sample(DEMONSTRATION, spec, _GATE_CROPS, say)
        return Network(model, spec, thresholds_of(path), crops, stored, asked.labels)
    crops, coverage = sample(asked.calib or DEMONSTRATION, spec, asked.samples, say)
    judging = np.arange(len(crops)) % _GATE_SHARE == 0
    say(f"{spec.variant}: watches itself on {int((~judging).sum())} crops of {crops.source}.")
    if not asked.calib:
        say("Ranges of your own pictures do better: rsn-edge calibrate SOURCE.")
    ranges = calibrate(model, spec, crops[np.flatnonzero(~judging)], coverage)
    return Network(model, spec, thresholds_of(path), crops[np.flatnonzero(judging)], ranges, asked.labels)


def _stored(calib: str | None, variant: str, weights_sha256: str) -> Calibration | None:
    """Ranges from a file: the one that is named, or the one that comes with the embedded network of these weights."""
    path = Path(calib) if calib else FOLDER / f"{variant}{CALIBRATION}"
    if not is_calibration(path):
        return None
    calibration = read_calibration(path)
    fits = calibration.weights_sha256 == weights_sha256
    if calib and not fits:
        raise ArtefactError(
            f"{path} holds ranges of other weights ({calibration.weights_sha256[:12]}, not {weights_sha256[:12]})",
            "Make them anew: rsn-edge calibrate SOURCE --model MODEL.",
        )
    return calibration if fits else None


def _built(network: Network, asked: Asked, say: Tell) -> list[Built]:
    """Every form that is asked for, judged; of `auto` the fastest."""
    gate = gate_of(network, network.material, _limit(network, asked)) if asked.gate == "run" else None
    built = []
    for form in _forms(asked):
        say(f"{network.spec.variant}: {form.name} is written{' and judged' if gate else ''}.")
        built.append(build(network, form, gate, asked.keep_float))
    return [_fastest(network, built, say)] if asked.precision == "auto" else built


def _limit(network: Network, asked: Asked) -> float:
    """The largest drop of the gate, in [0, 1]."""
    if asked.labels:
        return asked.max_ap_drop / _PERCENT
    return asked.max_oks_drop if isinstance(network.spec, ModelSpec) else _BOX_DROP


def _fastest(network: Network, built: Sequence[Built], say: Tell) -> Built:
    """Of those that hold the fastest on this machine, measured in turns."""
    holding = [one for one in built if one.holds]
    feed = next(network.crops.feeds(network.spec))
    with ExitStack() as opened:
        backends = [opened.enter_context(closing(open_model(one.written.file.SerializeToString()))) for one in holding]
        times = np.array([[_seconds(backend, feed) for backend in backends] for _ in range(_ROUNDS)]).min(axis=0)
    told = ", ".join(f"{one.form.name} {1e3 * spent:.1f} ms" for one, spent in zip(holding, times, strict=True))
    say(f"{network.spec.variant}, a crop on this machine: {told}.")
    return holding[int(times.argmin())]


def _seconds(backend: Backend, feed: Float32) -> float:
    began = time.perf_counter()
    backend.infer({backend.inputs[0].name: feed})
    return time.perf_counter() - began


def _written(network: Network, built: Built, asked: Asked, library: TensorRt | None) -> list[Path]:
    paths = write_onnx(asked.out, network, built)
    if library and built.form.name.startswith("trt-"):
        targets = [target for target in asked.targets if target not in ("host", "portable")]
        paths.append(write_engine(asked.out, network, built, library, asked.max_persons, targets))
    return paths
