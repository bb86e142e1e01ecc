"""Persons beside themselves, and values with their intervals."""

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from export.crop_set import CropSet
from export.gate.gate import LabelledSet, Material
from export.gate.verdict import Worst
from export.report_pictures import interval_plot, worst_picture
from rsn_edge.drawing.overlay import LEFT, RIGHT
from rsn_edge.people import Float32
from rsn_edge.spec import DETECTORS, VARIANTS, Spec

NANO, PERSON = VARIANTS["rsn-nano"], DETECTORS["person-nano"]
NOWHERE = np.full(4, np.nan)
CROP = np.array([0, 0, *NANO.input_hw[::-1]], np.float32)


def crops(spec: Spec) -> CropSet:
    """A black crop and a grey one of the same picture."""
    pixels = np.zeros((2, *spec.input_hw, 3), np.uint8)
    pixels[1] = 120
    return CropSet(pixels, ("a.jpg", "a.jpg"), np.zeros(2, np.float32), "crops")


def joints(x: float, missing: int = 0) -> Float32:
    """On a line from above to below, the first ones missing."""
    points = np.stack([np.full(NANO.joints, x), np.linspace(20, 236, NANO.joints)], axis=1).astype(np.float32)
    points[:missing] = np.nan
    return points


def panels(
    reference: Float32,
    candidate: Float32,
    material: Material,
    spec: Spec = NANO,
    box_xyxy: NDArray[np.floating] = CROP,
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Left and right half of the picture of the second crop or of `a.png`."""
    worst = Worst("crops", "a.png", 1, box_xyxy, 0.5, reference, candidate)
    picture = cv2.imdecode(np.frombuffer(worst_picture(worst, material, spec, "cpu-int8"), np.uint8), cv2.IMREAD_COLOR)
    assert picture is not None
    left, right = np.split(np.asarray(picture, np.uint8), 2, axis=1)
    return left, right


def count(panel: NDArray[np.uint8], colour: tuple[int, int, int]) -> int:
    """Pixels of about that colour."""
    return int((np.abs(panel.astype(int) - colour).max(axis=2) < 60).sum())


def centre(panel: NDArray[np.uint8], colour: tuple[int, int, int]) -> float:
    """Mean column of the pixels of about that colour, as a share of the width."""
    columns = np.nonzero(np.abs(panel.astype(int) - colour).max(axis=2) < 60)[1]
    return float(np.mean(columns)) / int(panel.shape[1])


def test_each_side_has_its_own_skeleton() -> None:
    left, right = panels(joints(48), joints(144), crops(NANO))

    assert abs(centre(left, RIGHT) - 0.25) < 0.03
    assert abs(centre(right, LEFT) - 0.75) < 0.03
    assert count(left, LEFT) == count(right, RIGHT) == 0


def test_the_pixels_are_those_of_the_row() -> None:
    left, _ = panels(joints(48), joints(144), crops(NANO))

    assert left[100, 200].tolist() == [120, 120, 120]


def test_joints_that_the_reference_is_not_sure_of_are_left_out() -> None:
    _, every = panels(joints(48), joints(144), crops(NANO))
    _, few = panels(joints(48, missing=15), joints(144), crops(NANO))

    assert 0 < count(few, LEFT) < count(every, LEFT) / 4


def test_a_person_of_a_labelled_set_is_cut_out_of_its_picture(tmp_path: Path) -> None:
    image = np.zeros((300, 600, 3), np.uint8)
    image[:, 400:] = 120
    cv2.imwrite(str(tmp_path / "a.png"), image)
    there, box = joints(448), CROP + np.array([400, 0, 400, 0], np.float32)

    left, _ = panels(there, there, LabelledSet("drawn", tmp_path / "a.json", tmp_path), box_xyxy=box)

    assert left[40, -12].tolist() == [0, 0, 0]  # beyond the picture
    assert left[40, -60].tolist() == [120, 120, 120]
    assert abs(centre(left, RIGHT) - 0.3) < 0.03  # 0.25 of a box that is widened by 1.25


def test_boxes_of_a_detector_are_drawn_on_the_whole_picture() -> None:
    found = np.array([[32, 32, 160, 288]], np.float32)

    left, right = panels(found, np.zeros((0, 4), np.float32), crops(PERSON), PERSON, NOWHERE)

    assert abs(centre(left, RIGHT) - 0.3) < 0.03
    assert count(right, LEFT) == 0


def test_a_skeleton_far_outside_does_no_harm() -> None:
    _, right = panels(joints(48), joints(1e30), crops(NANO))

    assert right.shape[0] > 300


def test_a_plot_is_a_png_whatever_the_numbers() -> None:
    rows = [
        ("a" * 99, 0.1, (0.2, 0.3)),
        ("b", float("nan"), (float("nan"),) * 2),
        ("c", float("inf"), (0, float("inf"))),
    ]

    assert interval_plot(rows, "drop", limit=0.02).startswith(b"\x89PNG")
