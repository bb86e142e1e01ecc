"""What is made of two networks' answers: drops, intervals, what moved, who is worst."""

from dataclasses import replace

import numpy as np
import pytest

from export.gate.judging import judge
from rsn_edge.interval import resampled
from rsn_edge.people import Poses
from tests.export.gate.said import boxes, matches, poses

LIMIT, THRESHOLD = 0.02, 0.4
RIGHT = np.arange(60) % 3 > 0


def test_equal_answers_lose_nothing() -> None:
    verdict = judge([poses()], [poses()], LIMIT, THRESHOLD)

    assert (verdict.kind, verdict.drop, verdict.interval95, verdict.persons) == ("oks", 0.0, (0.0, 0.0), 40)
    assert (verdict.passed, verdict.enough, verdict.worst) == (True, True, ())


def test_the_drop_is_what_the_mean_oks_lacks_of_one() -> None:
    verdict = judge([poses()], [poses(shift_px=10.0)], LIMIT, THRESHOLD)

    assert verdict.drop == pytest.approx(1 - np.exp(-(10**2) / (2 * 10_000 * 0.1**2)), rel=1e-5)


def test_joints_in_other_places_fail_however_sure_the_network_is() -> None:
    assert not judge([poses()], [poses(shift_px=30.0, confidence=0.9)], LIMIT, THRESHOLD).passed


def test_a_joint_that_the_candidate_lacks_counts_as_lost() -> None:
    candidate = poses()
    assert isinstance(candidate.said, Poses)
    candidate.said.keypoints_xy[:, 0] = np.nan

    assert judge([poses()], [candidate], LIMIT, THRESHOLD).drop == pytest.approx(1 / 3)


def test_joints_of_which_the_reference_is_not_sure_do_not_count() -> None:
    reference = poses()
    assert isinstance(reference.said, Poses)
    reference.said.confidence[:, 0] = 0.5
    candidate = poses()
    assert isinstance(candidate.said, Poses)
    candidate.said.keypoints_xy[:, 0] += 50

    assert judge([reference], [candidate], LIMIT, THRESHOLD).drop == 0


def test_of_a_network_that_is_never_sure_the_surer_joints_count() -> None:
    assert judge([poses(confidence=0.1)], [poses(confidence=0.1)], LIMIT, THRESHOLD).persons == 40


def test_crops_of_nobody_do_not_count() -> None:
    reference = replace(poses(), areas=np.repeat(np.array([0, 10_000], np.float32), 20))

    assert judge([reference], [poses()], LIMIT, THRESHOLD).persons == 20


def test_a_set_without_anybody_never_passes() -> None:
    nobody = replace(poses(), areas=np.zeros(40, np.float32))

    assert not judge([nobody], [poses()], LIMIT, THRESHOLD).passed


def test_the_mean_over_the_sets_counts_whatever_their_size() -> None:
    near, far = poses(shift_px=10.0, persons=10), poses()

    verdict = judge([poses(persons=10, name="first"), poses(name="second")], [near, far], LIMIT, THRESHOLD)

    assert [row.name for row in verdict.rows] == ["first", "second"]
    assert verdict.drop == pytest.approx(verdict.rows[0].drop / 2)


def test_few_persons_who_differ_are_too_few() -> None:
    shift = np.where(np.arange(8) == 0, 12.0, 0.0)[:, None]

    verdict = judge([poses(persons=8)], [poses(shift, persons=8)], 0.07, THRESHOLD)

    assert (verdict.passed, verdict.enough) == (True, False)
    assert "too few persons to tell" in verdict.sentence


def test_by_labels_the_drop_is_that_of_average_precision() -> None:
    reference = replace(poses(persons=60), matches=matches(np.ones(60, np.bool_)))
    candidate = replace(poses(persons=60), matches=matches(np.arange(60) < 30))

    verdict = judge([reference], [candidate], LIMIT, THRESHOLD)

    assert verdict.kind == "ap"
    assert verdict.drop == pytest.approx(1 - 51 / 101)


def test_the_interval_of_the_difference_is_narrower_than_that_of_two_separate_sets() -> None:
    nearly = RIGHT & (np.arange(60) != 5)
    reference = replace(poses(persons=60), matches=matches(RIGHT))
    candidate = replace(poses(persons=60), matches=matches(nearly))

    low, high = judge([reference], [candidate], LIMIT, THRESHOLD).interval95

    apart = np.percentile(resampled(matches(RIGHT)) - resampled(matches(nearly), seed=9), (2.5, 97.5))
    assert high - low < 0.5 * (apart[1] - apart[0])


def test_displacements_are_measured_where_the_reference_is_sure() -> None:
    drift = judge([poses()], [poses(shift_px=3.0)], LIMIT, THRESHOLD).drift

    assert drift is not None
    assert [drift.p50, drift.p99] == pytest.approx([3, 3], abs=1e-4)


def test_the_threshold_that_restores_recall_shows_as_many_joints() -> None:
    reference, candidate = poses(), poses()
    assert isinstance(reference.said, Poses)
    assert isinstance(candidate.said, Poses)
    reference.said.confidence[:] = np.linspace(0.01, 1, 120).reshape(40, 3)
    candidate.said.confidence[:] = reference.said.confidence / 4

    drift = judge([reference], [candidate], LIMIT, THRESHOLD).drift

    assert drift is not None
    assert drift.ratio == pytest.approx(0.25)
    assert (candidate.said.confidence >= drift.threshold).sum() == (reference.said.confidence >= 0.4).sum()


def test_where_the_reference_shows_nothing_its_own_threshold_is_kept() -> None:
    drift = judge([poses(confidence=0.1)], [poses(confidence=0.2)], LIMIT, THRESHOLD).drift

    assert drift is not None
    assert drift.threshold == THRESHOLD


def test_the_worst_persons_come_first_with_both_skeletons() -> None:
    shift = np.linspace(0, 20, 40)[:, None]

    worst = judge([poses()], [poses(shift)], LIMIT, THRESHOLD).worst

    assert [one.picture for one in worst] == [f"crop {row}" for row in range(39, 31, -1)]
    assert worst[0].candidate - worst[0].reference == pytest.approx(np.tile([20.0, 0.0], (3, 1)), abs=1e-4)


def test_numbers_that_are_none_fail_and_are_counted_where_they_were() -> None:
    extremes = replace(poses(name="extremes"), non_finite=2)
    verdict = judge([poses()], [replace(poses(), non_finite=7)], LIMIT, THRESHOLD, [extremes])

    assert not verdict.passed
    assert verdict.non_finite == {"set": 7, "extremes": 2}


def test_boxes_are_compared_by_f1_at_the_working_threshold() -> None:
    reference = boxes([(0, 0.9), (50, 0.8)], [(0, 0.7), (80, 0.1)])
    candidate = boxes([(1, 0.9), (90, 0.8)], [(0, 0.7)])

    verdict = judge([reference], [candidate], LIMIT, THRESHOLD)

    assert (verdict.kind, verdict.persons) == ("f1", 3)
    assert verdict.drop == pytest.approx(1 - 2 * 2 / (3 + 3))


def test_a_box_that_only_lost_confidence_has_not_moved() -> None:
    verdict = judge([boxes([(0, 0.8)])], [boxes([(0, 0.2)])], LIMIT, THRESHOLD)

    assert verdict.drop == 1
    assert verdict.drift is not None
    assert [verdict.drift.p99, verdict.drift.ratio, verdict.drift.threshold] == pytest.approx([0, 0.25, 0.2])


def test_no_box_is_found_twice() -> None:
    assert judge([boxes([(0, 0.9), (1, 0.8)])], [boxes([(0, 0.9)])], LIMIT, THRESHOLD).drop == pytest.approx(1 - 2 / 3)


def test_pictures_without_a_box_are_compared_too() -> None:
    assert judge([boxes([], [(0, 0.9)])], [boxes([], [(0, 0.9)])], LIMIT, THRESHOLD).drop == 0
