"""The networks that come with the package, and how `--model NAME|FILE` finds a file."""

from pathlib import Path

from rsn_edge.device.machine import Machine, this_machine
from rsn_edge.errors import InputError
from rsn_edge.spec import DETECTORS, VARIANTS

FOLDER = Path(__file__).parent / "models"
POSE = "rsn-nano"
DETECTOR = "person-nano"
INT8 = ".cpu-int8.onnx"  # the end of the names of files for processors that multiply bytes


def default_path(name: str, runtime: str = "auto", provider: str = "cpu", machine: Machine | None = None) -> Path:
    """The file of an embedded network that suits a machine best: INT8 on processors that are made for it.

    `machine` is this one by default.
    """
    int8 = FOLDER / f"{name}{INT8}"
    suits = runtime != "torch" and provider == "cpu" and (machine or this_machine()).multiplies_bytes
    return int8 if suits and int8.is_file() else model_path(name, runtime)


def model_path(name_or_path: str | Path, runtime: str = "auto") -> Path:
    """The file of an embedded network, or the path itself; InputError where neither exists.

    PyTorch as the `runtime` takes the checkpoint, every other the ONNX file. A file wins over a name only where it is
    written as a path (`./rsn-nano`): nothing is picked up from a folder by accident.
    """
    name = str(name_or_path)
    embedded = FOLDER / f"{name}.{'safetensors' if runtime == 'torch' else 'onnx'}"
    if name in (*VARIANTS, *DETECTORS) or (name.endswith(".cpu-int8") and embedded.is_file()):
        if embedded.is_file():
            return embedded
        raise InputError(
            f"no weights of '{name}' come with rsn-edge",
            f"Bring a checkpoint in: rsn-edge import-weights FILE --model {name}, then export what it writes.",
        )
    path = Path(name)
    if path.exists():
        return path
    names = ", ".join(sorted(file.stem for file in FOLDER.glob("*.onnx") if "." not in file.stem))
    raise InputError(f"there is no model file {path}", f"Embedded networks are {names}; see rsn-edge models.")
