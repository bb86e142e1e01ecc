"""Sizes of every published row, as counted on the original code."""

from dataclasses import replace
from typing import NamedTuple

import pytest

from rsn_edge.skeleton import MPII16
from rsn_edge.spec import DETECTORS, VARIANTS, PoseRefine, pose_variant
from tests.network.sizes import network_size


class Row(NamedTuple):
    """17 joints: official and mmpose parameters, convolutions, MACs at 256x192 and 384x288."""

    official: int
    mmpose: int | None
    convolutions: int
    small: int
    large: int


COCO = {
    "res18": Row(8_558_924, None, 43, 2_065_330_176, 4_646_992_896),
    "rsn18": Row(9_159_072, 9_144_936, 115, 2_245_441_536, 5_052_243_456),
    "4xrsn18": Row(38_456_256, 38_393_952, 484, 9_220_055_040, 20_745_123_840),
    "rsn50": Row(19_355_132, 19_328_584, 211, 4_067_801_088, 9_152_552_448),
    "rsn101": Row(39_611_788, 39_556_136, 415, 7_940_315_136, 17_865_709_056),
    "2xrsn50": Row(39_316_920, 39_261_904, 430, 8_215_031_808, 18_483_821_568),
    "3xrsn50": Row(59_278_708, 59_195_224, 649, 12_362_262_528, 27_815_090_688),
    "4xrsn50": Row(79_240_496, 79_128_544, 868, 16_509_493_248, 37_146_359_808),
    "mspn50": Row(25_141_708, 25_112_264, 68, 5_072_646_144, 11_413_453_824),
    "2xmspn50": Row(56_867_032, 56_800_464, 144, 11_262_812_160, 25_341_327_360),
    "3xmspn50": Row(88_592_356, 88_488_664, 220, 17_452_978_176, 39_269_200_896),
    "4xmspn50": Row(120_317_680, 120_176_864, 296, 23_643_144_192, 53_197_074_432),
}

# 16 joints at 256x256: official and mmpose parameters, MACs.
MPII = {
    "res18": (8_549_696, None, 2_741_239_808),
    "rsn18": (9_149_844, 9_135_712, 2_981_388_288),
    "4xrsn18": (38_419_344, 38_357_056, 12_243_271_680),
    "rsn50": (19_345_904, 19_319_360, 5_411_201_024),
    "rsn101": (39_602_560, 39_546_912, 10_574_553_088),
    "2xrsn50": (39_298_464, 39_243_456, 10_928_308_224),
    "3xrsn50": (59_251_024, 59_167_552, 16_445_415_424),
    "4xrsn50": (79_203_584, 79_091_648, 21_962_522_624),
    "mspn50": (25_132_480, 25_103_040, 6_750_994_432),
    "2xmspn50": (56_848_576, 56_782_016, 14_992_015_360),
    "3xmspn50": (88_564_672, 88_460_992, 23_233_036_288),
    "4xmspn50": (120_280_768, 120_139_968, 31_474_057_216),
}


@pytest.mark.parametrize("name", COCO)
def test_a_row_has_its_published_size(name: str) -> None:
    row, size = COCO[name], network_size(pose_variant(name))

    assert size.official_parameters == row.official
    assert row.mmpose in (None, size.parameters)
    assert size.convolutions == row.convolutions
    assert size.official_macs == row.small


@pytest.mark.parametrize("name", [name for name in COCO if "x" not in name])
def test_larger_crops_cost_what_was_published(name: str) -> None:
    assert network_size(pose_variant(name, (384, 288))).official_macs == COCO[name].large


@pytest.mark.parametrize("name", MPII)
def test_a_row_has_its_published_size_for_16_joints(name: str) -> None:
    official, mmpose, macs = MPII[name]

    size = network_size(pose_variant(name, (256, 256), MPII16))

    assert (size.official_parameters, size.official_macs) == (official, macs)
    assert mmpose in (None, size.parameters)


def test_every_published_row_is_counted() -> None:
    assert {name for name in VARIANTS if not name.startswith("rsn-")} == set(COCO) == set(MPII)


@pytest.mark.parametrize(("prm", "parameters"), [("official", 5100), ("mmpose", 4 * 5068)])
def test_refine_machines_have_their_published_size(prm: PoseRefine, parameters: int) -> None:
    plain, refined = network_size(VARIANTS["rsn18"]), network_size(replace(VARIANTS["rsn18"], prm=prm))

    # The published counts hold biases of convolutions: five of 17 officially, two linear layers in mmpose.
    biases = 5 * 17 if prm == "official" else 4 * 2 * 17
    assert refined.parameters - plain.parameters == parameters - biases


def test_our_own_networks_stay_small() -> None:
    assert network_size(DETECTORS["person-nano"]).macs == 307_200_000
    assert network_size(VARIANTS["rsn-nano"]).macs < 350e6
