"""PCKh on a set in the form of MPII's validation files, read by a poser that puts every joint at the crop's middle."""

import json
from pathlib import Path
from typing import cast

import cv2
import numpy as np
import pytest
from click.testing import CliRunner
from numpy.typing import NDArray
from scipy.io import savemat

from benchmarks.command import bench
from benchmarks.mpii import read_joints, read_truth
from rsn_edge.artefact.checkpoint import Checkpoint, write_checkpoint
from rsn_edge.errors import ArtefactError, InputError
from rsn_edge.frame import Frame
from rsn_edge.keypoints.crop import apply_affines
from rsn_edge.keypoints.pck import pckh
from rsn_edge.mpii import read_persons
from rsn_edge.network.build import state_shapes
from rsn_edge.poser import CropPoser
from rsn_edge.skeleton import MPII16
from rsn_edge.spec import pose_variant
from tests.seeded_weights import fill

INPUT = (64, 64)
# Two persons on a.png, one on b.png; the third's centre is unknown, which keeps it from being lowered.
PERSONS = (("a.png", [40.0, 30.0], 0.5), ("b.png", [30.0, 40.0], 0.4), ("a.png", [-1.0, 20.0], 0.3))
MIDDLES = np.array([[39.0, 36.5], [29.0, 45.0], [-2.0, 19.0]])  # of the crops, pixels from 0


class MiddlePoser:
    """Every joint in the middle of the crop."""

    def keypoints_at(self, frame: Frame, to_frame: NDArray[np.float64]) -> tuple[NDArray[np.float64], None]:
        """As CropPoser, without scores."""
        middle = np.full((len(to_frame), 16, 2), 32.0)
        return apply_affines(to_frame, middle), None


@pytest.fixture(name="folder")
def _folder(tmp_path: Path) -> Path:
    """valid.json and valid.mat, whose truth is the middle of each crop, and images/."""
    (tmp_path / "images").mkdir()
    for name in ("a.png", "b.png"):
        cv2.imwrite(str(tmp_path / "images" / name), np.full((90, 120, 3), 99, np.uint8))
    entries = [{"image": image, "center": centre, "scale": scale} for image, centre, scale in PERSONS]
    (tmp_path / "valid.json").write_text(json.dumps(entries))
    heads = np.zeros((2, 2, 3))
    heads[1] = 10.0
    joints = np.repeat((MIDDLES + 1).T[None], 16, axis=0)
    savemat(
        tmp_path / "valid.mat",
        {"pos_gt_src": joints, "headboxes_src": heads, "jnt_missing": np.zeros((16, 3), np.uint8)},
    )
    return tmp_path


@pytest.fixture(name="network")
def _network(tmp_path: Path) -> Path:
    spec = pose_variant("rsn-nano", INPUT, MPII16)
    write_checkpoint(tmp_path / "mpii.safetensors", Checkpoint(spec, dict(fill(state_shapes(spec).items()))))
    return tmp_path / "mpii.safetensors"


def read(folder: Path, limit: int | None = None) -> tuple[dict[int, NDArray[np.float64]], tuple[str, ...]]:
    people = read_persons(folder / "valid.json")
    return read_joints(cast(CropPoser, MiddlePoser()), people, folder / "images", INPUT, limit)


def test_persons_are_cut_out_at_mpiis_centre_and_scale(folder: Path) -> None:
    (truth, heads), (found, missing) = read_truth(folder / "valid.json"), read(folder)

    predicted = np.array([found[row] for row in range(3)])
    np.testing.assert_allclose(predicted[:, 0], MIDDLES)
    assert pckh(predicted, truth.joints, ~truth.labelled, heads, "mmpose")["Mean@0.1"] == 100
    assert missing == ()


def test_either_file_names_the_set(folder: Path) -> None:
    (by_json, heads), (by_mat, _) = read_truth(folder / "valid.json"), read_truth(folder / "valid.mat")

    assert by_json.images == by_mat.images
    np.testing.assert_array_equal(by_json.joints, by_mat.joints)
    assert (by_json.joints.shape, heads.shape, by_json.labelled.shape) == ((3, 16, 2), (3, 2, 2), (3, 16))


def test_a_missing_picture_and_its_persons_are_left_out(folder: Path) -> None:
    (folder / "images" / "a.png").unlink()

    found, missing = read(folder)

    assert (list(found), missing) == ([1], ("a.png",))


def test_a_limit_counts_pictures(folder: Path) -> None:
    assert sorted(read(folder, limit=1)[0]) == [0, 2]


def test_without_any_picture_it_is_an_error(folder: Path) -> None:
    with pytest.raises(InputError, match=r"none of MPII's 2 pictures can be read in .*empty"):
        read_joints(cast(CropPoser, MiddlePoser()), read_persons(folder / "valid.json"), folder / "empty", INPUT)


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        (
            "valid.mat",
            None,
            r"valid\.json is one half of MPII's set, and beside it is no valid\.mat or .*gt_valid\.mat",
        ),
        ("valid.mat", b"no mat file" * 99, r"valid\.mat is no Matlab file"),
        ("valid.json", b'{"images": []}', "is no list of MPII's persons"),
        ("valid.json", b"[]", r"valid\.mat is not the truth .* of the 0 persons of .*valid\.json"),
    ],
    ids=["half", "broken-mat", "coco", "another-set"],
)
def test_files_that_are_not_mpiis_are_one_sentence(
    folder: Path, name: str, content: bytes | None, sentence: str
) -> None:
    (folder / name).unlink() if content is None else (folder / name).write_bytes(content)

    with pytest.raises(InputError, match=sentence):
        read_truth(folder / "valid.json")


def test_a_truth_of_other_joints_is_one_sentence(folder: Path) -> None:
    savemat(
        folder / "valid.mat", {"pos_gt_src": np.zeros((14, 2, 3)), "headboxes_src": 0, "jnt_missing": np.zeros((16, 3))}
    )

    with pytest.raises(InputError, match=r"valid\.mat is not the truth .*cannot reshape"):
        read_truth(folder / "valid.json")


def test_the_command_prints_both_conventions(folder: Path, network: Path) -> None:
    result = CliRunner().invoke(bench, ["--mpii", str(folder / "valid.mat"), "--model", str(network), "--json"])

    assert result.exit_code == 0, result.exception
    figures = json.loads(result.stdout)["results"]
    assert (figures["images"], figures["persons"], list(figures["pckh"])) == (2, 3, ["official", "mmpose"])
    assert set(figures["pckh"]["official"]) >= {"Head", "Mean", "Mean@0.1"}


def test_the_command_prints_a_table(folder: Path, network: Path) -> None:
    result = CliRunner().invoke(bench, ["--mpii", str(folder / "valid.json"), "--model", str(network)])

    rows = [line.split(" | ") for line in result.stdout.splitlines() if line.startswith("| ")]
    assert [row[0] for row in rows] == ["| PCKh", "| ---", "| official", "| mmpose"]
    assert rows[0][1:3] == ["Head", "Shoulder"]


def test_a_network_of_other_joints_is_one_sentence(folder: Path) -> None:
    result = CliRunner().invoke(bench, ["--mpii", str(folder / "valid.json")])

    assert isinstance(result.exception, ArtefactError)
    assert "reads the joints of coco17" in str(result.exception)
