"""One picture in, its skeletons out."""

import numpy as np
import pytest

from rsn_edge.estimator import PoseEstimator
from rsn_edge.people import Persons
from rsn_edge.source.opening import open_source
from tests.fakes import DiagonalPoser, GivenPersons, persons_of

BLANK = np.zeros((100, 100, 3), np.uint8)


def _estimate(persons: Persons, threshold: float | None = 0.3, most: int | None = None) -> list[float]:
    poses = PoseEstimator(GivenPersons(persons), DiagonalPoser(confidence=0.5), threshold, most)(BLANK)
    return [round(float(score), 2) for score in poses.person_scores]


def test_nobody_gives_no_skeleton() -> None:
    assert _estimate(Persons.empty()) == []


def test_persons_come_by_falling_certainty() -> None:
    assert _estimate(persons_of((0, 0, 10, 20), (50, 0, 60, 20), scores=(0.7, 0.9))) == [0.9, 0.7]


def test_a_person_of_little_certainty_is_dropped() -> None:
    assert _estimate(persons_of((0, 0, 10, 20), (50, 0, 60, 20), scores=(0.9, 0.5))) == [0.9]


def test_one_person_found_twice_is_one_skeleton() -> None:
    assert _estimate(persons_of((0, 0, 40, 80), (0, 0, 40.5, 80.5), scores=(0.8, 0.9))) == [0.9]


def test_boxes_that_were_given_are_all_kept_in_their_order() -> None:
    persons = persons_of((0, 0, 40, 80), (0, 0, 40, 80), (50, 0, 60, 9), scores=(0.1, 0.9, 0.5))

    assert _estimate(persons, threshold=None) == [0.1, 0.9, 0.5]


def test_at_most_so_many_persons_are_kept() -> None:
    assert _estimate(persons_of((0, 0, 9, 9), (50, 50, 90, 90), scores=(0.7, 0.9)), most=1) == [0.9]


def test_of_given_boxes_the_most_certain_are_kept_in_their_order() -> None:
    persons = persons_of((0, 0, 9, 9), (20, 0, 40, 80), (50, 0, 60, 9), scores=(0.1, 0.5, 0.9))

    assert _estimate(persons, threshold=None, most=2) == [0.5, 0.9]


def test_closing_it_closes_its_parts() -> None:
    detector, poser = GivenPersons(Persons.empty()), DiagonalPoser()

    with PoseEstimator(detector, poser):
        pass

    assert (detector.closed, poser.closed) == (True, True)


def test_the_embedded_networks_find_the_woman_of_the_sample() -> None:
    with open_source("sample") as source, PoseEstimator.open() as estimator:
        (frame,) = source
        poses = estimator(frame.image_bgr)

    assert len(poses) == 1


@pytest.mark.parametrize("size", [(1, 1), (1, 500), (500, 1)], ids=["1x1", "1x500", "500x1"])
def test_pictures_of_any_shape_are_taken(size: tuple[int, int]) -> None:
    with PoseEstimator.open() as estimator:
        poses = estimator(np.zeros((*size, 3), np.uint8))

    assert len(poses) == 0
