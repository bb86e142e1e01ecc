"""Crops against the original programs.

pipeline_affine.npz: 40 xywh boxes, every second turned by `rots` degrees; `M` maps picture to network input, for
the official COCO rule (padding 1.09 and 1.135), mmpose's (1.25) and 12 MPII-style centres and scales. The originals
compute in float32: 1e-4 px.
pipeline_crop.npz: a 120x160 picture, 4 affines `M`, 128x96 crops; `crop_exact` is float64 bilinear with black outside.
OpenCV 5 rounds the exact value (0.51 grey levels); OpenCV 4 interpolates on a grid of 1/32 px (3 levels).
`norm_*` are rows 40 to 55 of the first crop after normalisation: 1e-6.
"""

from dataclasses import replace

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from rsn_edge.keypoints.crop import (
    Cropper,
    affines_from_boxes,
    affines_from_centre_scale,
    affines_from_centre_size,
    apply_affines,
    to_input,
    warp_crop,
)
from rsn_edge.spec import ModelSpec, pose_variant
from tests.keypoints.goldens import golden

Float64 = NDArray[np.float64]

PADDINGS = {"official": (1.09, 1.135), "mmpose": (1.25, 1.25)}
GREY_LEVELS = 0.51 if int(cv2.__version__.split(".")[0]) >= 5 else 3.0
RNG = np.random.default_rng(0)
PICTURE = RNG.integers(0, 256, (90, 120, 3), np.uint8)
BOXES = np.array([[10, 20, 50, 80], [-40, -30, 30, 60], [100, 70, 400, 300], [500, 500, 600, 700]], np.float32)
TO_FRAME = affines_from_boxes(BOXES, (64, 32), (1.25, 1.25))
ODD_BOXES = {
    "point": [30, 40, 30, 40],
    "line": [30, 40, 90, 40],
    "swapped": [90, 80, 30, 20],
    "not a number": [np.nan, 0, 10, 20],
    "infinite": [0, 0, np.inf, 20],
    "huge": [-1e30, -1e30, 1e30, 1e30],
    "far away": [1e9, 1e9, 1e9 + 50, 1e9 + 100],
}


def spec_of(height: int = 64, width: int = 32) -> ModelSpec:
    return pose_variant("rsn18", (height, width))


def corners_of(boxes_xywh: Float64) -> Float64:
    x, y, w, h = boxes_xywh.T
    return np.stack([np.stack([x, y], 1), np.stack([x + w, y], 1), np.stack([x, y + h], 1)], axis=1)


@pytest.mark.parametrize("height_width", [(256, 192), (384, 288), (256, 256)], ids=str)
@pytest.mark.parametrize("rule", ["official", "mmpose"])
def test_affines_equal_those_of_the_original_programs(rule: str, height_width: tuple[int, int]) -> None:
    stored = golden("affine")
    xywh, padding = stored["boxes"], PADDINGS[rule]
    centre, size = xywh[:, :2] + xywh[:, 2:] / 2, xywh[:, 2:] * padding
    affines = to_input(affines_from_centre_size(centre, size, height_width, stored["rots"]))
    expected = stored[f"{rule}_{height_width[0]}x{height_width[1]}_M"]
    points = corners_of(xywh)
    np.testing.assert_allclose(apply_affines(affines, points), apply_affines(expected, points), atol=1e-4)


@pytest.mark.parametrize("rule", ["official", "mmpose"])
def test_a_box_is_its_centre_and_its_padded_size(rule: str) -> None:
    xywh, padding = golden("affine")["boxes"], PADDINGS[rule]
    affines = affines_from_boxes(np.concatenate([xywh[:, :2], xywh[:, :2] + xywh[:, 2:]], axis=1), (256, 192), padding)
    expected = affines_from_centre_size(xywh[:, :2] + xywh[:, 2:] / 2, xywh[:, 2:] * padding, (256, 192))
    np.testing.assert_allclose(affines, expected, atol=1e-9)


def test_mpii_affines_equal_those_of_the_official_program() -> None:
    stored = golden("affine")
    affines = to_input(affines_from_centre_scale(stored["mpii_json_center"], stored["mpii_json_scale"], (256, 256)))
    points = stored["mpii_json_center"][:, None] + [[-50.0, -80.0], [0.0, 0.0], [60.0, 90.0]]
    expected = apply_affines(stored["mpii_official_M"], points)
    np.testing.assert_allclose(apply_affines(affines, points), expected, atol=1e-4)


def test_an_unknown_mpii_centre_is_not_lowered() -> None:
    affines = affines_from_centre_scale(np.array([[-1.0, 50.0]]), np.array([2.0]), (256, 256))
    np.testing.assert_allclose(apply_affines(affines, np.full((1, 1, 2), 128.0))[0, 0], [-2.0, 49.0])


@pytest.mark.parametrize("case", range(4), ids=["inside", "whole picture", "fractional", "rotated"])
def test_warped_pixels_are_bilinear(case: int) -> None:
    stored = golden("crop")
    crop = np.empty((128, 96, 3), np.uint8)
    warp_crop(stored["image_bgr"], to_input(stored["M"])[case], out=crop)
    assert np.abs(crop - stored["crop_exact"][case].astype(np.float64)).max() <= GREY_LEVELS


@pytest.mark.parametrize(("colour", "key"), [("bgr", "norm_official_chw"), ("rgb", "norm_mmpose_chw")])
def test_normalised_pixels_equal_those_of_the_original_programs(colour: str, key: str) -> None:
    stored, spec = golden("crop"), spec_of(128, 96)
    if colour == "rgb":
        spec = replace(spec, colour="rgb", mean=spec.mean[::-1], std=spec.std[::-1])
    unmoved = np.eye(2, 3)[None]
    pixels = Cropper(spec).crops_at(stored["crop_cv2"][0], unmoved)[0]
    np.testing.assert_allclose(pixels[:, slice(*stored["norm_rows"])], stored[key], atol=1e-6)


def test_a_box_of_the_input_shape_maps_its_corners_to_the_corners_of_the_input() -> None:
    affines = to_input(affines_from_boxes(np.array([[100, 200, 196, 328]]), (256, 192), (1.0, 1.0)))
    corners = np.array([[[100.0, 200.0], [196.0, 328.0]]])
    np.testing.assert_allclose(apply_affines(affines, corners)[0], [[0, 0], [192, 256]], atol=1e-9)


@pytest.mark.parametrize("box", list(ODD_BOXES.values()), ids=list(ODD_BOXES))
def test_points_survive_the_way_to_the_input_and_back(box: list[float]) -> None:
    to_frame = affines_from_boxes(np.array([box]), (256, 192), (1.25, 1.25))
    points = RNG.uniform(-20, 300, (1, 50, 2))
    round_trip = apply_affines(to_input(to_frame), apply_affines(to_frame, points))
    np.testing.assert_allclose(round_trip, points, atol=1e-3)


def test_keypoints_survive_the_way_to_the_input_and_back() -> None:
    centre, size = RNG.uniform(-100, 600, (2, 4, 2))
    to_frame = affines_from_centre_size(centre, np.abs(size) + 1, (256, 192), RNG.uniform(-180, 180, 4))
    points = RNG.uniform(-2000, 4000, (4, 50, 2))
    round_trip = apply_affines(to_frame, apply_affines(to_input(to_frame), points))
    np.testing.assert_allclose(round_trip, points, atol=1e-3)


@pytest.mark.parametrize("box", list(ODD_BOXES.values()), ids=list(ODD_BOXES))
def test_an_odd_box_gives_finite_pixels(box: list[float]) -> None:
    to_frame = affines_from_boxes(np.array([box], np.float32), (64, 32), (1.25, 1.25))
    assert np.isfinite(to_frame).all()
    assert np.isfinite(Cropper(spec_of()).crops_at(PICTURE, to_frame)).all()


def test_a_box_without_area_counts_as_one_pixel() -> None:
    point = affines_from_boxes(np.array([[30.0, 40.0, 30.0, 40.0]]), (64, 32), (1.0, 1.0))
    pixel = affines_from_boxes(np.array([[29.5, 39.5, 30.5, 40.5]]), (64, 32), (1.0, 1.0))
    np.testing.assert_array_equal(point, pixel)


def test_swapped_corners_are_put_in_order() -> None:
    swapped = affines_from_boxes(BOXES[:, [2, 3, 0, 1]], (64, 32), (1.25, 1.25))
    np.testing.assert_array_equal(swapped, affines_from_boxes(BOXES, (64, 32), (1.25, 1.25)))


def test_a_box_that_is_not_finite_counts_as_the_origin() -> None:
    broken = affines_from_boxes(np.array([[np.nan, 5, 10, 20]]), (64, 32), (1.25, 1.25))
    np.testing.assert_array_equal(broken, affines_from_boxes(np.zeros((1, 4)), (64, 32), (1.25, 1.25)))


def test_a_crop_outside_the_picture_is_black() -> None:
    crops = Cropper(spec_of()).crops_at(PICTURE, TO_FRAME[3:])
    black = -np.array(spec_of().mean) / spec_of().std
    np.testing.assert_allclose(crops[0], np.broadcast_to(black[:, None, None], (3, 64, 32)), atol=1e-6)


def test_a_batch_gives_the_crops_of_single_calls() -> None:
    batch, single = Cropper(spec_of()).crops_at(PICTURE, TO_FRAME), Cropper(spec_of())
    for i in range(len(BOXES)):
        alone = affines_from_boxes(BOXES[i : i + 1], (64, 32), (1.25, 1.25))
        np.testing.assert_array_equal(TO_FRAME[i], alone[0])
        np.testing.assert_array_equal(batch[i], single.crops_at(PICTURE, alone)[0])


def test_a_cropper_reuses_its_buffer() -> None:
    cropper = Cropper(spec_of())
    crowd = cropper.crops_at(PICTURE, TO_FRAME)
    assert np.shares_memory(crowd, cropper.crops_at(PICTURE, TO_FRAME[:2]))


def test_the_picture_is_left_as_it_was() -> None:
    before = PICTURE.copy()
    Cropper(spec_of()).crops_at(PICTURE, TO_FRAME)
    np.testing.assert_array_equal(PICTURE, before)


def test_zero_persons_give_zero_crops() -> None:
    assert Cropper(spec_of()).crops_at(PICTURE, np.zeros((0, 2, 3))).shape == (0, 3, 64, 32)


def test_zero_persons_give_zero_affines() -> None:
    none = affines_from_centre_size(np.zeros((0, 2)), np.zeros((0, 2)), (64, 32), np.zeros(0))
    assert to_input(none).shape == (0, 2, 3)
    assert apply_affines(none, np.zeros((0, 17, 2))).shape == (0, 17, 2)
    assert affines_from_centre_scale(np.zeros((0, 2)), np.zeros(0), (64, 32)).shape == (0, 2, 3)


def test_a_missing_joint_stays_missing() -> None:
    points = np.array([[[np.nan, np.nan], [1.0, 2.0]]])
    mapped = apply_affines(affines_from_boxes(BOXES[:1], (64, 32), (1.25, 1.25)), points)
    np.testing.assert_array_equal(np.isnan(mapped[0]), [[True, True], [False, False]])
