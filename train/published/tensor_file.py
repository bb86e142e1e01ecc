"""Arrays out of a file that others wrote: torch.save (old and new form) or safetensors. Tensors only.

Nothing in the file is executed: a pickle that asks for a class is refused.
"""

import re
import warnings
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from safetensors import safe_open

from rsn_edge.artefact.checkpoint import Checkpoint, read_checkpoint
from rsn_edge.artefact.kind import artefact_kind
from rsn_edge.errors import ArtefactError
from rsn_edge.spec import SPEC_KEY

if TYPE_CHECKING:
    import torch  # seconds, which a file that is none of these need not wait for

_NESTS = ("state_dict", "model")  # where checkpoints of mmpose and of the RSN code keep the tensors
_REFUSED = re.compile(r"GLOBAL ([\w.]+)")  # in PyTorch's message: the class or function that a pickle asks for


@dataclass(frozen=True, slots=True, eq=False)
class TensorFile:
    """Arrays by name, names of what else lay beside them, and the checkpoint where the file is one of ours."""

    arrays: Mapping[str, NDArray[Any]]
    ignored: tuple[str, ...] = ()
    ours: Checkpoint | None = None


def read_tensor_file(path: Path) -> TensorFile:
    """The tensors in `path`; ArtefactError where it is missing, damaged, holds none, or asks for classes."""
    kind = artefact_kind(path)
    if kind == "checkpoint":
        return _safetensors(path)
    if kind == "torch":
        return _tensors_of(_torch_payload(path), path)
    remedy = f"It runs as it is: rsn-edge run SOURCE --model {path}" if kind == "onnx" else "Name a checkpoint."
    raise ArtefactError(f"{path} holds no weights to import but is a file of kind {kind}", remedy)


def _safetensors(path: Path) -> TensorFile:
    with _damage_named(path), safe_open(path, framework="pt") as file:
        metadata = file.metadata() or {}
        if SPEC_KEY in metadata:
            checkpoint = read_checkpoint(path)
            return TensorFile(checkpoint.state, ours=checkpoint)
        return TensorFile({name: _array(file.get_tensor(name)) for name in file.keys()})  # noqa: SIM118 - not a dict


def _torch_payload(path: Path) -> Any:
    import torch

    with _damage_named(path), torch.serialization.safe_globals(_numpy_globals()), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # old storages, read-only maps: nothing that a user can act on
        # A map of the file: optimiser states, twice the size of the weights, are never read.
        return torch.load(path, map_location="cpu", weights_only=True, mmap=zipfile.is_zipfile(path))


def _numpy_globals() -> list[Any]:
    # mmpose 1.x keeps sigmas and the like as numpy arrays beside the weights: plain data, rebuilt by these.
    rebuild = {"_reconstruct": np.ones(1).__reduce__()[0], "scalar": np.float64(1).__reduce__()[0]}
    names = [(f, f"numpy.{core}.multiarray.{name}") for name, f in rebuild.items() for core in ("core", "_core")]
    kinds = {type(np.dtype(code)) for code in np.typecodes["AllInteger"] + np.typecodes["Float"] + "?U"}
    return [*names, np.ndarray, np.dtype, *kinds]


def _tensors_of(payload: Any, path: Path) -> TensorFile:
    import torch

    if not isinstance(payload, Mapping):
        raise ArtefactError(
            f"{path} holds no tensors by name, but one {type(payload).__qualname__}", "Name a checkpoint."
        )
    ignored: list[str] = []
    for nest in _NESTS:
        if isinstance(payload.get(nest), Mapping):
            ignored = [str(key) for key in payload if key != nest]
            payload = payload[nest]
            break
    ignored += [str(key) for key, value in payload.items() if not isinstance(value, torch.Tensor)]
    arrays = {str(key): _array(value) for key, value in payload.items() if isinstance(value, torch.Tensor)}
    if not arrays:
        raise ArtefactError(
            f"{path} holds no tensors, only {', '.join(ignored[:10]) or 'nothing'}", "Name a checkpoint."
        )
    return TensorFile(arrays, tuple(ignored))


def _array(tensor: "torch.Tensor") -> NDArray[Any]:
    tensor = tensor.detach()
    return (tensor.float() if tensor.is_floating_point() else tensor).contiguous().numpy()


@contextmanager
def _damage_named(path: Path) -> Iterator[None]:
    try:
        yield
    except ArtefactError:
        raise
    except Exception as error:
        # Readers of pickles meet damage with nearly any exception: EOFError, KeyError, IndexError, ...
        refused = _REFUSED.search(str(error))
        if refused:
            raise ArtefactError(
                f"{path} holds more than tensors ({refused[1]}), and loading that could run code",
                "Where you trust it, save its tensors alone: torch.save(model.state_dict(), FILE).",
            ) from error
        size = path.stat().st_size
        raise ArtefactError(f"{path} is cut off or damaged ({size} bytes)", "Download or copy it again.") from error
