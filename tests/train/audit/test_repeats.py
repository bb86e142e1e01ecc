"""Persons labelled twice, and what they tell of sigmas."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from rsn_edge.skeleton import COCO17
from tests.train.audit.crafted import Content, written
from train.audit.audit import Audit, audit_labels


def _person(identity: int, rng: np.random.Generator, true_xy: np.ndarray, exactness: float) -> Content:
    xy = true_xy + exactness * np.array(COCO17.sigmas)[:, None] * 200 * rng.normal(0, np.sqrt(0.5), (17, 2))
    points = np.column_stack([xy, np.full(17, 2)]).ravel().tolist()
    return {"id": identity, "image_id": identity // 2, "bbox": [100, 100, 200, 200], "area": 4e4, "keypoints": points}


def _labelled_twice(folder: Path, persons: int, exactness: float) -> Path:
    """Two annotators whose spread is `exactness` x COCO's sigma x 200 pixels, the root of the area."""
    rng = np.random.default_rng(0)
    places = [rng.uniform(120, 280, (17, 2)) for _ in range(persons)]
    labels = [_person(number, rng, places[number // 2], exactness) for number in range(2 * persons)]
    images = [{"id": n, "file_name": f"{n}.png", "width": 400, "height": 400} for n in range(persons)]
    return written(folder, {"images": images, "annotations": labels})


def _named(audit: Audit) -> set[str]:
    return {finding.fault.name for finding in audit.findings}


def test_sigmas_are_estimated_from_persons_labelled_twice(tmp_path: Path) -> None:
    audit = audit_labels(_labelled_twice(tmp_path, 400, exactness=1.0), COCO17)

    np.testing.assert_allclose(audit.measured_sigmas, COCO17.sigmas, rtol=0.15)
    assert "sigmas-contradicted" not in _named(audit)


def test_a_sigma_far_from_what_annotators_do_is_named(tmp_path: Path) -> None:
    rude = replace(COCO17, sigmas=(0.2, *COCO17.sigmas[1:]))

    audit = audit_labels(_labelled_twice(tmp_path, 60, exactness=1.0), rude)

    assert audit.hits["sigmas-contradicted"].nonzero()[0].tolist() == [0]


@pytest.mark.parametrize(("persons", "exactness"), [(20, 1.0), (60, 0.0)], ids=["too-few", "copies"])
def test_nothing_is_estimated_from(persons: int, exactness: float, tmp_path: Path) -> None:
    audit = audit_labels(_labelled_twice(tmp_path, persons, exactness), COCO17)

    assert np.isnan(audit.measured_sigmas).all()
    assert audit.hits["same-person-twice"].sum() == persons


def test_a_skeleton_with_one_sigma_for_all_is_called_a_guess(tmp_path: Path) -> None:
    guessed = replace(COCO17, sigmas=(0.05,) * 17)

    assert "sigmas-guessed" in _named(audit_labels(_labelled_twice(tmp_path, 2, 1.0), guessed))


def test_joints_of_two_sides_that_are_no_pair_are_named(tmp_path: Path) -> None:
    lame = replace(COCO17, flip_pairs=COCO17.flip_pairs[:-1])

    audit = audit_labels(_labelled_twice(tmp_path, 2, 1.0), lame)

    assert audit.hits["flip-pairs"].nonzero()[0].tolist() == [15, 16]
