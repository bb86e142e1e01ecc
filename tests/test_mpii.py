"""The two forms in which MPII's persons are handed around say the same."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.io import savemat

from rsn_edge.errors import InputError
from rsn_edge.mpii import read_persons
from tests.mpii_files import JOINTS, PEOPLE, write_list, write_release

UNUSABLE = ({"scale": 0.5}, {"scale": 0.5, "objpos": {"x": 1.0, "y": 1.0}}, {"x1": 1.0})


@pytest.mark.parametrize("name", ["train.json", "mpii.mat"])
def test_persons_are_read_as_they_are_written(tmp_path: Path, name: str) -> None:
    people = read_persons((write_list if name == "train.json" else write_release)(tmp_path / name, PEOPLE))

    assert people.images == ("a.png", "a.png", "b.png")
    assert people.centres.tolist() == [[70, 85], [80, 90], [-1, 85]]
    assert people.scales.tolist() == [0.7, 0.75, 0.9]
    np.testing.assert_array_equal(people.joints[people.labelled], [*JOINTS, *JOINTS[1:15], *JOINTS])
    assert people.labelled.sum(axis=1).tolist() == [16, 14, 16]


def test_who_has_no_joints_no_place_or_no_size_is_left_out(tmp_path: Path) -> None:
    assert len(read_persons(write_release(tmp_path / "mpii.mat", PEOPLE, UNUSABLE)).scales) == len(PEOPLE)


def test_one_person_with_one_joint_is_enough(tmp_path: Path) -> None:
    one = PEOPLE[0] | {"joints_vis": [0] * 9 + [1] + [0] * 6}

    people = read_persons(write_release(tmp_path / "mpii.mat", [one]))

    assert np.argwhere(people.labelled).tolist() == [[0, 9]]


def test_a_list_without_joints_has_none_labelled(tmp_path: Path) -> None:
    entries = [{key: entry[key] for key in ("image", "center", "scale")} for entry in PEOPLE]

    assert not read_persons(write_list(tmp_path / "test.json", entries)).labelled.any()


@pytest.mark.parametrize(
    "spoilt",
    [{"images": []}, 7, None, ["a.png"], [PEOPLE[0] | {"center": [1]}], [PEOPLE[0] | {"scale": "big"}],
     [PEOPLE[0] | {"joints": [[1, 2]] * 15}], [PEOPLE[0] | {"scale": float("nan")}], [{"image_id": 1, "score": 1}]],
    ids=["coco", "number", "null", "names", "half-centre", "word", "15-joints", "nan", "results"],
)  # fmt: skip
def test_a_json_of_another_form_is_one_sentence(tmp_path: Path, spoilt: Any) -> None:
    (tmp_path / "train.json").write_text(json.dumps(spoilt))

    with pytest.raises(InputError, match=r"train\.json is no list of MPII's persons"):
        read_persons(tmp_path / "train.json")


def test_a_mat_of_another_form_is_one_sentence(tmp_path: Path) -> None:
    savemat(tmp_path / "valid.mat", {"jnt_missing": np.zeros((16, 3))})

    with pytest.raises(
        InputError, match=r"valid\.mat is no list of MPII's persons .*RELEASE.*mpii_human_pose_v1_u12_1"
    ):
        read_persons(tmp_path / "valid.mat")


@pytest.mark.parametrize("length", [0, 100, 1000, 4000, -1], ids=str)
def test_a_mat_that_was_cut_off_is_one_sentence(tmp_path: Path, length: int) -> None:
    file = write_release(tmp_path / "mpii.mat", PEOPLE)
    file.write_bytes(file.read_bytes()[:length])

    with pytest.raises(InputError, match=r"mpii\.mat is (no Matlab file|empty)"):
        read_persons(file)


def test_a_mat_that_is_not_there_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"mpii\.mat could not be read: No such file"):
        read_persons(tmp_path / "mpii.mat")
