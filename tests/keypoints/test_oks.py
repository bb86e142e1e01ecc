"""OKS and its suppression against mmpose and pycocotools.

pipeline_nms.npz: 14 poses with scores and areas; their OKS matrix (stored as float32: 1e-6) and the indices that hard
suppression keeps, in order (soft suppression is not ours); `_vis0.2` counts joints whose scores exceed 0.2 only.
pipeline_coco_oks.json: a synthetic COCO set with a crowd and a person without a labelled joint; pycocotools itself is
the judge: 1e-12.
"""

import json

import numpy as np
import pytest
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from rsn_edge.keypoints.oks import coco_oks, oks_matrix, oks_nms, paired_oks, pose_nms
from rsn_edge.people import Poses
from rsn_edge.skeleton import COCO17
from tests.keypoints.goldens import GOLDEN, golden

SIGMAS = COCO17.sigmas
THRESHOLDS = [0.9, 0.7, 0.5, 0.3]


def poses_of(count: int, seed: int = 0) -> Poses:
    rng = np.random.default_rng(seed)
    corner = rng.uniform(0, 400, (count, 2))
    boxes = np.concatenate([corner, corner + rng.uniform(80, 200, (count, 2))], axis=1).astype(np.float32)
    xy = boxes[:, None, :2] + rng.uniform(0, 80, (count, 17, 2)).astype(np.float32)
    confidence = rng.uniform(0, 1, (count, 17)).astype(np.float32)
    return Poses(xy, confidence + np.float32(0.5), confidence, boxes, rng.uniform(0.3, 1, count).astype(np.float32))


def test_the_matrix_equals_that_of_mmpose() -> None:
    stored = golden("nms")
    xy, areas = stored["keypoints"][..., :2], stored["area"]
    np.testing.assert_allclose(oks_matrix(xy, areas, xy, areas, SIGMAS), stored["oks"], atol=1e-6)


@pytest.mark.parametrize("threshold", THRESHOLDS)
def test_hard_suppression_keeps_what_mmpose_keeps(threshold: float) -> None:
    stored = golden("nms")
    kept = oks_nms(stored["keypoints"][..., :2], stored["area"], stored["score"], SIGMAS, threshold)
    np.testing.assert_array_equal(kept, stored[f"keep_hard_{threshold}"])


@pytest.mark.parametrize("threshold", THRESHOLDS)
def test_suppression_of_visible_joints_keeps_what_mmpose_keeps(threshold: float) -> None:
    stored = golden("nms")
    visible = stored["keypoints"][..., 2:] > 0.2
    xy = np.where(visible, stored["keypoints"][..., :2], np.nan)
    kept = oks_nms(xy, stored["area"], stored["score"], SIGMAS, threshold)
    np.testing.assert_array_equal(kept, stored[f"keep_hard_{threshold}_vis0.2"])


def test_poses_on_the_threshold_are_kept() -> None:
    twins = np.zeros((2, 17, 2))
    np.testing.assert_array_equal(oks_nms(twins, np.ones(2), np.array([0.4, 0.6]), SIGMAS, 1.0), [1, 0])


def test_joints_that_one_of_two_poses_lacks_do_not_count() -> None:
    here, there = np.zeros((1, 17, 2)), np.full((1, 17, 2), np.nan)
    there[0, :5] = 0
    area = np.ones(1)
    assert oks_matrix(here, area, there, area, SIGMAS)[0, 0] == 1
    assert oks_matrix(here, area, np.full_like(here, np.nan), area, SIGMAS)[0, 0] == 0


def test_coco_oks_equals_pycocotools(capsys: pytest.CaptureFixture[str]) -> None:
    stored = json.loads((GOLDEN / "pipeline_coco_oks.json").read_text())
    truth = COCO()
    truth.dataset = stored["gt"]
    truth.createIndex()
    judge = COCOeval(truth, truth.loadRes(stored["dt"]), "keypoints")
    judge.evaluate()
    capsys.readouterr()
    for (image, category), expected in judge.ious.items():
        annotations = judge._gts[image, category]
        found = sorted(judge._dts[image, category], key=lambda result: -result["score"])[:20]
        if len(annotations) and len(found):
            keypoints = np.array([result["keypoints"] for result in found]).reshape(-1, 17, 3)
            joints = np.array([annotation["keypoints"] for annotation in annotations], np.float64).reshape(-1, 17, 3)
            boxes, areas = (np.array([a[key] for a in annotations], np.float64) for key in ("bbox", "area"))
            similarity = coco_oks(keypoints[..., :2], joints, boxes, areas, SIGMAS)
            np.testing.assert_allclose(similarity, expected, atol=1e-12)


def test_a_missing_prediction_adds_nothing_to_coco_oks() -> None:
    truth = np.concatenate([np.zeros((1, 17, 2)), np.full((1, 17, 1), 2.0)], axis=2)
    predicted = np.where(np.arange(17)[:, None] < 10, 0.0, np.nan)[None]
    similarity = coco_oks(predicted * [1, 1], truth, np.array([[0, 0, 5, 5]]), np.array([25.0]), SIGMAS)
    np.testing.assert_allclose(similarity, [[10 / 17]])


def test_poses_in_pairs_have_the_oks_that_coco_gives_each() -> None:
    rng = np.random.default_rng(0)
    predicted, truth, areas = rng.uniform(0, 40, (5, 17, 2)), rng.uniform(0, 40, (5, 17, 2)), rng.uniform(900, 9000, 5)
    counted = rng.random((5, 17)) < 0.6
    labelled = np.concatenate([truth, 2.0 * counted[..., None]], axis=2)
    every = coco_oks(predicted, labelled, np.zeros((5, 4)), areas, SIGMAS)
    np.testing.assert_allclose(paired_oks(predicted, truth, counted, areas, SIGMAS), np.diag(every), atol=1e-12)


def test_a_pair_without_a_joint_that_counts_has_no_oks() -> None:
    here = np.zeros((1, 17, 2))
    assert np.isnan(paired_oks(here, here, np.zeros((1, 17), np.bool_), np.ones(1), SIGMAS)).all()


def test_a_person_found_twice_is_kept_once_with_the_greater_certainty() -> None:
    poses = poses_of(3)[np.array([0, 1, 2, 0])]
    poses.person_scores[3] *= np.float32(0.9)
    kept = pose_nms(poses, COCO17, 0.9)
    np.testing.assert_array_equal(kept, np.argsort(-poses.certainty[:3]))


def test_zero_persons_are_similar_to_nobody() -> None:
    none, some = np.zeros((0, 17, 2)), np.zeros((3, 17, 2))
    assert oks_matrix(none, np.zeros(0), some, np.ones(3), SIGMAS).shape == (0, 3)
    assert coco_oks(some, np.zeros((0, 17, 3)), np.zeros((0, 4)), np.zeros(0), SIGMAS).shape == (3, 0)


def test_zero_persons_are_suppressed_to_zero() -> None:
    none = np.zeros((0, 17, 2)), np.zeros(0), np.zeros(0)
    assert oks_nms(*none, SIGMAS, 0.9).shape == (0,)
    assert pose_nms(Poses.empty(17), COCO17, 0.9).shape == (0,)
