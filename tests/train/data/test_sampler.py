"""Whose turn it is: a stream that depends on the seed alone."""

import numpy as np
import pytest

from train.data.batch import Sampler


def _stream(weights: list[float], epochs: int, seed: int = 3) -> list[int]:
    sampler = Sampler(np.array(weights), seed)
    rows: list[int] = sampler.rows(np.arange(epochs * len(weights))).tolist()
    return rows


@pytest.mark.parametrize("weight", [1.0, 0.3, 7.0])
def test_equal_weights_give_everyone_once_an_epoch(weight: float) -> None:
    stream = _stream([weight] * 10, epochs=3)

    assert [sorted(stream[start : start + 10]) for start in (0, 10, 20)] == [list(range(10))] * 3


def test_epochs_are_mixed_anew() -> None:
    stream = _stream([1.0] * 50, epochs=2)

    assert stream[:50] != stream[50:]


def test_weights_say_how_often_someone_is_drawn() -> None:
    counts = np.bincount(_stream([3.0, *[1.0] * 97, 0.5, 0.5], epochs=40), minlength=100)

    assert counts[0] == pytest.approx(3 * 40 * 100 / 101, rel=0.05)
    assert counts[98:].sum() == pytest.approx(40 * 100 / 101, rel=0.3)


def test_an_epoch_has_as_many_places_as_people_whatever_the_weights() -> None:
    assert len(_stream([0.1, 0.7, 2.3, 1.9, 0.01], epochs=5)) == 25


def test_any_part_of_the_stream_can_be_asked_for_in_any_order() -> None:
    weights = np.linspace(0.2, 2, 11)
    whole = Sampler(weights, 1).rows(np.arange(66))
    places = np.array([60, 3, 25, 4, 59])

    assert Sampler(weights, 1).rows(places).tolist() == whole[places].tolist()


def test_another_seed_is_another_stream() -> None:
    assert _stream([1.0] * 50, 1, seed=3) != _stream([1.0] * 50, 1, seed=4)
