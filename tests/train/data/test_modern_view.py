"""Views of the modern recipe, and the affine that all views go through."""

import numpy as np
import pytest

from rsn_edge.keypoints.crop import affines_from_centre_size
from train.data.augment import COCO_AUGMENTATION, Person, View, affine_of_view, modern_view

BOX = np.array((100.0, 50.0, 180.0, 250.0))
PICTURE = np.array((0.0, 0.0, 300.0, 300.0))
JOINTS = np.stack([np.linspace(110, 170, 17), np.linspace(60, 240, 17)], axis=1)
PERSON = Person(BOX, PICTURE, JOINTS, np.full(17, 2.0))


def _views(person: Person, count: int = 200) -> list[tuple[View, np.ndarray]]:
    return [
        modern_view(person, (1.25, 1.25), 0.75, COCO_AUGMENTATION, np.random.default_rng(seed)) for seed in range(count)
    ]


def test_a_plain_view_is_the_runtimes_own_crop() -> None:
    centre, size = np.array((140.0, 150.0)), np.array((150.0, 200.0))
    runtime = affines_from_centre_size(centre[None], size[None], (256, 192))[0]

    assert np.allclose(affine_of_view(View(centre, size), 300, (256, 192)), runtime)


def test_a_mirrored_view_shows_the_same_part_the_other_way_round() -> None:
    view = View(np.array((140.0, 150.0)), np.array((150.0, 200.0)), mirrored=True)

    affine = affine_of_view(view, 300, (256, 192))

    centre = affine @ np.array((96, 128, 1))
    right = affine @ np.array((192, 128, 1))
    assert centre.tolist() == pytest.approx([140, 150])
    assert right.tolist() == pytest.approx([140 - 75, 150])


def test_some_people_are_cut_off_with_the_picture() -> None:
    cut = [picture for _, picture in _views(PERSON) if not np.array_equal(picture, PICTURE)]

    assert 0.1 < len(cut) / 200 < 0.25
    assert np.mean([picture[3] < 250 for picture in cut]) > 0.5  # mostly at the legs


def test_nobody_is_cut_down_to_nothing() -> None:
    for _, picture in _views(PERSON):
        kept = ((picture[:2] <= JOINTS) & (picture[2:] >= JOINTS)).all(axis=1)
        assert kept.sum() >= 3


def test_a_person_without_joints_is_never_cut() -> None:
    nobody = Person(BOX, PICTURE, JOINTS, np.zeros(17))

    assert all(np.array_equal(picture, PICTURE) for _, picture in _views(nobody))


def test_sizes_and_turns_keep_their_limits() -> None:
    views = [view for view, _ in _views(PERSON)]

    assert max(view.size_wh[1] for view in views) <= 1.5 * 1.25 * 200 * 1.01
    assert max(abs(view.degrees) for view in views) <= 80
    assert 0.3 < np.mean([view.mirrored for view in views]) < 0.7
