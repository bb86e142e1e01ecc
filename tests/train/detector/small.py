"""A small detector, drawn people and a painted picture: what the tests of the detector's training share."""

from pathlib import Path

import cv2
import numpy as np

from rsn_edge.spec import DetectorSpec
from tests.train.small import ALONE
from train.data.keypoint_set import KeypointSet, open_set
from train.detector.boxes import BoxedPictures, annotated_pictures, joined, keep_pictures
from train.detector.canvas import Canvases, CanvasMaker
from train.detector.task import DetectorTask
from train.ranks import Ranks
from train.recipe import DETECTOR_RECIPE
from train.training import Plan, Training

SPEC = DetectorSpec("tiny", stem=8, widths=(16, 24, 32, 48), blocks=(0, 1, 1, 1), neck=24, input_hw=(128, 128))
RED = (0, 0, 255)


def drawn_people(folder: Path, pictures: int) -> KeypointSet:
    """Drawn scenes of one to three people."""
    return open_set(f"synthetic:{pictures}", "", None, folder, seed=3)


def tiny_training(folder: Path, pictures: int = 6, batch: int = 8, ranks: Ranks = ALONE) -> Training[Canvases]:
    """A fresh training of SPEC on drawn people."""
    boxed = annotated_pictures(drawn_people(folder, pictures))
    task = DetectorTask(SPEC, DETECTOR_RECIPE, maker(folder, boxed), batch, seed=0)
    return Training(task, Plan(batch, None, 0, amp=False), ranks, None)


def maker(folder: Path, *parts: BoxedPictures, seed: int = 0) -> CanvasMaker:
    """Makes canvases of these pictures."""
    boxed = joined(parts)
    return CanvasMaker(boxed, keep_pictures(boxed, folder, lambda _sentence: None), SPEC.pad_value, seed)


def painted(folder: Path, box_xyxy: tuple[int, int, int, int] | None, name: str, **more: bool) -> BoxedPictures:
    """A grey-green picture of 400 x 300 pixels, with a person as a red rectangle if there is a box."""
    image = np.full((300, 400, 3), (60, 120, 60), np.uint8)
    boxes = np.array([box_xyxy], float) if box_xyxy else np.zeros((0, 4))
    for left, top, right, bottom in boxes.astype(int).tolist():
        image[top:bottom, left:right] = RED
    cv2.imwrite(str(folder / name), image)
    count = len(boxes)
    return BoxedPictures(
        paths=(folder / name,),
        sizes_hw=np.array([[300, 400]]),
        complete=np.array([more.get("complete", True)]),
        weights=np.ones(1),
        owners=np.zeros(count, np.intp),
        boxes_xyxy=boxes,
        ignored=np.full(count, more.get("ignored", False)),
        trust=np.ones(count),
    )
