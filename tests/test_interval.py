"""The 95 % interval of AP: our accumulation against the evaluator's, and how it behaves."""

import copy

import numpy as np
import pytest

from rsn_edge.coco import Result
from rsn_edge.evaluate import Matches, box_matches, box_precisions, coco_matches, coco_numbers
from rsn_edge.interval import average_precision, interval95, resampled
from rsn_edge.skeleton import COCO17
from tests.test_evaluate import generated

IDS = list(range(1, 13))


def matches(seed: int) -> Matches:
    return coco_matches(*generated(seed), COCO17.sigmas, IDS)


@pytest.mark.parametrize("seed", range(6))
def test_the_whole_set_has_the_ap_of_the_evaluator(seed: int) -> None:
    truth, results = generated(seed)

    ap = average_precision(coco_matches(truth, results, COCO17.sigmas, IDS), np.ones(12))

    assert ap == pytest.approx(coco_numbers(truth, results, COCO17.sigmas).AP, abs=1e-12)


def test_boxes_have_the_ap50_of_the_evaluator() -> None:
    truth, _ = generated(4)
    rng = np.random.default_rng(0)
    boxes = [
        {
            "image_id": a["image_id"],
            "category_id": 1,
            "score": rng.random(),
            "bbox": (a["bbox"] + rng.normal(0, 3, 4)).tolist(),
        }
        for a in truth["annotations"]
    ]

    ap = average_precision(box_matches(truth, boxes, IDS), np.ones(12))

    assert 0.1 < ap < 0.99
    assert ap == pytest.approx(box_precisions(truth, boxes)[1], abs=1e-12)


@pytest.mark.parametrize("seed", range(3))
def test_a_drawn_set_has_the_ap_of_a_set_that_holds_its_pictures_as_often(seed: int) -> None:
    truth, tied = generated(seed)
    results = [r | {"score": r["score"] + 1e-6 * i} for i, r in enumerate(tied)]  # the order of ties is nobody's
    weights = np.random.default_rng(seed).multinomial(12, np.full(12, 1 / 12))
    drawn, copies = copy.deepcopy(truth), [(i, n) for i, w in zip(IDS, weights, strict=True) for n in range(w)]
    drawn["images"] = [truth["images"][i - 1] | {"id": 100 * i + n} for i, n in copies]
    drawn["annotations"] = [
        a | {"id": 1000 * a["id"] + n, "image_id": 100 * i + n}
        for i, n in copies for a in truth["annotations"] if a["image_id"] == i
    ]  # fmt: skip
    again: list[Result] = [r | {"image_id": 100 * i + n} for i, n in copies for r in results if r["image_id"] == i]

    ap = average_precision(coco_matches(truth, results, COCO17.sigmas, IDS), weights.astype(np.float64))

    assert ap == pytest.approx(coco_numbers(drawn, again, COCO17.sigmas).AP, abs=1e-12)


def test_the_interval_holds_the_ap_and_is_the_same_every_time() -> None:
    interval = interval95(matches(3))

    assert interval is not None
    assert interval[0] < average_precision(matches(3), np.ones(12)) < interval[1]
    assert interval == interval95(matches(3))


def test_pictures_that_are_all_alike_leave_no_doubt() -> None:
    perfect = Matches(np.arange(5), np.ones((10, 5), np.bool_), np.ones((10, 5), np.bool_), np.ones(5, np.int64))

    assert interval95(perfect, resamples=20) == pytest.approx((1.0, 1.0))


def test_nobody_to_find_has_no_interval() -> None:
    nobody = np.zeros((10, 0), np.bool_)

    assert interval95(Matches(np.zeros(0, np.intp), nobody, nobody, np.zeros(4, np.int64))) is None


def test_lists_of_results_are_compared_on_the_same_draws() -> None:
    good, worse = matches(3), matches(3)
    worse.hits[:, ::4] = False

    paired = resampled(good) - resampled(worse)
    unpaired = resampled(good) - resampled(worse, seed=1)

    assert np.std(paired) < 0.5 * np.std(unpaired)
