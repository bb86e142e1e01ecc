"""Training targets against the original programs.

pipeline_targets.npz: two sets of 17 joints (x, y, v) in 256x192 input pixels, kernels 15, 11, 9, 7, 5, maps of the
official code (mmpose's rule, which differs at borders, is not ours). 1e-3 of 255: it smooths in float32. Set 0 holds
border joints.
"""

import numpy as np
import pytest

from rsn_edge.keypoints.targets import TARGET_KERNELS, heatmap_targets, target_levels, visibility_inside
from tests.keypoints.goldens import golden

INPUT_HW = (256, 192)


def test_targets_equal_those_of_the_original_program() -> None:
    stored = golden("targets")
    assert tuple(stored["kernels"][:, 0]) == TARGET_KERNELS
    np.testing.assert_allclose(heatmap_targets(stored["joints"], INPUT_HW), stored["official"], atol=1e-3)


def test_official_targets_peak_at_255_wherever_the_joint_is() -> None:
    joints = np.array([[[x, y, 2.0] for x in (0, 5, 96, 191) for y in (0, 5, 128, 255)]])
    peaks = heatmap_targets(joints, INPUT_HW).max(axis=(3, 4))
    np.testing.assert_allclose(peaks, 255, rtol=1e-6)


@pytest.mark.parametrize("joint", [[-4.1, 50, 2], [50, 256, 2], [np.nan, 50, 2], [50, 50, 0]], ids=str)
def test_a_joint_that_cannot_be_learnt_has_a_zero_target(joint: list[float]) -> None:
    assert not heatmap_targets(np.array([[joint]]), INPUT_HW).any()


def test_a_joint_less_than_a_cell_outside_counts_as_the_border_cell() -> None:
    outside, border = np.array([[[-3.9, 50.0, 2.0]]]), np.array([[[0.0, 50.0, 2.0]]])
    np.testing.assert_array_equal(heatmap_targets(outside, INPUT_HW), heatmap_targets(border, INPUT_HW))


def test_a_joint_that_left_the_crop_is_not_visible_to_the_official_code() -> None:
    joints = np.array([[[0, 0, 2], [191, 255, 2], [-0.1, 5, 2], [191.1, 5, 2], [5, -0.1, 2], [5, 255.1, 2]]])
    np.testing.assert_array_equal(visibility_inside(joints, INPUT_HW), [[2, 2, 0, 0, 0, 0]])


@pytest.mark.parametrize("stages", [1, 2, 4])
def test_only_the_last_stage_learns_the_finest_target(stages: int) -> None:
    levels = target_levels(stages)
    assert len(levels) == stages
    assert levels[-1] == (1, 2, 3, 4)
    assert set(levels[:-1]) <= {(0, 1, 2, 3)}


def test_a_batch_gives_the_targets_of_single_samples() -> None:
    joints = golden("targets")["joints"]
    together = heatmap_targets(joints, INPUT_HW)
    np.testing.assert_array_equal(together[1], heatmap_targets(joints[1:], INPUT_HW)[0])


def test_zero_samples_give_zero_targets() -> None:
    none = np.zeros((0, 17, 3))
    assert heatmap_targets(none, INPUT_HW).shape == (0, 5, 17, 64, 48)
    assert visibility_inside(none, INPUT_HW).shape == (0, 17)
