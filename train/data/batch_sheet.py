"""A picture of what a network is shown: augmented crops and their targets, to look at before hours are spent."""

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from rsn_edge.drawing.sheet import contact_sheet
from rsn_edge.skeleton import Skeleton
from rsn_edge.spec import HEATMAP_STRIDE

from ..loss import gaussian_cells
from .batch import Batch

_COLUMNS = 8
_LEFT, _RIGHT, _MIDDLE = (60, 200, 60), (60, 60, 230), (230, 160, 60)  # BGR


def batch_sheet(batch: Batch, skeleton: Skeleton) -> NDArray[np.uint8]:
    """Crops with a dot on every joint that counts, green for left and red for right, over its target as a glow."""
    pictures = [_marked(batch, index, skeleton) for index in range(len(batch.areas))]
    captions = [f"{int((joints[:, 2] > 0).sum())} joints" for joints in batch.joints_xyv]
    return contact_sheet(pictures, captions, _COLUMNS, batch.input_hw)


def _marked(batch: Batch, index: int, skeleton: Skeleton) -> NDArray[np.uint8]:
    joints, (height, width) = batch.joints_xyv[index], batch.input_hw
    counted = joints[:, 2] > 0
    cells = height // HEATMAP_STRIDE, width // HEATMAP_STRIDE
    targets = gaussian_cells(torch.from_numpy(joints[None, :, :2]), cells, batch.input_hw, sigma=1.0)[0].numpy()
    glow = (targets / targets.max(axis=(1, 2), keepdims=True) * counted[:, None, None]).max(axis=0)
    light = cv2.resize(glow, (width, height))[..., None]
    picture = np.asarray(batch.pixels_nhwc[index] * (1 - 0.5 * light) + 127 * light, np.uint8)
    colours = dict.fromkeys(range(len(joints)), _MIDDLE)
    for left, right in skeleton.flip_pairs:
        colours |= {left: _LEFT, right: _RIGHT}
    for joint in np.flatnonzero(counted).tolist():
        cv2.circle(picture, joints[joint, :2].round().astype(int).tolist(), 2, colours[joint], -1, cv2.LINE_AA)
    return picture
