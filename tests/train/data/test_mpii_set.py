"""MPII's persons become samples where the published code has them."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from rsn_edge.coco import read_annotations
from rsn_edge.errors import InputError
from rsn_edge.keypoints.crop import affines_from_boxes, affines_from_centre_scale
from rsn_edge.skeleton import MPII16
from tests.mpii_files import JOINTS, PEOPLE, write_list, write_release
from tests.train.small import TINY
from train.audit.audit import audit_labels
from train.audit.faults import STOPS
from train.data.crops import crop_persons, read_samples
from train.data.keypoint_set import KeypointSet, mpii_set

SPEC = replace(TINY, skeleton=MPII16)


@pytest.fixture(name="train_json")
def _train_json(tmp_path: Path) -> Path:
    return write_list(tmp_path / "train.json", PEOPLE)


def test_persons_lie_where_the_published_code_has_them(train_json: Path, tmp_path: Path) -> None:
    truth = read_annotations(mpii_set(tmp_path, train_json)[0], MPII16)

    # The centre goes down by 15 pixels x scale, unless it is unknown, and Matlab counts from 1.
    np.testing.assert_allclose(truth.boxes_xyxy[0], (70 - 1 - 70, 85 + 10.5 - 1 - 70, 70 - 1 + 70, 85 + 10.5 - 1 + 70))
    np.testing.assert_allclose(truth.boxes_xyxy[2], (-2 - 90, 84 - 90, -2 + 90, 84 + 90))
    np.testing.assert_allclose(truth.keypoints[0], np.insert(JOINTS - 1, 2, 2.0, axis=1))
    assert truth.keypoints[1, [0, 15]].tolist() == [[0, 0, 0]] * 2
    assert [truth.file_names[image_id] for image_id in truth.owners] == ["a.png", "a.png", "b.png"]


def test_a_crop_is_what_the_published_test_cuts_out(train_json: Path, tmp_path: Path) -> None:
    truth = read_annotations(mpii_set(tmp_path, train_json)[0], MPII16)

    ours = affines_from_boxes(truth.boxes_xyxy, (64, 64), (1.25, 1.25))
    centres, scales = (np.array([entry[key] for entry in PEOPLE]) for key in ("center", "scale"))
    np.testing.assert_allclose(ours, affines_from_centre_scale(centres, scales, (64, 64)), atol=1e-3)


def test_the_mat_gives_the_same_annotations(train_json: Path, tmp_path: Path) -> None:
    mat = write_release(tmp_path / "mpii.mat", PEOPLE)

    (by_list, pictures), (by_mat, same) = mpii_set(tmp_path, train_json), mpii_set(tmp_path, mat)

    assert by_list.read_text() == by_mat.read_text()
    assert pictures == same == tmp_path / "images"


def test_they_pass_the_audit_and_are_cut_out(train_json: Path, tmp_path: Path) -> None:
    one = KeypointSet(*mpii_set(tmp_path, train_json))

    assert [finding for finding in audit_labels(one.annotations, MPII16).findings if finding.severity == STOPS] == []
    assert crop_persons(read_samples([one], SPEC), SPEC, 1.5, tmp_path).joints_xy.shape == (3, 16, 2)


def test_it_is_made_once_and_anew_for_another_file(train_json: Path, tmp_path: Path) -> None:
    first, _ = mpii_set(tmp_path, train_json)
    first.write_text("kept")

    assert mpii_set(tmp_path, train_json)[0].read_text() == "kept"
    assert mpii_set(tmp_path, write_list(train_json, PEOPLE[:2]))[0] != first


def test_pictures_may_lie_beside_the_folder_of_the_annotations(train_json: Path, tmp_path: Path) -> None:
    (tmp_path / "annot").mkdir()

    assert mpii_set(tmp_path, train_json.rename(tmp_path / "annot" / "train.json"))[1] == tmp_path / "images"


def test_a_broken_file_leaves_nothing(train_json: Path, tmp_path: Path) -> None:
    train_json.write_text("[{}]")

    with pytest.raises(InputError, match=r"train\.json is no list of MPII's persons"):
        mpii_set(tmp_path / "cache", train_json)
    assert not (tmp_path / "cache").exists()
