"""The flip test against the original programs: pipeline_flip.npz, COCO's and MPII's pairs, exact."""

import numpy as np

from rsn_edge.keypoints.heatmap import flip_back, merge_flipped
from rsn_edge.skeleton import COCO17, MPII16
from tests.keypoints.goldens import golden


def test_coco_maps_are_turned_back_as_in_the_official_program() -> None:
    stored = golden("flip")
    back = flip_back(stored["flipped_net_output"], COCO17.mirrored)
    np.testing.assert_array_equal(back, stored["official_back"])
    np.testing.assert_array_equal(back, stored["mmpose_back_noshift"])


def test_mpii_maps_are_turned_back_as_in_the_official_program() -> None:
    stored = golden("flip")
    back = flip_back(stored["mpii_flipped_net_output"], MPII16.mirrored)
    np.testing.assert_array_equal(back, stored["mpii_official_back"])


def test_merged_maps_equal_those_of_the_official_program() -> None:
    stored = golden("flip")
    merged = merge_flipped(stored["plain"], stored["official_back"])
    np.testing.assert_array_equal(merged, stored["official_merged"])
    assert merged.dtype == np.float32


def test_two_flips_change_nothing() -> None:
    maps = golden("flip")["plain"]
    np.testing.assert_array_equal(flip_back(flip_back(maps, COCO17.mirrored), COCO17.mirrored), maps)


def test_zero_persons_flip_to_zero_maps() -> None:
    none = np.zeros((0, 17, 8, 6), np.float32)
    assert merge_flipped(none, flip_back(none, COCO17.mirrored)).shape == (0, 17, 8, 6)
