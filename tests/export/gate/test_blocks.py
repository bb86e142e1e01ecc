"""The blocks of a network, by its own names."""

import pytest

from export.gate.sensitivity import blocks_of, integer_share
from rsn_edge.quantisation import is_kept
from tests.export.networks import ROWS
from tests.export.quantised import float_model

POSES = ("rsn-nano", "2xmspn50")


def test_a_pose_network_has_a_top_residual_blocks_and_upsampling_steps() -> None:
    assert [*blocks_of(float_model("rsn-nano"))] == [
        "top",
        *(
            f"stage0.downsample.layer{layer}.{i}"
            for layer, count in ((1, 1), (2, 2), (3, 2), (4, 1))
            for i in range(count)
        ),
        *(f"stage0.upsample.up{step}" for step in (1, 2, 3, 4)),
    ]


@pytest.mark.parametrize("row", [*POSES, "person-nano"])
def test_every_operation_belongs_to_one_block(row: str) -> None:
    names = blocks_of(float_model(row))

    for node in float_model(row).graph.node:
        assert sum(is_kept(node.name, [name]) for name in names) == 1


def test_multiplications_are_counted() -> None:
    spec = ROWS["rsn-nano"]

    assert blocks_of(float_model("rsn-nano"))["top"] == spec.stem * 3 * 7 * 7 * (spec.input_hw[0] // 2) * (
        spec.input_hw[1] // 2
    )


def test_the_share_in_integers_is_one_without_kept_blocks_and_falls_to_zero() -> None:
    blocks = blocks_of(float_model("rsn-nano"))

    assert integer_share(blocks, ()) == 1
    assert integer_share(blocks, blocks) == 0
