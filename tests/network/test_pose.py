"""Shapes, variants and graphs of the pose networks."""

from dataclasses import replace

import pytest
import torch

from rsn_edge.network.build import build_network
from rsn_edge.network.pose import LastMap, PoseNetwork
from rsn_edge.skeleton import MPII16
from rsn_edge.spec import VARIANTS, ModelSpec, PoseRefine, pose_variant

NANO = VARIANTS["rsn-nano"]


def _network(spec: ModelSpec) -> PoseNetwork:
    torch.manual_seed(0)
    network = build_network(spec)
    assert isinstance(network, PoseNetwork)
    return network.eval()


@pytest.mark.parametrize("name", VARIANTS)
def test_every_row_gives_four_finite_maps_a_stage(name: str) -> None:
    network = _network(VARIANTS[name])

    with torch.inference_mode():
        heads = network(torch.randn(1, 3, 64, 32))

    assert [len(maps) for maps in heads] == [4] * VARIANTS[name].stages
    assert all(maps.shape == (1, 17, 16, 8) and maps.isfinite().all() for stage in heads for maps in stage)


def test_maps_have_one_channel_a_joint() -> None:
    network = _network(pose_variant("rsn-nano", skeleton=MPII16))

    assert network(torch.zeros(2, 3, 64, 64))[0][3].shape == (2, 16, 16, 16)


def test_training_sizes_need_not_be_multiples_of_32() -> None:
    heads = _network(NANO)(torch.zeros(1, 3, 192, 144))

    assert {maps.shape for maps in heads[0]} == {(1, 17, 48, 36)}


def test_a_batch_gives_what_its_crops_give_alone() -> None:
    network, crops = _network(NANO), torch.randn(3, 3, 64, 64)

    with torch.inference_mode():
        together = network(crops)[-1][-1]
        alone = torch.cat([network(crop[None])[-1][-1] for crop in crops])

    torch.testing.assert_close(together, alone, rtol=0, atol=1e-5)


def test_the_second_stage_listens_to_the_first() -> None:
    network, crops = _network(replace(NANO, stages=2)), torch.randn(1, 3, 64, 64)

    with torch.inference_mode():
        before = network(crops)[1][3]
        network.get_parameter("stage0.upsample.up1.skip2.bn.bias").add_(1)
        after = network(crops)[1][3]

    assert not torch.allclose(before, after)


@pytest.mark.parametrize(("prm", "units"), [("off", 0), ("official", 1), ("mmpose", 8)])
def test_refine_machines_stand_where_their_code_puts_them(prm: PoseRefine, units: int) -> None:
    network = _network(replace(NANO, stages=2, prm=prm))

    machines = [name for name, _ in network.named_modules() if name.endswith(".prm")]

    assert len(machines) == units
    assert not machines or machines[-1] == "stage1.upsample.up4.prm"
    assert network(torch.zeros(1, 3, 64, 64))[-1][-1].shape == (1, 17, 16, 16)


@pytest.mark.parametrize("name", ["rsn-nano", "mspn50", "2xrsn50"])
def test_a_graph_of_the_last_map_can_drop_all_other_heads(name: str) -> None:
    network = LastMap(_network(replace(VARIANTS[name], prm="mmpose")))
    graph = torch.fx.symbolic_trace(network)

    graph.graph.eliminate_dead_code()
    graph.recompile()

    left = {node.target for node in graph.graph.nodes if str(node.target).endswith("res_conv2.conv")}
    last = VARIANTS[name].stages - 1
    assert left == {f"network.stage{last}.upsample.up4.res_conv2.conv"}
    crops = torch.randn(1, 3, 64, 64)
    torch.testing.assert_close(graph(crops), network(crops), rtol=0, atol=0)


def test_training_starts_as_the_published_code_does() -> None:
    network = _network(VARIANTS["rsn18"])

    step = network.get_parameter("stage0.downsample.layer4.1.conv_bn_relu2_1_1.conv.weight")
    skip = network.get_parameter("stage0.upsample.up1.u_skip.conv.weight")
    assert step.std().item() == pytest.approx((2 / (208 * 9)) ** 0.5, rel=0.01)
    assert skip.abs().max().item() == pytest.approx((1 / 512) ** 0.5, rel=0.01)
