"""Which joints a network knows: names, limbs, left/right pairs, and how far annotators differ on each."""

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rsn_edge.errors import InputError

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib


@dataclass(frozen=True, slots=True)
class Skeleton:
    """A set of k joints.

    Args:
        name: what users call it.
        joints: k names, in the order of the network's maps.
        edges: limbs as pairs of joint indices, for drawing.
        flip_pairs: (left, right) joint indices that change places in a mirrored picture.
        sigmas: k per-joint constants of the object keypoint similarity (annotators' spread / sqrt(area)).
        unlabelled: indices of joints that a data set never labels.
    """

    name: str
    joints: tuple[str, ...]
    edges: tuple[tuple[int, int], ...]
    flip_pairs: tuple[tuple[int, int], ...]
    sigmas: tuple[float, ...]
    unlabelled: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        k = len(self.joints)
        if k == 0:
            raise InputError(f"skeleton '{self.name}' has no joints")
        if len(set(self.joints)) != k:
            raise InputError(f"skeleton '{self.name}' names a joint twice")
        if len(self.sigmas) != k or not all(sigma > 0 for sigma in self.sigmas):
            raise InputError(f"skeleton '{self.name}' has {k} joints and needs {k} positive sigmas, got {self.sigmas}")
        paired = [index for pair in self.flip_pairs for index in pair]
        if len(set(paired)) != len(paired):
            raise InputError(f"skeleton '{self.name}' has a joint in two flip pairs")
        for index in (*paired, *self.unlabelled, *(i for edge in self.edges for i in edge)):
            if not 0 <= index < k:
                raise InputError(f"skeleton '{self.name}' refers to joint {index}, but has joints 0 to {k - 1}")

    @property
    def mirrored(self) -> tuple[int, ...]:
        """Index of each joint's partner in a mirrored picture (its own where it has none)."""
        order = list(range(len(self.joints)))
        for left, right in self.flip_pairs:
            order[left], order[right] = right, left
        return tuple(order)


# Joint order and sigmas: COCO keypoint task, as pycocotools evaluates it.
COCO17 = Skeleton(
    name="coco17",
    joints=(
        "nose", "left_eye", "right_eye", "left_ear", "right_ear", "left_shoulder", "right_shoulder", "left_elbow",
        "right_elbow", "left_wrist", "right_wrist", "left_hip", "right_hip", "left_knee", "right_knee", "left_ankle",
        "right_ankle",
    ),
    edges=(
        (15, 13), (13, 11), (16, 14), (14, 12), (11, 12), (5, 11), (6, 12), (5, 6), (5, 7), (6, 8), (7, 9), (8, 10),
        (1, 2), (0, 1), (0, 2), (1, 3), (2, 4), (3, 5), (4, 6),
    ),
    flip_pairs=((1, 2), (3, 4), (5, 6), (7, 8), (9, 10), (11, 12), (13, 14), (15, 16)),
    sigmas=(
        0.026, 0.025, 0.025, 0.035, 0.035, 0.079, 0.079, 0.072, 0.072, 0.062, 0.062, 0.107, 0.107, 0.087, 0.087,
        0.089, 0.089,
    ),
)  # fmt: skip

# Joint order: MPII Human Pose. MPII scores by PCKh and publishes no sigmas; these are COCO's for the same joints,
# the hip's for pelvis, the shoulder's for thorax, and the ear's for neck and head top.
MPII16 = Skeleton(
    name="mpii16",
    joints=(
        "right_ankle", "right_knee", "right_hip", "left_hip", "left_knee", "left_ankle", "pelvis", "thorax",
        "upper_neck", "head_top", "right_wrist", "right_elbow", "right_shoulder", "left_shoulder", "left_elbow",
        "left_wrist",
    ),
    edges=(
        (0, 1), (1, 2), (2, 6), (6, 3), (3, 4), (4, 5), (6, 7), (7, 8), (8, 9), (7, 12), (12, 11), (11, 10), (7, 13),
        (13, 14), (14, 15),
    ),
    flip_pairs=((5, 0), (4, 1), (3, 2), (15, 10), (14, 11), (13, 12)),
    sigmas=(
        0.089, 0.087, 0.107, 0.107, 0.087, 0.089, 0.107, 0.079, 0.035, 0.035, 0.062, 0.072, 0.079, 0.079, 0.072, 0.062,
    ),
)  # fmt: skip

SKELETONS = {skeleton.name: skeleton for skeleton in (COCO17, MPII16)}


def open_skeleton(name_or_path: str) -> Skeleton:
    """`coco17`, `mpii16`, or the path of a TOML file (see docs/skeletons.md); InputError for anything else.

    The TOML names joints, not indices: `name`, `joints`, `edges` and `flip_pairs` as pairs of names, and `sigmas` as
    a list or one number for all.
    """
    if name_or_path in SKELETONS:
        return SKELETONS[name_or_path]
    path = Path(name_or_path)
    if not path.is_file():
        known = ", ".join(SKELETONS)
        raise InputError(f"there is no skeleton '{name_or_path}'", f"Known are {known}, or the path of a .toml file.")
    try:
        return _skeleton_from_toml(tomllib.loads(path.read_text(encoding="utf-8")), default_name=path.stem)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(f"{path} is not a TOML file: {error}") from error
    except (TypeError, ValueError) as error:
        raise InputError(f"{path} does not describe a skeleton: {error}", "See docs/skeletons.md.") from error


def _skeleton_from_toml(table: dict[str, Any], default_name: str) -> Skeleton:
    joints, sigmas = table.get("joints"), table.get("sigmas")
    if not isinstance(joints, list) or not all(isinstance(joint, str) for joint in joints):
        raise ValueError("'joints' must be a list of names")
    if sigmas is None:
        raise ValueError("'sigmas' must be a list of numbers, or one number for all joints")
    return Skeleton(
        name=str(table.get("name", default_name)),
        joints=tuple(joints),
        edges=_index_pairs(table.get("edges", []), joints),
        flip_pairs=_index_pairs(table.get("flip_pairs", []), joints),
        sigmas=tuple(float(s) for s in sigmas) if isinstance(sigmas, list) else (float(sigmas),) * len(joints),
    )


def _index_pairs(pairs: list[list[str]], joints: list[str]) -> tuple[tuple[int, int], ...]:
    for pair in pairs:
        if not isinstance(pair, list) or len(pair) != 2 or not all(name in joints for name in pair):
            raise ValueError(f"{pair} is not a pair of its joints")
    return tuple((joints.index(a), joints.index(b)) for a, b in pairs)
