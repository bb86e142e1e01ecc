"""`rsn-edge doctor`: what works on this machine, what is missing, and the one command to type next."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, packages_distributions, version
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from rsn_edge.commands.printing import json_option, print_json, print_table

if TYPE_CHECKING:
    from rsn_edge.backend.protocol import Runtime

# distribution, what it is for, the extra that brings it; an empty extra: part of the plain installation
_PACKAGES = (
    ("numpy", "arrays", ""),
    ("onnxruntime", "networks on any processor", ""),
    ("av", "video in and out", ""),
    ("openvino", "faster networks on Intel and AMD processors", "[openvino]"),
    ("torch", "training, import of weights, checkpoints", "[train]"),
    ("onnx", "export", "[export]"),
    ("hotcoco", "COCO scores", "[bench]"),
    ("pycocotools", "COCO scores, the judge", "[bench]"),
)
_BACKENDS: tuple["Runtime", ...] = ("onnxruntime", "openvino", "torch")


State = Literal["works", "optional", "broken"]


@dataclass(frozen=True, slots=True)
class Check:
    """One thing looked at, with the facts and what to type; `optional` is not there and was not missed."""

    name: str
    state: State
    facts: str
    remedy: str = ""


@click.command(epilog="Example: rsn-edge doctor --json")
@json_option
def doctor(as_json: bool) -> int:
    """Say what works on this machine and what is missing."""
    from rsn_edge.device.machine import this_machine

    machine = this_machine()
    checks = [Check("machine", "works", str(machine)), *_packages(), _opencv(), *map(_backend, _BACKENDS)]
    broken = [check for check in checks if check.state == "broken"]
    following = broken[0].remedy if broken else "rsn-edge run sample"
    if as_json:
        print_json("doctor", {"machine": asdict(machine), "checks": [asdict(c) for c in checks], "next": following})
    else:
        print_table(("this", "is", "facts"), [(c.name, c.state, f"{c.facts}\n{c.remedy}".strip()) for c in checks])
        click.echo(f"Next: {following}")
    return 1 if broken else 0


def _packages() -> Iterator[Check]:
    for name, purpose, extra in _PACKAGES:
        try:
            yield Check(name, "works", f"{version(name)}: {purpose}")
        except PackageNotFoundError:
            state: State = "optional" if extra else "broken"
            yield Check(name, state, f"not installed: {purpose}", f"pip install 'rsn-edge{extra}'")


def _opencv() -> Check:
    try:
        import cv2
    except ImportError as error:  # on a bare system a library of the graphics stack may be missing
        return Check("cv2", "broken", str(error), "pip install --force-reinstall opencv-python-headless")

    owners = sorted(set(packages_distributions().get("cv2", ())))
    build = [line.partition(":") for line in cv2.getBuildInformation().splitlines()]
    gui = next((value.strip() for name, _, value in build if name.strip() == "GUI"), "NONE")
    place = Path(cv2.__file__).parent
    facts = f"{cv2.__version__} from {place} ({', '.join(owners) or 'not from pip'}); window: {gui}"
    if len(owners) > 1:
        surplus = [owner for owner in owners if owner != "opencv-python-headless"]
        return Check("cv2", "broken", f"{facts}: several packages own cv2/", f"pip uninstall {' '.join(surplus)}")
    return Check("cv2", "works", facts)


def _backend(name: "Runtime") -> Check:
    """Opens the embedded pose network and lets it compute once."""
    import numpy as np

    from rsn_edge.backend.opening import open_backend
    from rsn_edge.backend.protocol import BackendChoice
    from rsn_edge.embedded import POSE, model_path
    from rsn_edge.errors import MissingPackageError, RsnEdgeError

    label = f"backend {name}"
    try:
        with closing(open_backend(model_path(POSE, name), BackendChoice(name))) as backend:
            backend.infer({"crops": np.zeros((1, *backend.inputs[0].shape[1:]), np.float32)})
            return Check(label, "works", str(backend.facts))
    except MissingPackageError as error:
        return Check(label, "optional", "not installed", error.remedy)
    except RsnEdgeError as error:
        return Check(label, "broken", error.happened, error.remedy)
