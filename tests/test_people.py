"""Persons, Poses and Tracks: shapes are checked at the border, selections keep rows together, nobody is normal."""

import numpy as np
import pytest
from numpy.typing import NDArray

from rsn_edge.people import Persons, Poses, Selection, Tracks

SELECTIONS = pytest.mark.parametrize(
    ("selection", "rows"),
    [(np.array([True, False, True]), [0, 2]), (np.array([2, 0]), [2, 0]), (slice(1, None), [1, 2]),
     (np.zeros(3, bool), []), (slice(None, None), [0, 1, 2])],
    ids=["mask", "indices", "slice", "nobody", "everybody"],
)  # fmt: skip


def _persons() -> Persons:
    return Persons(np.arange(12, dtype=np.float32).reshape(3, 4), np.array([0.9, 0.5, 0.1], np.float32))


def _poses(joints: int = 17) -> Poses:
    confidence = np.linspace(0, 1, 3 * joints, dtype=np.float32).reshape(3, joints)
    xy = np.arange(6 * joints, dtype=np.float32).reshape(3, joints, 2)
    persons = _persons()
    return Poses(xy, confidence + np.float32(0.5), confidence, persons.boxes_xyxy, persons.scores)


@SELECTIONS
def test_a_selection_of_persons_keeps_boxes_and_scores_together(selection: Selection, rows: list[int]) -> None:
    persons, chosen = _persons(), _persons()[selection]
    assert len(chosen) == len(rows)
    assert np.array_equal(chosen.boxes_xyxy, persons.boxes_xyxy[rows])
    assert np.array_equal(chosen.scores, persons.scores[rows])


@SELECTIONS
def test_a_selection_of_poses_keeps_every_array_together(selection: Selection, rows: list[int]) -> None:
    poses, chosen = _poses(), _poses()[selection]
    assert (len(chosen), chosen.joints) == (len(rows), 17)
    for name in ("keypoints_xy", "scores", "confidence", "boxes_xyxy", "person_scores"):
        assert np.array_equal(getattr(chosen, name), getattr(poses, name)[rows])


def test_nobody_has_arrays_of_length_zero() -> None:
    poses = Poses.empty(16)
    assert (len(Persons.empty()), len(poses), poses.joints) == (0, 0, 16)
    assert poses.keypoints_xy.shape == (0, 16, 2)


def test_nobody_passes_through_every_function() -> None:
    poses = Poses.empty(17)
    assert poses.visible(0.2).shape == (0, 17)
    assert poses.certainty.shape == (0,)
    assert len(Tracks.untracked(poses[np.zeros(0, bool)])) == 0


@pytest.mark.parametrize(
    ("boxes", "scores"),
    [(np.zeros((2, 4)), np.zeros(2, np.float32)), (np.zeros((2, 5), np.float32), np.zeros(2, np.float32)),
     (np.zeros((3, 4), np.float32), np.zeros(2, np.float32)),
     (np.zeros((2, 4), np.float32), np.zeros((2, 1), np.float32))],
    ids=["float64", "five-columns", "one-box-too-many", "scores-as-a-column"],
)  # fmt: skip
def test_persons_of_wrong_shape_or_type_are_refused(boxes: NDArray[np.float32], scores: NDArray[np.float32]) -> None:
    with pytest.raises(ValueError, match="must be"):
        Persons(boxes, scores)


@pytest.mark.parametrize("name", ["keypoints_xy", "scores", "confidence", "boxes_xyxy", "person_scores"])
def test_poses_with_one_row_too_few_are_refused(name: str) -> None:
    poses = _poses()
    arrays = {field: getattr(poses, field) for field in Poses.__dataclass_fields__}
    arrays[name] = arrays[name][:2]
    with pytest.raises(ValueError, match="must be"):
        Poses(**arrays)


def test_a_refusal_names_the_array_and_both_shapes() -> None:
    with pytest.raises(ValueError, match=r"boxes_xyxy must be \(1, 4\) float32, got \(1, 2\) float64"):
        Persons(np.zeros((1, 2)), np.zeros(1, np.float32))  # type: ignore[arg-type]


def test_a_missing_joint_is_never_visible() -> None:
    poses = _poses()
    poses.keypoints_xy[1, 3, 0] = np.nan
    assert not poses.visible(0.0)[1, 3]
    assert poses.visible(0.0).sum() == 3 * 17 - 1


def test_a_joint_at_the_threshold_is_visible() -> None:
    poses = _poses(joints=2)
    threshold = float(poses.confidence[1, 0])
    assert poses.visible(threshold).tolist() == [[False, False], [True, True], [True, True]]


def test_certainty_is_the_detectors_score_times_the_eight_best_joints() -> None:
    poses = _poses()
    expected = poses.person_scores * np.sort(poses.confidence)[:, -8:].mean(axis=1)
    assert poses.certainty == pytest.approx(expected)


def test_untracked_poses_have_no_identity_and_no_age() -> None:
    tracks = Tracks.untracked(_poses())
    assert tracks.ids.tolist() == [-1, -1, -1]
    assert tracks.ages.tolist() == [0, 0, 0]


@pytest.mark.parametrize("ids", [np.zeros(2, np.int64), np.zeros(3, np.int32)], ids=["too-few", "int32"])
def test_tracks_that_do_not_fit_their_poses_are_refused(ids: NDArray[np.int64]) -> None:
    with pytest.raises(ValueError, match="ids must be"):
        Tracks(_poses(), ids, np.zeros(3, np.int64))


def test_people_cannot_be_changed_behind_their_checks() -> None:
    with pytest.raises(AttributeError):
        _persons().scores = np.zeros(1, np.float32)  # type: ignore[misc]
