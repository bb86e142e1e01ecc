"""Stored outputs of the original RSN, MSPN and mmpose code for seeded weights and pictures (float64, kept as float32).

`GOLDEN` keys read `<variant>_<height>x<width>_k<joints>`. A head's error is the largest absolute difference over 200
probes, in units of the head's standard deviation: 1e-7 in float64, 4.4e-6 in float32 for the original code itself.
"""

import gzip
import json
import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from rsn_edge.network.build import load_network
from rsn_edge.network.pose import Heads
from rsn_edge.skeleton import COCO17, MPII16
from rsn_edge.spec import ModelSpec, pose_variant
from tests.seeded_weights import fill, image, probe_indices
from train.published.naming import Side, our_state

FOLDER = Path(__file__).parents[1] / "golden"
TOLERANCE = 1e-4  # in float32

Names = list[tuple[str, tuple[int, ...]]]


@dataclass(frozen=True, slots=True, eq=False)
class Golden:
    """One stored run: its key, the network, the batch that went in, and the stored arrays by name."""

    key: str
    spec: ModelSpec
    picture: torch.Tensor
    arrays: dict[str, NDArray[Any]]

    def error(self, head: NDArray[Any], name: str, probes: int = 200, seed: str = "") -> float:
        """How far a map is off, in standard deviations of the stored one called `name`; `seed` names its probes."""
        at = probe_indices(f"{self.key}:{seed or name}", head.size, probes)
        difference = np.abs(head.ravel()[at] - self.arrays[f"{name}_val"]).max()
        return float(difference / self.arrays[f"{name}_stat"][1])

    def errors(self, heads: Heads, prefix: str = "") -> list[float]:
        """`error` of every head, by stage, coarse to fine; prefix `mm_` for mmpose's own weights."""
        return [
            self.error(head.numpy(), f"{prefix}s{stage}l{level}", seed=f"s{stage}l{level}")
            for stage, maps in enumerate(heads)
            for level, head in enumerate(maps)
        ]


KEYS = sorted(path.stem for path in (FOLDER / "golden").glob("*_k1?.npz") if not path.stem.startswith("prm"))


@lru_cache(maxsize=1)
def read_golden(key: str) -> Golden:
    """One stored run."""
    with np.load(FOLDER / "golden" / f"{key}.npz") as file:
        arrays = dict(file)
    batch = json.loads(arrays["meta"].tobytes())["batch"]
    spec = golden_spec(key)
    return Golden(key, spec, torch.from_numpy(image(key, (batch, 3, *spec.input_hw))), arrays)


def golden_spec(key: str) -> ModelSpec:
    """The network that a key names."""
    variant, height, width, joints = re.fullmatch(r"(\w+)_(\d+)x(\d+)_k(\d+)", key).groups()  # type: ignore[union-attr]
    return pose_variant(variant, (int(height), int(width)), MPII16 if joints == "16" else COCO17)


def published_names(side: Side, variant: str, joints: int) -> Names:
    """Names and shapes in a published state dict, in its order; FileNotFoundError where none is stored."""
    text = gzip.decompress((FOLDER / f"names_{side}_{variant}_k{joints}.json.gz").read_bytes())
    return [(name, tuple(shape)) for name, shape in json.loads(text)]


def seeded_state(side: Side, spec: ModelSpec) -> dict[str, NDArray[Any]]:
    """Seeded weights under the names of one side, as its files hold them."""
    return fill(published_names(side, spec.variant, spec.joints))


def run(spec: ModelSpec, published: dict[str, NDArray[Any]], picture: torch.Tensor) -> Heads:
    """All heads of our network with published weights."""
    network = load_network(spec, our_state(published))
    with torch.inference_mode():
        heads: Heads = network(picture)
    return heads
