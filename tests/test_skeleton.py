"""Skeletons: the two that come with the library, the user's own file, and what a broken one is told."""

from dataclasses import replace
from pathlib import Path

import pytest

from rsn_edge.errors import InputError
from rsn_edge.skeleton import COCO17, MPII16, SKELETONS, Skeleton, open_skeleton

EXAMPLE = Path(__file__).parents[1] / "examples" / "skeletons" / "hand-raise.toml"
BUILT_IN = pytest.mark.parametrize("skeleton", SKELETONS.values(), ids=SKELETONS)
SMALL = 'joints = ["nose", "left_ear", "right_ear"]\nsigmas = 0.05\n'


def _refusal(tmp_path: Path, text: str) -> str:
    path = tmp_path / "mine.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as refused:
        open_skeleton(str(path))
    return str(refused.value)


@BUILT_IN
def test_a_built_in_skeleton_opens_by_name(skeleton: Skeleton) -> None:
    assert open_skeleton(skeleton.name) is skeleton


@BUILT_IN
def test_left_and_right_carry_one_name_and_one_sigma(skeleton: Skeleton) -> None:
    for left, right in skeleton.flip_pairs:
        names = {skeleton.joints[left], skeleton.joints[right]}
        assert {name.replace("left", "right") for name in names} == names - {min(names)}
        assert skeleton.sigmas[left] == skeleton.sigmas[right]


@BUILT_IN
def test_mirroring_twice_gives_the_joints_back(skeleton: Skeleton) -> None:
    mirrored = skeleton.mirrored
    assert [mirrored[mirrored[joint]] for joint in range(len(mirrored))] == list(range(len(skeleton.joints)))


@BUILT_IN
def test_every_joint_hangs_on_a_limb(skeleton: Skeleton) -> None:
    assert {joint for edge in skeleton.edges for joint in edge} == set(range(len(skeleton.joints)))


def test_sizes_are_those_of_the_data_sets() -> None:
    assert (len(COCO17.joints), len(MPII16.joints)) == (17, 16)


def test_the_example_file_opens() -> None:
    skeleton = open_skeleton(str(EXAMPLE))
    assert skeleton.name == "hand-raise"
    assert skeleton.joints[5:] == ("left_wrist", "right_wrist")
    assert skeleton.edges[0] == (1, 2)
    assert skeleton.flip_pairs == ((1, 2), (3, 4), (5, 6))


def test_sigmas_of_the_example_are_cocos_for_the_same_joints() -> None:
    example = open_skeleton(str(EXAMPLE))
    coco = dict(zip(COCO17.joints, COCO17.sigmas, strict=True))
    assert list(example.sigmas) == [coco[joint] for joint in example.joints]


def test_a_file_without_a_name_is_called_after_itself(tmp_path: Path) -> None:
    (tmp_path / "ears.toml").write_text(SMALL, encoding="utf-8")
    assert open_skeleton(str(tmp_path / "ears.toml")).name == "ears"


def test_one_sigma_counts_for_all_joints(tmp_path: Path) -> None:
    (tmp_path / "ears.toml").write_text(SMALL, encoding="utf-8")
    assert open_skeleton(str(tmp_path / "ears.toml")).sigmas == (0.05, 0.05, 0.05)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("joints = [", "is not a TOML file"),
        ("sigmas = 0.05", "'joints' must be a list of names"),
        ('joints = "nose"\nsigmas = 0.05', "'joints' must be a list of names"),
        ("joints = [1, 2]\nsigmas = 0.05", "'joints' must be a list of names"),
        ('joints = ["nose"]', "'sigmas' must be a list of numbers"),
        ("joints = []\nsigmas = 0.05", "has no joints"),
        ('joints = ["nose", "nose"]\nsigmas = 0.05', "names a joint twice"),
        (SMALL + 'edges = [["nose", "tail"]]', "['nose', 'tail'] is not a pair of its joints"),
        (SMALL + 'flip_pairs = [["left_ear", "right_eye"]]', "['left_ear', 'right_eye'] is not a pair of its joints"),
        (SMALL + 'flip_pairs = [["left_ear", "right_ear"], ["nose", "left_ear"]]', "a joint in two flip pairs"),
        (SMALL + 'edges = [["nose", "left_ear", "right_ear"]]', "is not a pair of its joints"),
        (SMALL + "edges = 3", "not iterable"),
        (SMALL.replace("0.05", "[0.05]"), "has 3 joints and needs 3 positive sigmas"),
        (SMALL.replace("0.05", "-1"), "positive sigmas"),
        (SMALL.replace("0.05", "[0.1, nan, 0.1]"), "positive sigmas"),
        (SMALL.replace("0.05", '"wide"'), "wide"),
    ],
    ids=["not-toml", "no-joints", "joints-no-list", "joints-no-names", "no-sigmas", "empty", "twice", "unknown-limb",
         "unknown-pair", "two-pairs", "three-ends", "edges-no-list", "too-few-sigmas", "negative-sigma", "nan-sigma",
         "sigma-of-words"],
)  # fmt: skip
def test_a_broken_file_is_refused_in_one_sentence(tmp_path: Path, text: str, said: str) -> None:
    refusal = _refusal(tmp_path, text)
    assert said in refusal
    assert "\n" not in refusal


def test_bytes_that_are_no_text_are_refused(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InputError, match="is not a TOML file"):
        open_skeleton(str(tmp_path / "mine.toml"))


def test_an_unknown_name_is_told_the_known_ones() -> None:
    with pytest.raises(InputError, match=r"no skeleton 'coco18'\. Known are coco17, mpii16"):
        open_skeleton("coco18")


@pytest.mark.parametrize("joint", [17, -1])
def test_a_limb_outside_the_skeleton_is_refused(joint: int) -> None:
    with pytest.raises(InputError, match=f"refers to joint {joint}, but has joints 0 to 16"):
        replace(COCO17, edges=((0, joint),))


def test_an_unlabelled_joint_outside_the_skeleton_is_refused() -> None:
    with pytest.raises(InputError, match="refers to joint 99"):
        replace(COCO17, unlabelled=(99,))
