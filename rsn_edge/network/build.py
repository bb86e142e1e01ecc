"""From a spec to a network, from a checkpoint's arrays to a network's weights, and back."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from rsn_edge.errors import ArtefactError
from rsn_edge.network.detector import PersonDetector
from rsn_edge.network.pose import PoseNetwork
from rsn_edge.spec import ModelSpec, Spec

State = Mapping[str, NDArray[Any]]
Shapes = Mapping[str, tuple[int, ...]]

_LISTED = 10  # names of each kind in an error
_COUNTER = "num_batches_tracked"  # of batch norms: counts steps, changes no output, is not kept


def build_network(spec: Spec) -> PoseNetwork | PersonDetector:
    """An untrained network in training mode, initialised from torch's global generator."""
    network = _construct(spec)
    network.initialise()
    return network


def load_network(spec: Spec, state: State) -> PoseNetwork | PersonDetector:
    """A network with these weights, in evaluation mode; ArtefactError as in `load_state`."""
    network = shape_network(spec)
    load_state(network, state)
    network.eval()
    return network


def shape_network(spec: Spec) -> PoseNetwork | PersonDetector:
    """A network of names and shapes only, on PyTorch's meta device: holds and computes no numbers."""
    with torch.device("meta"):
        return _construct(spec)


def load_state(network: nn.Module, state: State) -> None:
    """Gives a network all its weights; ArtefactError naming what is missing, unexpected or of another shape."""
    expected = network.state_dict()
    check_shapes(
        _shapes(network),
        {name: array.shape for name, array in state.items()},
        "the checkpoint does not fit the network",
    )
    tensors = {name: torch.zeros_like(t, device="cpu") for name, t in expected.items() if name.endswith(_COUNTER)}
    tensors |= {name: torch.from_numpy(np.array(array, np.float32, order="C")) for name, array in _kept(state).items()}
    network.load_state_dict(tensors, assign=any(tensor.is_meta for tensor in expected.values()))


def network_state(network: nn.Module) -> dict[str, NDArray[np.float32]]:
    """All weights and batch-norm statistics as arrays of their own, by name."""
    return {name: tensor.detach().cpu().numpy().copy() for name, tensor in _kept(network.state_dict()).items()}


def state_shapes(spec: Spec) -> dict[str, tuple[int, ...]]:
    """Name and shape of every array in a checkpoint of this network, in module order."""
    return _shapes(shape_network(spec))


def check_shapes(expected: Shapes, found: Shapes, verdict: str) -> None:
    """ArtefactError: `verdict`, then what `found` lacks, has too much, or has in another shape, at most ten of each."""
    found = _kept(found)
    other = [name for name in expected if name in found and found[name] != expected[name]]
    faults = {
        "missing": [name for name in expected if name not in found],
        "unexpected": [name for name in found if name not in expected],
        "of another shape": [f"{name} {list(found[name])} instead of {list(expected[name])}" for name in other],
    }
    sentences = [_listing(kind, names) for kind, names in faults.items() if names]
    if sentences:
        raise ArtefactError(f"{verdict}: {'; '.join(sentences)}")


def _construct(spec: Spec) -> PoseNetwork | PersonDetector:
    return PoseNetwork(spec) if isinstance(spec, ModelSpec) else PersonDetector(spec)


def _shapes(network: nn.Module) -> dict[str, tuple[int, ...]]:
    return {name: tuple(tensor.shape) for name, tensor in _kept(network.state_dict()).items()}


def _kept(state: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in state.items() if not name.endswith(_COUNTER)}


def _listing(kind: str, names: list[str]) -> str:
    more = f" and {len(names) - _LISTED} more" if len(names) > _LISTED else ""
    return f"{len(names)} {kind} ({', '.join(names[:_LISTED])}{more})"
