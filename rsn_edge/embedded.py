"""The networks that come with the package, and how `--model NAME|FILE` finds a file."""

from pathlib import Path

from rsn_edge.errors import InputError
from rsn_edge.spec import DETECTORS, VARIANTS

FOLDER = Path(__file__).parent / "models"
POSE = "rsn-nano"
DETECTOR = "person-nano"


def model_path(name_or_path: str | Path, runtime: str = "auto") -> Path:
    """The file of an embedded network, or the path itself; InputError where neither exists.

    PyTorch as the `runtime` takes the checkpoint, every other the ONNX file. A file wins over a name only where it is
    written as a path (`./rsn-nano`): nothing is picked up from a folder by accident.
    """
    name = str(name_or_path)
    embedded = FOLDER / f"{name}.{'safetensors' if runtime == 'torch' else 'onnx'}"
    if name in (*VARIANTS, *DETECTORS):
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
