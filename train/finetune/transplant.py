"""A network for a user's joints out of a trained one: its body as it is, and of its heads what both know."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from rsn_edge.artefact.checkpoint import Checkpoint
from rsn_edge.errors import ArtefactError
from rsn_edge.network.build import build_network, check_shapes, network_state, state_shapes
from rsn_edge.spec import ModelSpec

_HEAD = ".res_conv2."  # in the names of the convolutions and norms whose outputs are joints
_GAIN = ".res_conv2.bn.weight"
_LEAST_BODY = 0.95
_FRESH_GAIN = 1 / 3  # of a trained head's: with the whole of it the first hundred steps would only undo noise


@dataclass(frozen=True, slots=True)
class Loaded:
    """What a network took over from another.

    Args:
        body: share in [0, 1] of the numbers outside the heads' last convolutions.
        joints: whose maps go on as they were.
        new: joints, and arrays of the body, that start from random numbers.
        ignored: joints and arrays of the other network that have no place in this one.
    """

    body: float
    joints: tuple[str, ...]
    new: tuple[str, ...]
    ignored: tuple[str, ...]


def transplanted(start: Checkpoint, spec: ModelSpec) -> tuple[Checkpoint, Loaded]:
    """The network `spec` with the weights of `start` that fit, the rest from torch's global generator.

    Joints of the same name are the same. ArtefactError where less than 95 % of the body would be loaded, or the
    weights are not those of their own network.
    """
    fresh, old = network_state(build_network(spec)), start.state
    check_shapes(state_shapes(start.spec), {name: array.shape for name, array in old.items()}, "weights are not whole")
    body = {name: array for name, array in fresh.items() if _HEAD not in name}
    kept = {name: old[name] for name, array in body.items() if name in old and old[name].shape == array.shape}
    share = sum(array.size for array in kept.values()) / sum(array.size for array in body.values())
    if share < _LEAST_BODY or not isinstance(start.spec, ModelSpec):
        raise ArtefactError(
            f"only {100 * share:.0f} % of the body of {spec.variant} would come from weights of {start.spec.variant}",
            "Start from weights of the same network.",
        )
    known, wanted = start.spec.skeleton.joints, spec.skeleton.joints
    joints = tuple(joint for joint in wanted if joint in known)
    taken, places = [known.index(joint) for joint in joints], [wanted.index(joint) for joint in joints]
    heads = {}
    for name, array in fresh.items():
        if name not in body:
            heads[name] = array * (_FRESH_GAIN * np.abs(old[name]).mean() if name.endswith(_GAIN) else 1)
            heads[name][places] = old[name][taken]
    loaded = Loaded(
        body=share,
        joints=joints,
        new=(*_others(wanted, joints), *_others(body, kept)),
        ignored=(*_others(known, joints), *_others(old, fresh)),
    )
    return Checkpoint(spec, body | kept | heads, start.notes), loaded


def _others(names: Mapping[str, Any] | tuple[str, ...], but: Mapping[str, Any] | tuple[str, ...]) -> list[str]:
    return [name for name in names if name not in but]
