"""Scores of a pose network while it is trained, on sets that are not all they should be."""

import json
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from rsn_edge.artefact.checkpoint import Checkpoint
from rsn_edge.errors import InputError
from rsn_edge.network.build import state_shapes
from tests.seeded_weights import fill
from tests.train.small import TINY, drawn_set
from train.data.keypoint_set import KeypointSet
from train.validate import Judge


@pytest.fixture(name="people")
def _people(tmp_path: Path) -> KeypointSet:
    return drawn_set(tmp_path, pictures=3)


@pytest.fixture(name="checkpoint", scope="module")
def _checkpoint() -> Checkpoint:
    return Checkpoint(TINY, fill(state_shapes(TINY).items()))


def _judge(*sets: KeypointSet) -> tuple[Judge, list[str]]:
    said: list[str] = []
    return Judge(TINY, sets, said.append), said


def test_each_set_has_its_scores_and_ap_says_which_network_is_best(people: KeypointSet, checkpoint: Checkpoint) -> None:
    judge, said = _judge(people, people)

    judgement = judge(checkpoint)

    names = [f"{score} {people.name} {number}" for number in (1, 2) for score in ("AP", "PCK@0.2")]
    assert list(judgement.scores) == list(judge.score_names) == names
    assert judgement.quality == (judgement.scores[names[0]] + judgement.scores[names[2]]) / 2
    assert all(0 <= score <= 1 for score in judgement.scores.values())
    assert judgement.sheet is not None
    assert said == []


def test_a_bad_picture_is_left_out_and_told_once(people: KeypointSet, checkpoint: Checkpoint) -> None:
    first, second, _ = sorted(people.pictures.iterdir())
    first.write_bytes(b"")
    cv2.imwrite(str(second), np.zeros((7, 7, 3), np.uint8))
    judge, said = _judge(people)

    scores = [judge(checkpoint).scores for _ in range(2)]

    assert scores[0] == scores[1]
    assert len(scores[0]) == 2
    assert said == [
        f"2 pictures of {people.name} are missing, broken or not of the annotated size, such as {first}: "
        "they are left out of its scores."
    ]


def test_a_picture_that_is_left_out_does_not_count_as_wrong(people: KeypointSet, checkpoint: Checkpoint) -> None:
    gone = sorted(people.pictures.iterdir())[0]
    gone.unlink()
    labels = json.loads(people.annotations.read_text())
    images = [image for image in labels["images"] if not gone.match(image["file_name"])]
    ids = {image["id"] for image in images}
    labels |= {"images": images, "annotations": [a for a in labels["annotations"] if a["image_id"] in ids]}
    fewer = people.annotations.with_name("fewer.json")
    fewer.write_text(json.dumps(labels))

    with_gap, without = (_judge(one)[0](checkpoint) for one in (people, replace(people, annotations=fewer)))

    assert list(with_gap.scores.values()) == list(without.scores.values())


def test_a_set_without_pictures_has_no_scores(people: KeypointSet, checkpoint: Checkpoint) -> None:
    judge, said = _judge(replace(people, pictures=people.pictures / "nowhere"))

    judgement = judge(checkpoint)

    assert (judgement.scores, judgement.sheet, judgement.quality) == ({}, None, -1)
    assert len(said) == 1


def test_an_annotation_that_only_claims_joints_is_nobody(people: KeypointSet, checkpoint: Checkpoint) -> None:
    labels = json.loads(people.annotations.read_text())
    for annotation in labels["annotations"]:
        annotation["keypoints"] = [0] * 51
    people.annotations.write_text(json.dumps(labels))

    assert _judge(people)[0](checkpoint).scores == {}


def test_a_set_that_cannot_be_judged_is_refused_before_the_training(people: KeypointSet) -> None:
    people.annotations.write_text('{"images": []}')

    with pytest.raises(InputError, match="is no COCO annotation file"):
        _judge(people)
