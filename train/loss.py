"""What a network's heat-maps cost against a batch of persons: the loss of both publications, and cross-entropy.

Axes: b persons, k joints, h and w cells. Maps come as a list of stages, each a list of levels, coarse to fine.
Everything is computed in float32, whatever precision the forward pass had.
"""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from rsn_edge.keypoints.targets import target_levels
from rsn_edge.spec import HEATMAP_STRIDE

Maps = Sequence[Sequence[Tensor]]

HARD_JOINTS = 8  # how many joints of a person count at the finest level (both publications)
COARSE_WEIGHT = 0.25  # of every level but the finest (both publications)
LOGITS_PER_UNIT = 10.0  # a map of height 1 is a logit of 10 to the cross-entropy

# Widths of the cross-entropy's Gaussians that small networks learnt well with, in cells of the level's own grid.
_COARSE_SIGMAS = (0.8, 0.8, 0.9)
_FINEST_SIGMAS = ((128.0, 192.0, 256.0), (1.0, 1.15, 1.4))  # by height of the input, pixels


def official_loss(maps: Maps, targets_btkhw: Tensor, visibility_bk: Tensor) -> Tensor:
    """The loss of the RSN and MSPN code: squares at the coarse levels, the hardest joints at the finest, summed.

    `visibility_bk` is COCO's: 0 unlabelled, 1 hidden, 2 visible. Hidden joints count at the finest level only: at the
    coarse ones they are taught an empty map, as unlabelled joints are (the published code does so).
    """
    seen, labelled = (visibility_bk > 1).float()[..., None, None], (visibility_bk > 0).float()
    total = torch.zeros((), device=targets_btkhw.device)
    for levels, indices in zip(maps, target_levels(len(maps)), strict=True):
        *coarse, finest = [(heatmap, targets_btkhw[:, index]) for heatmap, index in zip(levels, indices, strict=True)]
        total = total + hard_joints(*finest, labelled)
        for heatmap, target in coarse:
            total = total + squares(heatmap, target * seen) * COARSE_WEIGHT
    return total


def squares(heatmap_bkhw: Tensor, target_bkhw: Tensor) -> Tensor:
    """Mean of the squared differences."""
    return _joint_squares(heatmap_bkhw, target_bkhw).mean()


def hard_joints(heatmap_bkhw: Tensor, target_bkhw: Tensor, weights_bk: Tensor) -> Tensor:
    """Mean over persons and over the `HARD_JOINTS` joints of each that are worst (online hard keypoint mining)."""
    joints = _joint_squares(heatmap_bkhw, target_bkhw) * weights_bk
    return joints.topk(min(HARD_JOINTS, joints.shape[1]), dim=1).values.mean()


def cross_entropy_loss(maps: Maps, keypoints_bk2: Tensor, weights_bk: Tensor, input_hw: tuple[int, int]) -> Tensor:
    """Cross-entropy between each joint's map as a softmax over its cells and a Gaussian around the joint.

    In short trainings far ahead of squares, which first learn that almost every cell is empty. Its maps are logits:
    their height means nothing until it is calibrated. Maps may have their level's own size or the finest level's;
    joints are in pixels of the crop, and those that are unlabelled or outside it must have weight 0.
    """
    total = torch.zeros((), device=weights_bk.device)
    for levels in maps:
        for level, heatmap in enumerate(levels):
            map_hw = heatmap.shape[2], heatmap.shape[3]
            sigma = target_sigma(level, map_hw[0], input_hw[0])
            loss = softmax_cross_entropy(heatmap, gaussian_cells(keypoints_bk2, map_hw, input_hw, sigma), weights_bk)
            total = total + loss * (1.0 if level == len(levels) - 1 else COARSE_WEIGHT)
    return total


def softmax_cross_entropy(heatmap_bkhw: Tensor, target_bkhw: Tensor, weights_bk: Tensor) -> Tensor:
    """Weighted mean over joints of -sum(target x log softmax(10 x map)); 0 where no joint has weight."""
    logits = heatmap_bkhw.float().flatten(2) * LOGITS_PER_UNIT
    joints = -(target_bkhw.flatten(2) * logits.log_softmax(dim=2)).sum(dim=2)
    return (joints * weights_bk).sum() / weights_bk.sum().clamp(min=1e-6)


def gaussian_cells(keypoints_bk2: Tensor, map_hw: tuple[int, int], input_hw: tuple[int, int], sigma: float) -> Tensor:
    """Gaussians (b, k, h, w) of sum 1 at the joints' exact positions, `sigma` in cells of this map.

    On the finest map a joint at pixel x lies at cell x / 4 - 1/2; the corners of a coarser map lie on the corners of
    the finest, as the network's resize has it. NaN joints give some finite map: their weight is 0.
    """
    axes = []
    for axis, (cells, pixels) in enumerate(zip(map_hw, input_hw, strict=True)):
        finest = pixels // HEATMAP_STRIDE
        at = keypoints_bk2[..., 1 - axis].nan_to_num().float() / HEATMAP_STRIDE - 0.5
        at = at * ((cells - 1) / (finest - 1))
        distance = torch.arange(cells, device=at.device) - at[..., None]
        axes.append((-0.5 * (distance / sigma) ** 2).softmax(dim=-1))
    return axes[0][..., :, None] * axes[1][..., None, :]


def target_sigma(level: int, map_height: int, input_height: int) -> float:
    """Width in cells of a map of the Gaussian that `level` learns, whether or not the map has that level's own size."""
    sigma = _COARSE_SIGMAS[level] if level < len(_COARSE_SIGMAS) else np.interp(input_height, *_FINEST_SIGMAS)
    own_height = input_height // (HEATMAP_STRIDE << (len(_COARSE_SIGMAS) - level))
    return float(sigma) * (map_height - 1) / max(own_height - 1, 1)


def _joint_squares(heatmap_bkhw: Tensor, target_bkhw: Tensor) -> Tensor:
    return ((heatmap_bkhw.float() - target_bkhw) ** 2).mean(dim=(2, 3))
