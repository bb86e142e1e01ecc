"""Our networks compute what the original code computes; the largest rows follow in scripts/prove-zoo."""

import json
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from rsn_edge.network.blocks import PoseRefineMachine
from rsn_edge.network.build import load_network, load_state
from rsn_edge.network.pose import LastMap, PoseNetwork
from tests.network.golden import FOLDER, KEYS, TOLERANCE, Golden, read_golden, run, seeded_state
from tests.seeded_weights import fill, image, probe_indices
from train.published.naming import our_state

QUICK = [key for key in KEYS if not key.startswith(("4xrsn50", "4xmspn50"))]
WITH_MMPOSE = [key for key in QUICK if not key.startswith("res18")]  # mmpose has none
WITH_INNER = ["rsn18_256x192_k17", "mspn50_256x192_k17", "2xrsn50_256x192_k17"]


@pytest.mark.parametrize("key", QUICK)
def test_official_weights_give_the_official_maps(key: str) -> None:
    golden = read_golden(key)

    heads = run(golden.spec, seeded_state("official", golden.spec), golden.picture)

    assert max(golden.errors(heads)) < TOLERANCE


@pytest.mark.parametrize("key", WITH_MMPOSE)
def test_mmpose_weights_give_mmposes_maps(key: str) -> None:
    golden = read_golden(key)

    heads = run(golden.spec, seeded_state("mmpose", golden.spec), golden.picture)

    assert max(golden.errors(heads, prefix="mm_")) < TOLERANCE


def test_the_last_map_is_right_in_every_cell() -> None:
    golden = read_golden("rsn18_256x192_k17")

    maps = _last_map(golden, seeded_state("official", golden.spec))

    assert np.abs(maps - golden.arrays["full_last"]).max() < TOLERANCE * golden.arrays["s0l3_stat"][1]
    assert np.array_equal(maps.reshape(2, 17, -1).argmax(axis=2), golden.arrays["s0l3_argmax"])


@pytest.mark.parametrize("key", WITH_INNER)
def test_tensors_inside_are_right_too(key: str) -> None:
    golden = read_golden(key)
    network = load_network(golden.spec, our_state(seeded_state("official", golden.spec)))

    seen = _inner_tensors(network, golden.picture)

    names = [name.removesuffix("_val") for name in golden.arrays if name.startswith("mid:") and name.endswith("_val")]
    errors = {name: golden.error(seen[name], name, 50, seed=name.removeprefix("mid:")) for name in names}
    assert len(errors) >= 14
    assert max(errors.values()) < TOLERANCE


@pytest.mark.parametrize("joints", [17, 16])
@pytest.mark.parametrize("side", ["official", "mmpose"])
def test_refine_machines_give_the_published_maps(side: str, joints: int) -> None:
    key, size = f"prm_k{joints}", (2, joints, 64, 48 if joints == 17 else 64)
    machine = PoseRefineMachine(joints, shared=side == "mmpose").eval()
    with np.load(FOLDER / "golden" / f"{key}.npz") as stored:
        load_state(machine, _machine_state(stored[f"{side}_names"].tobytes()))
        wanted, std = stored[f"{side}_val"], stored[f"{side}_stat"][1]

    with torch.inference_mode():
        maps = machine(torch.from_numpy(np.float32(image(key, size) * 40 + 20))).numpy()

    probes = maps.ravel()[probe_indices(f"{key}:{side}", maps.size, 400)]
    assert np.abs(probes - wanted).max() < TOLERANCE * std


def test_swapped_colours_are_seen() -> None:
    golden = read_golden("rsn18_256x192_k17")
    state = seeded_state("official", golden.spec)
    state["top.conv.conv.weight"] = state["top.conv.conv.weight"][:, ::-1]

    error = golden.error(_last_map(golden, state), "s0l3")

    assert 0.5 < error < 1.5  # 1.48 was measured over the whole map


def test_dropped_biases_are_seen() -> None:
    golden = read_golden("rsn18_256x192_k17")
    state = seeded_state("official", golden.spec)
    state = {name: array for name, array in state.items() if not name.endswith(".conv.bias")}

    error = golden.error(_last_map(golden, state), "s0l3")

    assert 0.05 < error < 0.15  # 0.137 was measured over the whole map


def _last_map(golden: Golden, published: dict[str, NDArray[Any]]) -> NDArray[np.float32]:
    network = load_network(golden.spec, our_state(published))
    assert isinstance(network, PoseNetwork)
    with torch.inference_mode():
        maps: NDArray[np.float32] = LastMap(network)(golden.picture).numpy()
    return maps


def _inner_tensors(network: torch.nn.Module, picture: torch.Tensor) -> dict[str, NDArray[np.float32]]:
    """Outputs by the names of the golden files: `mid:<module>#<i>`."""
    seen: dict[str, NDArray[np.float32]] = {}

    def keep(name: str, out: Any) -> None:
        if isinstance(out, torch.Tensor):
            seen[f"mid:{name}#0"] = out.numpy()
        elif name.endswith(".downsample"):
            seen.update({f"mid:{name}#{i}": level.numpy() for i, level in enumerate(reversed(out))})
        elif ".upsample.up" in name:
            seen.update({f"mid:{name}#{i}": out[i].numpy() for i in (0, 1)})  # features, heat-maps

    for name, part in network.named_modules():
        part.register_forward_hook(lambda _part, _in, out, name=name: keep(name, out))
    with torch.inference_mode():
        network(picture)
    leaves = {"skip1": 2, "skip2": 3, "cross_conv": 4}
    for name in list(seen):
        unit, _, leaf = name.removesuffix("#0").rpartition(".")
        if leaf in leaves:
            seen[f"{unit}#{leaves[leaf]}"] = seen[name]
    return seen


def _machine_state(names: bytes) -> dict[str, NDArray[Any]]:
    """Seeded weights of a refine machine that stands alone, under our names."""
    inside = "head.prm."  # what renaming expects
    seeded = fill((name, tuple(shape)) for name, shape in json.loads(names))
    state = our_state({inside + name: array for name, array in seeded.items()})
    return {name.removeprefix(inside): array for name, array in state.items()}
