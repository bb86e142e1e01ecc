"""Scores of a detector: who finds what, by COCO's own evaluation."""

import json
from pathlib import Path

import numpy as np
import pytest

from rsn_edge.artefact.checkpoint import Checkpoint
from rsn_edge.errors import InputError
from rsn_edge.network.build import build_network, network_state
from tests.train.detector.small import SPEC, drawn_people, painted
from train.data.keypoint_set import KeypointSet
from train.detector.job import box_scores, check_judges


def _checkpoint(bias: float) -> Checkpoint:
    """A network of equal scores and equal boxes everywhere."""
    state = {name: np.zeros_like(array) for name, array in network_state(build_network(SPEC)).items()}
    return Checkpoint(
        SPEC, state | {"score.bias": np.full(1, bias, np.float32), "dist.bias": np.full(4, 1, np.float32)}
    )


def _one_person(folder: Path, box: tuple[int, int, int, int], **more: object) -> KeypointSet:
    (folder / "images").mkdir()
    painted(folder / "images", box, "a.png")
    left, top, right, bottom = box
    person = {"id": 1, "image_id": 1, "category_id": 3, "bbox": [left, top, right - left, bottom - top], **more}
    content = {
        "images": [{"id": 1, "file_name": "a.png"}],
        "annotations": [person, {**person, "id": 2, "category_id": 4}],
        "categories": [{"id": 3, "name": "person"}, {"id": 4, "name": "dog"}],
    }
    (folder / "instances.json").write_text(json.dumps(content))
    return KeypointSet(folder / "instances.json", folder / "images")


def test_nothing_found_is_nothing_right(tmp_path: Path) -> None:
    people = drawn_people(tmp_path, 2)

    scores = box_scores(_checkpoint(-9.0), [people])

    assert scores == {f"AP50 {people.name}": 0, f"AP {people.name}": 0}


def test_a_person_is_found_among_other_categories(tmp_path: Path) -> None:
    # All cells say the same box around themselves, 43.5 canvas pixels wide; the first of equal ones is kept.
    scale = 128 / 400
    side = 8 * np.e
    box = tuple(round(edge / scale) for edge in (0, 0, 4 + side, 4 + side))

    scores = box_scores(_checkpoint(0.0), [_one_person(tmp_path, box)])  # type: ignore[arg-type]

    assert scores[f"AP50 {tmp_path.name}"] > 0.9


def test_in_a_broken_picture_nobody_is_found(tmp_path: Path) -> None:
    people = drawn_people(tmp_path, 2)
    (people.pictures / "000000.png").write_bytes(b"no picture")

    assert box_scores(_checkpoint(0.0), [people]).keys() == {f"AP50 {people.name}", f"AP {people.name}"}


def test_missing_pictures_are_named_before_the_training(tmp_path: Path) -> None:
    people = drawn_people(tmp_path, 2)
    (people.pictures / "000001.png").unlink()

    with pytest.raises(InputError, match=r"1 of the 2 pictures of .* are missing, such as .*000001\.png"):
        check_judges(people)
