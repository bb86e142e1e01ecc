"""What the networks' findings are compared by, and that a planted swap and a person left out are suspected."""

import copy
from pathlib import Path

import numpy as np
import pytest

from rsn_edge.figures import draw_scene
from rsn_edge.skeleton import COCO17
from tests.train.audit.crafted import Content, clean_set, written
from train.audit.audit import audit_labels, with_pictures
from train.audit.pictures import sides_exchanged, unknown_persons

MIRRORED = np.array(COCO17.mirrored)


def _boxes(*rows: tuple[float, ...]) -> np.ndarray:
    return np.array(rows, np.float32).reshape(-1, 4)


@pytest.mark.parametrize(
    ("box", "unknown"),
    [((0, 0, 10, 20), True), ((41, 42, 60, 80), False), ((110, 110, 120, 130), False), ((0, 0, 300, 300), True)],
    ids=["elsewhere", "the-same", "in-a-crowd", "around-all"],
)
def test_a_found_person_is_unknown_unless_the_file_has_it(box: tuple[float, ...], unknown: bool) -> None:
    assert unknown_persons(_boxes(box), _boxes((40, 40, 60, 80), (100, 100, 200, 200))).tolist() == [unknown]


def test_without_labels_everybody_is_unknown() -> None:
    assert unknown_persons(_boxes((0, 0, 9, 9)), _boxes()).tolist() == [True]


def _scene(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Labels (1, 17, 3) of one person in full view, the nose not labelled, and the same joints as seen (1, 17, 2)."""
    scene = draw_scene(np.random.default_rng(seed), 1, (400, 400))
    seen = np.nan_to_num(scene.keypoints_xy.astype(np.float64))
    labels = np.dstack([seen, scene.visibility])
    labels[:, 0] = 0
    return labels, seen


def test_labels_that_fit_only_with_sides_exchanged_are_suspected() -> None:
    labels, seen = _scene(5)

    assert sides_exchanged(labels[:, MIRRORED], seen, np.full(1, 8000.0), COCO17).tolist() == [True]
    assert sides_exchanged(labels, seen, np.full(1, 8000.0), COCO17).tolist() == [False]


def test_few_joints_are_no_ground_for_suspicion() -> None:
    labels, seen = _scene(5)
    labels[:, 5:] = 0

    assert not sides_exchanged(labels[:, MIRRORED], seen, np.full(1, 8000.0), COCO17).any()


@pytest.fixture(name="clean", scope="module")
def _clean(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Content]:
    folder = tmp_path_factory.mktemp("suspect") / "set"
    return folder, clean_set(folder, 16)


def test_the_networks_suspect_exchanged_sides(clean: tuple[Path, Content], tmp_path: Path) -> None:
    content = copy.deepcopy(clean[1])
    for person in content["annotations"]:
        person["keypoints"] = np.reshape(person["keypoints"], (17, 3))[MIRRORED].ravel().tolist()

    audit = with_pictures(audit_labels(written(tmp_path, content), COCO17), clean[0] / "images", look=16)

    assert audit.hits["sides-suspected"].mean() > 0.3
    assert not audit.hits["person-suspected"].any()


def test_the_networks_suspect_persons_who_are_not_labelled(clean: tuple[Path, Content], tmp_path: Path) -> None:
    content = copy.deepcopy(clean[1])
    content["annotations"] = content["annotations"][:2]

    audit = with_pictures(audit_labels(written(tmp_path, content), COCO17), clean[0] / "images", look=16)

    assert audit.hits["person-suspected"].sum() > 3
    assert [len(boxes) > 0 for boxes in audit.strangers.values()] == audit.hits["person-suspected"].tolist()
