"""Weights in and out of a network."""

import numpy as np
import pytest
import torch

from rsn_edge.errors import ArtefactError
from rsn_edge.network.build import build_network, load_network, load_state, network_state, state_shapes
from rsn_edge.spec import DETECTORS, VARIANTS, Spec
from tests.seeded_weights import fill

NANO = VARIANTS["rsn-nano"]
SPECS: dict[str, Spec] = {"pose": NANO, "detector": DETECTORS["person-nano"]}


@pytest.mark.parametrize("spec", SPECS.values(), ids=SPECS)
def test_weights_come_out_as_they_went_in(spec: Spec) -> None:
    state = fill(state_shapes(spec).items())

    back = network_state(load_network(spec, state))

    assert list(back) == list(state)
    assert all(np.array_equal(back[name], state[name]) for name in state)


def test_weights_of_a_network_are_arrays_of_their_own() -> None:
    network = build_network(NANO)
    before = network_state(network)["top.conv.conv.weight"]

    with torch.no_grad():
        network.get_parameter("top.conv.conv.weight").zero_()

    assert before.any()


def test_loading_keeps_the_parameters_that_an_optimiser_holds() -> None:
    network = build_network(NANO)
    held = network.get_parameter("top.conv.conv.weight")

    load_state(network, fill(state_shapes(NANO).items()))

    assert network.get_parameter("top.conv.conv.weight") is held


def test_step_counters_are_welcome_and_not_needed() -> None:
    state = fill(state_shapes(NANO).items())

    load_state(build_network(NANO), {**state, "top.conv.bn.num_batches_tracked": np.array(7)})


def test_weights_that_do_not_fit_are_named() -> None:
    state = fill(state_shapes(NANO).items())
    state["extra.weight"] = state.pop("top.conv.bn.bias")
    state["top.conv.bn.weight"] = np.ones(3, np.float32)

    with pytest.raises(ArtefactError) as error:
        load_state(build_network(NANO), state)

    assert "1 missing (top.conv.bn.bias)" in str(error.value)
    assert "1 unexpected (extra.weight)" in str(error.value)
    assert "1 of another shape (top.conv.bn.weight [3] instead of [16])" in str(error.value)


def test_at_most_ten_names_are_listed() -> None:
    with pytest.raises(ArtefactError, match=r"460 missing \((?:[\w.]+, ){9}[\w.]+ and 450 more\)"):
        load_state(build_network(NANO), {})


def test_equal_seeds_give_equal_networks() -> None:
    states = []
    for _ in range(2):
        torch.manual_seed(3)
        states.append(network_state(build_network(NANO)))

    assert all(np.array_equal(states[0][name], states[1][name]) for name in states[0])
