"""Confidences: their range, their curve, and a person's certainty."""

import numpy as np

from rsn_edge.keypoints.confidence import confidence_from_scores, fit_knots, person_certainty

KNOTS = ((0.0, 0.0), (0.2, 0.6), (0.8, 0.9))


def test_without_knots_confidence_is_the_peak_within_0_and_1() -> None:
    confidence = confidence_from_scores(np.array([[0.4, 0.5, 0.75, 1.5, 1.9]]))
    np.testing.assert_allclose(confidence, [[0, 0, 0.25, 1, 1]])
    assert confidence.dtype == np.float32


def test_between_knots_confidence_is_linear_and_beyond_them_constant() -> None:
    confidence = confidence_from_scores(np.array([[0.3, 0.6, 0.7, 1.0, 1.5]]), KNOTS)
    np.testing.assert_allclose(confidence, [[0, 0.3, 0.6, 0.75, 0.9]], atol=1e-6)


def test_a_score_that_is_not_a_number_is_no_evidence() -> None:
    assert confidence_from_scores(np.array([[np.nan]]), KNOTS)[0, 0] == 0


def test_a_person_is_as_sure_as_the_eight_best_joints() -> None:
    confidence = np.array([[0.1] * 9 + [0.2, 0.2, 0.4, 0.4, 0.6, 0.6, 0.8, 0.8]] * 2, np.float32)
    np.testing.assert_allclose(person_certainty(np.array([1.0, 0.5]), confidence), [0.5, 0.25], rtol=1e-6)


def test_a_person_of_few_joints_is_as_sure_as_all_of_them() -> None:
    np.testing.assert_allclose(person_certainty(np.array([1.0]), np.array([[0.2, 0.4, 0.6]])), [0.4], rtol=1e-6)


def test_zero_persons_have_zero_certainties() -> None:
    none = confidence_from_scores(np.zeros((0, 17)), KNOTS)
    assert none.shape == (0, 17)
    assert person_certainty(np.zeros(0), none).shape == (0,)


def test_fitted_knots_follow_the_true_curve() -> None:
    rng = np.random.default_rng(0)
    peaks = rng.uniform(0, 1, 20_000)
    knots = fit_knots(peaks, rng.uniform(size=peaks.size) < np.sqrt(peaks))
    at = np.linspace(0.1, 0.95, 18)
    np.testing.assert_allclose(confidence_from_scores(at + 0.5, knots), np.sqrt(at), atol=0.06)


def test_fitted_knots_rise_from_zero_and_are_at_most_sixteen() -> None:
    rng = np.random.default_rng(1)
    peaks = rng.choice(np.linspace(-0.1, 1.2, 60), 3000)
    knots = np.array(fit_knots(peaks, rng.uniform(size=peaks.size) < 0.1 + 0.7 * peaks))
    assert len(knots) == 16
    assert tuple(knots[0]) == (0, 0)
    assert (np.diff(knots[:, 0]) > 0).all()
    assert (np.diff(knots[:, 1]) > 0).all()


def test_falling_hit_rates_are_pooled() -> None:
    knots = fit_knots(np.array([0.2, 0.4, 0.6, 0.8]), np.array([True, True, False, False]))
    np.testing.assert_allclose(knots, [(0, 0), (0.5, 0.5)])


def test_equal_hit_rates_are_pooled() -> None:
    knots = fit_knots(np.array([0.2, 0.4]), np.array([True, True]))
    np.testing.assert_allclose(knots, [(0, 0), (0.3, 1)])


def test_without_a_positive_peak_there_are_no_knots() -> None:
    assert fit_knots(np.array([-0.1, 0.0]), np.array([False, True])) == ()
