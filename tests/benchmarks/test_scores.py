"""Who was read and who was not, and why."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from benchmarks.scores import find
from rsn_edge.coco import CocoKeypoints, read_annotations, results_json
from rsn_edge.people import Persons, Poses
from rsn_edge.reading import Reading
from rsn_edge.spec import pose_variant
from tests.benchmarks.drawn_set import write_split

SPEC = pose_variant("rsn-nano")
LEAST = 0.2


@pytest.fixture(name="truth")
def _truth(tmp_path: Path) -> CocoKeypoints:
    return read_annotations(write_split(tmp_path, persons=(2,)))


def reading(truth: CocoKeypoints, *rows: int, shift: float = 0.0, score: float = 1.3) -> dict[int, Reading]:
    """The joints of these persons, `shift` pixels off, in their own boxes."""
    at, own = list(rows), truth.boxes_xyxy[list(rows)]
    scores = np.full((len(at), 17), score, np.float32)
    persons = Persons(own, np.ones(len(at), np.float32))
    poses = Poses(truth.keypoints[at, :, :2] + np.float32(shift), scores, scores, own, persons.scores)
    return {11: Reading(11, persons, results_json(11, poses))}


def unread(truth: CocoKeypoints, readings: dict[int, Reading]) -> dict[str, list[int]]:
    return {reason: list(who) for reason, who in find(truth, readings, SPEC, LEAST)[1].items() if who}


def test_everybody_was_read(truth: CocoKeypoints) -> None:
    readings = reading(truth, 1, 0)  # results in another order than the truth

    assert unread(truth, readings) == {}
    np.testing.assert_allclose(find(truth, readings, SPEC, LEAST)[0].predicted_xy, truth.keypoints[..., :2], atol=1e-3)


def test_a_person_without_a_box(truth: CocoKeypoints) -> None:
    assert unread(truth, reading(truth, 1)) == {"no box": [1100]}
    assert len(find(truth, reading(truth, 1), SPEC, LEAST)[0].areas) == 1


def test_a_person_none_of_whose_joints_is_sure(truth: CocoKeypoints) -> None:
    assert unread(truth, reading(truth, 0, 1, score=0.6)) == {"no sure joint": [1100, 1101]}


def test_a_person_whose_joints_lie_elsewhere(truth: CocoKeypoints) -> None:
    assert unread(truth, reading(truth, 0, 1, shift=150)) == {"joints elsewhere": [1100, 1101]}


def test_a_missing_joint_is_not_taken_for_one_in_the_middle_of_the_box(truth: CocoKeypoints) -> None:
    readings = reading(truth, 0, 1)
    readings[11].results[0]["keypoints"][2] = 0.0

    pairs, _ = find(truth, readings, SPEC, LEAST)

    assert np.isnan(pairs.predicted_xy[0, 0]).all()


def test_one_box_is_not_two_persons(truth: CocoKeypoints) -> None:
    same = replace(truth, boxes_xyxy=truth.boxes_xyxy[[0, 0]])

    assert len(unread(same, reading(same, 0))["no box"]) == 1


def nobody_counts(truth: CocoKeypoints, readings: dict[int, Reading]) -> bool:
    pairs, missed = find(truth, readings, SPEC, LEAST)
    return len(pairs.areas) == 0 and not any(missed.values())


def test_crowds_and_persons_without_labels_do_not_count(truth: CocoKeypoints) -> None:
    nobody = replace(truth, crowd=np.array([True, False]), labelled=np.array([4, 0]))

    assert nobody_counts(nobody, reading(truth, 0, 1))


def test_pictures_that_were_not_read_do_not_count(truth: CocoKeypoints) -> None:
    assert nobody_counts(truth, {})
