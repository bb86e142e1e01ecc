"""Answers made by hand: what the tests of judging share."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from export.gate.judging import Answers
from rsn_edge.evaluate import Matches
from rsn_edge.people import Persons, Poses

SIGMAS = (0.05, 0.05, 0.05)


def poses(
    shift_px: NDArray[np.floating] | float = 0.0, confidence: float = 0.9, persons: int = 40, name: str = "set"
) -> Answers:
    """Persons of three joints and 100 x 100 pixels, all joints moved to the right by `shift_px` (n, 1) pixels."""
    at = np.random.default_rng(0).uniform(0, 100, (persons, 3, 2)).astype(np.float32)
    at[..., 0] += np.asarray(shift_px, np.float32)
    sure = np.full((persons, 3), confidence, np.float32)
    boxes = np.tile(np.array([0, 0, 100, 100], np.float32), (persons, 1))
    said = Poses(at, 0.5 + sure, sure, boxes, np.ones(persons, np.float32))
    areas = np.full(persons, 10_000, np.float32)
    return Answers(name, tuple(f"crop {i}" for i in range(persons)), said, areas, SIGMAS)


def boxes(*pictures: Sequence[tuple[float, float]]) -> Answers:
    """Pictures of boxes (x, score), 10 x 10 pixels each, by falling score."""
    found = tuple(
        Persons(
            np.array([[x, 0, x + 10, 10] for x, _ in own], np.float32).reshape(-1, 4),
            np.array([score for _, score in own], np.float32),
        )
        for own in pictures
    )
    return Answers("set", tuple(map(str, range(len(found)))), found, np.zeros(len(found), np.float32))


def matches(hit: NDArray[np.bool_]) -> Matches:
    """One person and one result a picture, each right or wrong at all of ten thresholds."""
    every = np.ones((10, len(hit)), np.bool_)
    return Matches(np.arange(len(hit)), every & hit, every, np.ones(len(hit), np.int64))
