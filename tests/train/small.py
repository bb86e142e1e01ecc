"""A small network and a few drawn people to train it on: what the tests of the training share."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from rsn_edge.keypoints.crop import affines_from_boxes, apply_affines, to_input
from rsn_edge.keypoints.targets import visibility_inside
from rsn_edge.spec import VARIANTS
from train.data.batch import Augmenter, Batch, Sampler
from train.data.crops import Crops, crop_persons, read_samples
from train.data.keypoint_set import KeypointSet, synthetic_set
from train.data.paint import warp_part
from train.pose_task import PoseTask
from train.ranks import Ranks
from train.recipe import RECIPES
from train.training import Plan, Training

SPEC = replace(VARIANTS["rsn-nano"], blocks=(1, 1, 1, 1), stem=16, widths=(32, 48, 64, 96), up=32, input_hw=(128, 96))
TINY = replace(SPEC, widths=(16, 16, 32, 32), up=16, input_hw=(64, 64))
ALONE = Ranks(0, 1, torch.device("cpu"))


def drawn_set(folder: Path, pictures: int) -> KeypointSet:
    """14 pictures of seed 5 show 32 people, each large enough to train on."""
    return KeypointSet(*synthetic_set(folder, pictures, 5, SPEC.skeleton))


def drawn_crops(folder: Path, pictures: int = 4) -> Crops:
    """The people of `drawn_set`, for TINY."""
    return crop_persons(read_samples([drawn_set(folder, pictures)], TINY), TINY, 1.5, folder)


def tiny_training(crops: Crops, recipe: str = "modern", ranks: Ranks = ALONE, batch: int = 8) -> Training[Batch]:
    """A fresh training of TINY."""
    sampler, augmenter = Sampler(np.ones(len(crops)), 0), Augmenter(crops, TINY, RECIPES[recipe].modern, 0)
    task = PoseTask(TINY, RECIPES[recipe], sampler, augmenter.batch, trained=False)
    return Training(task, Plan(batch, None, 0, amp=False), ranks, None)


class PlainCrops:
    """The network's own crop of each person, never varied."""

    def __init__(self, crops: Crops) -> None:
        self._crops = crops

    def batch(self, rows: NDArray[np.intp], positions: NDArray[np.int64], input_hw: tuple[int, int]) -> Batch:
        """As an Augmenter's."""
        crops = self._crops
        affines = affines_from_boxes(crops.boxes_xyxy[rows], input_hw, SPEC.padding)
        empty = np.zeros((*input_hw, 3), np.uint8)
        pixels = [
            warp_part(crops.pixels[row], crops.picture_xyxy[row], affine, empty.copy())
            for row, affine in zip(rows, affines, strict=True)
        ]
        xy = apply_affines(to_input(affines), crops.joints_xy[rows])
        joints = np.concatenate([xy, crops.visibility[rows, :, None]], axis=2)
        joints[..., 2] = visibility_inside(joints, input_hw)
        areas = 0.53 * (crops.boxes_xyxy[rows, 3] - crops.boxes_xyxy[rows, 1]) ** 2
        return Batch(np.stack(pixels), joints, crops.known[rows], areas)
