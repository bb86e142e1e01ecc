"""`rsn-edge doctor`: what works on this machine, what is missing, and the one command to type next."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, packages_distributions, version
from importlib.util import find_spec
from pathlib import Path
from textwrap import wrap
from typing import Literal

import click

from rsn_edge.commands.printing import json_option, print_json

# distribution, what it is for, the extra that brings it; an empty extra: part of the plain installation
_PACKAGES = (
    ("numpy", "arrays", ""),
    ("onnxruntime", "networks on any processor", ""),
    ("av", "video in and out", ""),
    ("openvino", "faster networks on Intel and AMD processors", "openvino"),
    ("torch", "training, import of weights, checkpoints", "train"),
    ("onnx", "export", "export"),
    ("hotcoco", "COCO scores", "bench"),
    ("pycocotools", "COCO scores, the judge", "bench"),
)


@dataclass(frozen=True, slots=True)
class Check:
    """One thing looked at, with the facts and what to type; `optional` is not there and was not missed."""

    name: str
    state: Literal["works", "optional", "broken"]
    facts: str
    remedy: str = ""


@click.command(epilog="Example: rsn-edge doctor --json")
@json_option
def doctor(as_json: bool) -> int:
    """Say what works on this machine and what is missing."""
    from rsn_edge.device.machine import this_machine

    machine = this_machine()
    checks = [*_packages(), _opencv(), *_backends(), _cameras()]
    broken = [check for check in checks if check.state == "broken"]
    following = broken[0].remedy if broken else "rsn-edge run sample"
    if as_json:
        print_json("doctor", {"machine": asdict(machine), "checks": [asdict(c) for c in checks], "next": following})
    else:
        _print(str(machine), checks, following)
    return 1 if broken else 0


def _packages() -> Iterator[Check]:
    for name, purpose, extra in _PACKAGES:
        try:
            yield Check(name, "works", f"{version(name)}: {purpose}")
        except PackageNotFoundError:
            if extra:
                yield Check(name, "optional", f"for {purpose}", f"pip install 'rsn-edge[{extra}]'")
            else:
                yield Check(name, "broken", f"{purpose}: not installed", "pip install rsn-edge")


def _opencv() -> Check:
    try:
        import cv2
    except ImportError as error:  # on a bare system a library of the graphics stack may be missing
        return Check("cv2", "broken", str(error), "pip install --force-reinstall opencv-python-headless")

    owners = sorted(set(packages_distributions().get("cv2", ())))
    build = cv2.getBuildInformation()
    gui = next((line.split(":")[1].strip() for line in build.splitlines() if line.strip().startswith("GUI:")), "NONE")
    streams = "with GStreamer" if "GStreamer:                   YES" in build else "no GStreamer"
    place = Path(cv2.__file__).parent
    facts = f"{cv2.__version__} from {place} ({', '.join(owners) or 'not from pip'}); window: {gui}; {streams}"
    if len(owners) > 1:
        surplus = [owner for owner in owners if owner != "opencv-python-headless"]
        return Check("cv2", "broken", f"{facts}: several packages own cv2/", f"pip uninstall {' '.join(surplus)}")
    return Check("cv2", "works", facts)


def _backends() -> Iterator[Check]:
    from rsn_edge.embedded import FOLDER, POSE

    yield _backend("onnxruntime", FOLDER / f"{POSE}.onnx", "onnxruntime", "pip install rsn-edge")
    yield _backend("openvino", FOLDER / f"{POSE}.onnx", "openvino", "pip install 'rsn-edge[openvino]'")
    yield _backend("torch", FOLDER / f"{POSE}.safetensors", "torch", "pip install 'rsn-edge[train]'")


def _backend(name: Literal["onnxruntime", "openvino", "torch"], path: Path, package: str, remedy: str) -> Check:
    import numpy as np

    from rsn_edge.backend.choice import BackendChoice
    from rsn_edge.backend.opening import open_backend
    from rsn_edge.errors import RsnEdgeError

    label = f"backend {name}"
    if find_spec(package) is None:
        return Check(label, "optional", "not installed", remedy)
    try:
        backend = open_backend(path, BackendChoice(runtime=name))
        crops = np.zeros((1, *backend.inputs[0].shape[1:]), np.float32)
        finite = bool(np.isfinite(backend.infer({"crops": crops})["heatmaps"]).all())
        facts = str(backend.facts)
        backend.close()
    except RsnEdgeError as error:
        return Check(label, "broken", error.happened, error.remedy or remedy)
    return Check(label, "works", facts) if finite else Check(label, "broken", f"{facts}: not a number", remedy)


def _cameras() -> Check:
    found = sorted(str(path) for path in Path("/dev").glob("video*"))
    if found:
        return Check("cameras", "works", ", ".join(found))
    return Check("cameras", "optional", "no /dev/video*", "Plug one in, or give a file: rsn-edge run clip.mp4")


def _print(machine: str, checks: list[Check], following: str) -> None:
    width = max(len(check.name) for check in checks)
    indent = " " * (width + 10)
    for check in checks:
        facts = f"{check.facts}\n{check.remedy}" if check.remedy else check.facts
        lines = [line for part in facts.splitlines() for line in wrap(part, 80 - len(indent), break_on_hyphens=False)]
        click.echo(f"{check.name:{width}} {check.state:8} " + f"\n{indent}".join(lines))
    click.echo("\n".join(wrap(machine, 80)))
    click.echo(f"Next: {following}")
