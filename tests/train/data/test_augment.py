"""The augmentation against the published program's numbers, and its invariants."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from rsn_edge.keypoints.crop import apply_affines, to_input
from rsn_edge.skeleton import COCO17
from train.data.augment import (
    COCO_AUGMENTATION,
    MPII_AUGMENTATION,
    Augmentation,
    Person,
    View,
    affine_of_view,
    half_body,
    sample_view,
)

Float64 = NDArray[np.float64]

GOLDEN = dict(np.load(Path(__file__).parents[2] / "golden" / "pipeline_augment.npz"))
CASES = range(len(GOLDEN["joints"]))
BOX = np.array((100.0, 50.0, 180.0, 250.0))


class Given:
    """Draws that were written down; asking for one more is an error."""

    def __init__(self, *values: float) -> None:
        self._values = list(values)

    def random(self) -> float:
        """The next one."""
        return self._values.pop(0)

    standard_normal = random


def _person(case: int = 0) -> Person:
    return _somebody(GOLDEN["joints"][case], GOLDEN["vis"][case, :, 0])


def _somebody(joints_xy: Float64, visibility: Float64) -> Person:
    return Person(BOX, np.array((0.0, 0.0, 320.0, 320.0)), joints_xy, visibility)


UNLABELLED = _somebody(np.zeros((17, 2)), np.zeros(17))


@pytest.mark.parametrize("case", CASES)
def test_mirrored_joints_lie_where_the_published_program_has_them_in_the_mirrored_picture(case: int) -> None:
    width, (x, y), size = int(GOLDEN["image_width"]), (120.0, 150.0), np.array((150.0, 200.0))
    seen = affine_of_view(View(np.array((x, y)), size, 30.0, mirrored=True), width, (256, 192))
    published = affine_of_view(View(np.array((width - 1 - x, y)), size, 30.0), width, (256, 192))

    ours = apply_affines(to_input(seen[None]), GOLDEN["joints"][case][None, COCO17.mirrored, :])

    theirs = apply_affines(to_input(published[None]), GOLDEN["flipped_joints"][case][None])
    labelled = GOLDEN["flipped_vis"][case, :, 0] > 0
    assert np.array_equal(GOLDEN["vis"][case, COCO17.mirrored, 0], GOLDEN["flipped_vis"][case, :, 0])
    assert np.allclose(ours[:, labelled], theirs[:, labelled], atol=1e-4)


@pytest.mark.parametrize("case", CASES)
def test_the_half_body_is_the_published_programs(case: int) -> None:
    draws = np.random.RandomState(int(GOLDEN["half_body_np_seed"][case]))
    view = half_body(_person(case), 192 / 256, COCO_AUGMENTATION, draws)
    assert view is not None
    got = np.concatenate((view.center_xy, view.size_wh / 200))
    assert np.allclose(got, GOLDEN["half_body_center_scale"][case], atol=1e-4)


def test_a_half_with_too_few_joints_is_no_view() -> None:
    person = replace(_person(), visibility=np.where(np.arange(17) < 2, 2.0, 0.0))
    assert half_body(person, 0.75, COCO_AUGMENTATION, Given(0.0)) is None


def test_legs_are_chosen_where_the_deviate_is_large() -> None:
    joints = np.stack((np.arange(17.0), 10 * np.arange(17.0)), axis=1)
    view = half_body(_somebody(joints, np.full(17, 2.0)), 0.75, COCO_AUGMENTATION, Given(0.5, 0.0, 0.0))
    assert view is not None
    assert view.center_xy.tolist() == [14.5, 145.0]


@pytest.mark.parametrize(
    ("how", "draws", "height"),
    [(COCO_AUGMENTATION, (0.0, 0.0), 200 * 1.05), (COCO_AUGMENTATION, (0.0, 0.5), 200 * 1.05 * 1.4),
     (MPII_AUGMENTATION, (0.9, 0.9), 200 * 1.25)],
    ids=["coco-least", "coco-half-way", "mpii-never-varies"],
)  # fmt: skip
def test_the_box_is_extended(how: Augmentation, draws: tuple[float, float], height: float) -> None:
    view = sample_view(UNLABELLED, 0.75, how, Given(*draws, 0.5, 0.9, 0.9))
    assert view.size_wh[1] == pytest.approx(height * how.scale)
    assert view.size_wh[0] == pytest.approx(0.75 * view.size_wh[1])
    assert view.center_xy.tolist() == [140.0, 150.0]


@pytest.mark.parametrize(("drawn", "factor"), [(0.0, 0.75), (0.5, 1.0), (1.0, 1.25)])
def test_scale_varies_by_a_quarter(drawn: float, factor: float) -> None:
    view = sample_view(UNLABELLED, 0.75, COCO_AUGMENTATION, Given(0, 0, drawn, 0.9, 0.9))
    assert view.size_wh[1] == pytest.approx(210 * 0.8 * factor)


@pytest.mark.parametrize(
    ("draws", "degrees"), [((0.49, 1.0), 45.0), ((0.49, 0.0), -45.0), ((0.49, 0.5), 0.0), ((0.5,), 0.0)]
)
def test_half_of_the_persons_are_turned(draws: tuple[float, ...], degrees: float) -> None:
    view = sample_view(UNLABELLED, 0.75, COCO_AUGMENTATION, Given(0, 0, 0.5, *draws, 0.9))
    assert view.degrees == degrees


@pytest.mark.parametrize(("drawn", "mirrored"), [(0.49, True), (0.5, False)])
def test_half_of_the_persons_are_mirrored(drawn: float, mirrored: bool) -> None:
    view = sample_view(UNLABELLED, 0.75, COCO_AUGMENTATION, Given(0, 0, 0.5, 0.9, drawn))
    assert view.mirrored is mirrored


def test_a_half_body_replaces_the_extended_box() -> None:
    expected = half_body(_person(), 0.75, COCO_AUGMENTATION, Given(0.0, 0.2, 0.2))
    view = sample_view(_person(), 0.75, COCO_AUGMENTATION, Given(0.9, 0.9, 0.29, 0.0, 0.2, 0.2, 0.5, 0.9, 0.9))
    assert expected is not None
    assert np.allclose(view.center_xy, expected.center_xy)
    assert np.allclose(view.size_wh, expected.size_wh * 0.8)


def test_a_person_with_three_labelled_joints_stays_whole() -> None:
    person = replace(_person(), visibility=np.where(np.arange(17) < 3, 2.0, 0.0))
    view = sample_view(person, 0.75, COCO_AUGMENTATION, Given(0.0, 0.0, 0.5, 0.9, 0.9))
    assert view.center_xy.tolist() == [140.0, 150.0]


def test_equal_draws_give_equal_views() -> None:
    views = [sample_view(_person(), 0.75, COCO_AUGMENTATION, np.random.RandomState(7)) for _ in range(2)]
    assert np.array_equal(views[0].size_wh, views[1].size_wh)
    assert (views[0].degrees, views[0].mirrored) == (views[1].degrees, views[1].mirrored)
