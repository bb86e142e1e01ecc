"""Checkpoints of random weights for tests: every row of the zoo, narrow and with a small input."""

from dataclasses import replace

import numpy as np

from rsn_edge.artefact.checkpoint import Checkpoint
from rsn_edge.network.build import state_shapes
from rsn_edge.spec import DETECTORS, VARIANTS, DetectorSpec, ModelSpec, Spec
from tests.seeded_weights import fill


def narrow_pose(spec: ModelSpec, input_hw: tuple[int, int] = (64, 64)) -> ModelSpec:
    """The same structure, an eighth as wide: small files, quick forwards."""
    return replace(spec, input_hw=input_hw, stem=8, widths=_eighth(spec.widths), up=24)


def narrow_detector(spec: DetectorSpec) -> DetectorSpec:
    """The same structure, an eighth as wide."""
    return replace(spec, input_hw=(64, 64), stem=8, widths=_eighth(spec.widths), neck=16)


def seeded(spec: Spec) -> Checkpoint:
    """The network with seeded weights: activations neither vanish nor grow, batch norms have statistics."""
    return Checkpoint(spec, fill(list(state_shapes(spec).items())))


def zeroed(checkpoint: Checkpoint, name: str) -> Checkpoint:
    """The same with one tensor set to 0."""
    return replace(checkpoint, state={**checkpoint.state, name: np.zeros_like(checkpoint.state[name])})


def _eighth(widths: tuple[int, int, int, int]) -> tuple[int, int, int, int]:
    a, b, c, d = widths
    return a // 8, b // 8, c // 8, d // 8


NANO = narrow_pose(VARIANTS["rsn-nano"])
ROWS: dict[str, Spec] = {
    **{name: narrow_pose(spec) for name, spec in VARIANTS.items()},
    **{name: narrow_detector(spec) for name, spec in DETECTORS.items()},
    "prm-official": replace(NANO, prm="official"),
    "prm-mmpose": replace(NANO, prm="mmpose"),
}
