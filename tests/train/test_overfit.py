"""The whole path at once: drawn people, crops, loss, optimiser, average, finish, and the evaluation of every model."""

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import torch

from tests.train.small import ALONE, SPEC, PlainCrops, drawn_set
from train.data.batch import Sampler
from train.data.crops import crop_persons, read_samples
from train.pose_task import PoseTask
from train.recipe import RECIPES
from train.training import Plan, Training
from train.validate import Judge

STEPS = 170


def test_a_small_network_learns_32_people_by_heart(tmp_path: Path) -> None:
    torch.set_num_threads(1)
    cv2.setNumThreads(0)
    people = drawn_set(tmp_path, pictures=14)
    samples = read_samples([people], SPEC)
    recipe = replace(RECIPES["modern"], sizes=((1.0, 1.0),), average=0.99)
    cutter = PlainCrops(crop_persons(samples, SPEC, 1.5, tmp_path))
    task = PoseTask(SPEC, recipe, Sampler(np.ones(len(samples)), 0), cutter.batch, trained=False)
    training = Training(task, Plan(16, 1e-2, 0, amp=False), ALONE, None)

    for step in range(STEPS):
        training.step(step / STEPS, STEPS)

    assert len(samples) == 32
    precision, near = Judge(SPEC, [people], print)(training.finished()).scores.values()
    assert precision >= 0.95
    assert near >= 0.95
