"""The canvas of a detector and the way back."""

import cv2
import numpy as np
import pytest

from rsn_edge.detector.cells import LetterboxRule, fill_tensor, letterbox

OURS = LetterboxRule(average=True)
CENTRED = LetterboxRule(centred=True)
YOLOX = LetterboxRule(whole=int)


def picture(height: int, width: int) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    return np.random.default_rng(7).integers(0, 256, (height, width, 3), np.uint8)


def test_a_picture_of_the_canvas_size_stays_as_it_is() -> None:
    image = picture(320, 320)

    fitted = letterbox(image, (320, 320), OURS)

    assert np.array_equal(fitted.canvas_bgr, image)


def test_the_picture_lies_at_the_top_left_and_grey_everywhere_else() -> None:
    canvas = letterbox(picture(100, 200), (320, 320), OURS).canvas_bgr

    assert canvas[:160].std() > 20
    assert (canvas[160:] == 114).all()


def test_a_centred_picture_has_the_smaller_half_of_odd_padding_above() -> None:
    fitted = letterbox(picture(319, 640), (640, 640), CENTRED)

    rows = np.flatnonzero((fitted.canvas_bgr != 114).any(axis=(1, 2)))

    assert (rows[0], rows[-1]) == (160, 478)
    assert fitted.offset_xy == (0, 160)


def test_shrinking_averages_areas_where_the_rule_says_so() -> None:
    image = picture(640, 640)

    canvas = letterbox(image, (320, 320), OURS).canvas_bgr

    assert np.array_equal(canvas, cv2.resize(image, (320, 320), interpolation=cv2.INTER_AREA))


@pytest.mark.parametrize("rule", [OURS, CENTRED], ids=["averaging rule", "bilinear rule"])
def test_enlarging_is_bilinear(rule: LetterboxRule) -> None:
    image = picture(160, 160)

    canvas = letterbox(image, (320, 320), rule).canvas_bgr

    assert np.array_equal(canvas, cv2.resize(image, (320, 320), interpolation=cv2.INTER_LINEAR))


@pytest.mark.parametrize(("rule", "height"), [(OURS, 214), (YOLOX, 213)], ids=["rounded", "cut off as YOLOX does"])
def test_the_scaled_size_becomes_whole_by_the_rule(rule: LetterboxRule, height: int) -> None:
    fitted = letterbox(picture(427, 640), (320, 320), rule)  # 427 / 2 = 213.5

    assert fitted.scale_xy == (0.5, height / 427)


def test_a_line_of_pixels_keeps_at_least_one() -> None:
    fitted = letterbox(picture(1, 5000), (320, 320), OURS)

    assert fitted.scale_xy == (320 / 5000, 1.0)


@pytest.mark.parametrize("rule", [OURS, CENTRED, YOLOX], ids=["ours", "centred", "yolox"])
@pytest.mark.parametrize("size", [(427, 640), (640, 427), (97, 33), (1080, 1920)], ids=str)
def test_boxes_come_back_to_where_they_were(rule: LetterboxRule, size: tuple[int, int]) -> None:
    height, width = size
    boxes = np.array([[0, 0, width, height], [width / 3, height / 5, width / 2, height / 1.5]], np.float32)
    fitted = letterbox(picture(*size), (320, 320), rule)

    in_canvas = boxes * np.array(fitted.scale_xy * 2) + np.array(fitted.offset_xy * 2)

    persons = fitted.persons(in_canvas.astype(np.float32), np.ones(2, np.float32))

    np.testing.assert_allclose(persons.boxes_xyxy, boxes, atol=1e-3)


def test_boxes_are_clipped_to_the_picture_and_those_in_the_padding_are_left_out() -> None:
    fitted = letterbox(picture(100, 200), (320, 320), OURS)
    boxes = np.array([[-50, -50, 80, 400], [10, 200, 60, 300]], np.float32)

    persons = fitted.persons(boxes, np.array([0.9, 0.8], np.float32))

    assert persons.boxes_xyxy.tolist() == [[0, 0, 50, 100]]
    np.testing.assert_allclose(persons.scores, [0.9])


@pytest.mark.parametrize(("colour", "first"), [("bgr", 0), ("rgb", 2)], ids=["bgr", "rgb"])
def test_the_tensor_holds_normalised_planes_in_the_networks_colour_order(colour: str, first: int) -> None:
    canvas = picture(8, 6)
    tensor = np.empty((1, 3, 8, 6), np.float32)

    fill_tensor(tensor, canvas, "rgb" if colour == "rgb" else "bgr", (10.0, 20.0, 30.0), (2.0, 4.0, 8.0))

    np.testing.assert_allclose(tensor[0, 0], (canvas[..., first] - 10.0) / 2.0, atol=1e-5)
    np.testing.assert_allclose(tensor[0, 1], (canvas[..., 1] - 20.0) / 4.0, atol=1e-5)
    np.testing.assert_allclose(tensor[0, 2], (canvas[..., 2 - first] - 30.0) / 8.0, atol=1e-5)
