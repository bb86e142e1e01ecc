"""Learning poses: augmented crops of persons, and the maps that each recipe asks of a network for them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from rsn_edge.artefact.checkpoint import Checkpoint
from rsn_edge.drawing.overlay import contact_sheet
from rsn_edge.keypoints.targets import heatmap_targets
from rsn_edge.network.build import build_network, load_state
from rsn_edge.skeleton import Skeleton
from rsn_edge.spec import HEATMAP_STRIDE, ModelSpec

from .chance import APART
from .data.batch import Batch, Sampler
from .finish import finished, last_norm, normalised
from .loss import Maps, cross_entropy_loss, gaussian_cells, official_loss
from .recipe import Recipe, size_at

# Makes a batch of the samples `rows` (b,) at places (b,) of the stream, in this height and width; always the same one.
Cut = Callable[[NDArray[np.intp], NDArray[np.int64], tuple[int, int]], Batch]

_CALIBRATION = 64, 6  # crops in a batch, batches
_SHOWN = 32  # crops on the sheet
_MAPS_OF_UNIT = 255.0 * 0.65  # height of the peaks of a finished network: 255 times the usual closeness
_COLUMNS = 8
_LEFT, _RIGHT, _MIDDLE = (60, 200, 60), (60, 60, 230), (230, 160, 60)  # BGR


@dataclass(frozen=True, slots=True, eq=False)
class PoseTask:
    """A pose network and the persons that it learns from.

    Args:
        sampler: who is drawn when.
        cut: cuts them out.
        trained: whether the training starts from trained weights.
    """

    spec: ModelSpec
    recipe: Recipe
    sampler: Sampler
    cut: Cut
    trained: bool

    def network(self, start: Checkpoint | None) -> nn.Module:
        """As in Task; heads as the recipe wants them at the start."""
        network = build_network(self.spec)
        if start is not None:
            load_state(network, start.state)
        _scale_heads(network.state_dict(), self.spec, self.recipe, fresh=start is None)
        return network

    def batch(self, positions: NDArray[np.int64], progress: float) -> Batch:
        """As in Task."""
        return self._cut(positions, size_at(self.recipe, progress, self.spec.input_hw, self.trained))

    def loss(self, network: nn.Module, batch: Batch, device: torch.device, amp: bool) -> tuple[Tensor, float]:
        """As in Task."""
        pixels = normalised(batch.pixels_nhwc, self.spec, device)
        with torch.autocast(device.type, torch.bfloat16, enabled=amp):
            maps = network(pixels)
        return batch_loss(self.recipe, maps, batch)

    def finished(self, weights: Mapping[str, Tensor]) -> Checkpoint:
        """As in Task; scores and confidence are fitted on crops of their own."""
        return finished(self.spec, weights, self.apart(*_CALIBRATION), scale_maps=self.recipe.modern)

    def sheet(self) -> NDArray[np.uint8]:
        """As in Task."""
        return batch_sheet(self.apart(_SHOWN, 1)[0], self.spec.skeleton)

    def apart(self, persons: int, batches: int) -> list[Batch]:
        """Augmented batches from a part of the stream that no training reaches, at the network's full size."""
        first = APART + persons * np.arange(batches)
        return [self._cut(place + np.arange(persons), self.spec.input_hw) for place in first]

    def _cut(self, positions: NDArray[np.int64], input_hw: tuple[int, int]) -> Batch:
        return self.cut(self.sampler.rows(positions), positions, input_hw)


def batch_loss(recipe: Recipe, maps: Maps, batch: Batch) -> tuple[Tensor, float]:
    """Loss of a batch, and what it weighs beside the other parts of a step that several processes share."""
    input_hw = batch.input_hw
    device = maps[0][0].device
    visibility = torch.from_numpy(batch.joints_xyv[..., 2]).to(device, torch.float32)
    if recipe.modern:
        weights = (visibility > 0).float()
        joints = torch.from_numpy(batch.joints_xyv[..., :2]).to(device, torch.float32)
        return cross_entropy_loss(maps, joints, weights, input_hw), float(weights.sum())
    targets = torch.from_numpy(heatmap_targets(batch.joints_xyv, input_hw)).to(device)
    known = torch.from_numpy(batch.known).to(device)[..., None, None]
    # A joint that is never labelled teaches nothing: its target is empty, and so is its masked map.
    masked = [[heatmap * known for heatmap in levels] for levels in maps]
    return official_loss(masked, targets, visibility), float(len(batch.areas))


def batch_sheet(batch: Batch, skeleton: Skeleton) -> NDArray[np.uint8]:
    """Crops with a dot on every joint that counts, green for left and red for right, over its target as a glow."""
    pictures = [_marked(batch, index, skeleton) for index in range(len(batch.areas))]
    captions = [f"{int((joints[:, 2] > 0).sum())} joints" for joints in batch.joints_xyv]
    return contact_sheet(pictures, captions, _COLUMNS, batch.input_hw)


def _scale_heads(weights: dict[str, Any], spec: ModelSpec, recipe: Recipe, fresh: bool) -> None:
    """Heads as the recipe wants them at the start, in place.

    Fresh ones start almost flat: else the first hundred steps only undo noise. To cross-entropy a finished network's
    peak of about 166 is a logit of 10, as it was before finishing but for a factor a joint, which is soon learnt.
    """
    last = last_norm(spec)
    for name, tensor in weights.items():
        if fresh and name.endswith("res_conv2.bn.weight"):
            tensor.fill_(recipe.last_gain)
        if not fresh and recipe.modern and name in (f"{last}.weight", f"{last}.bias"):
            tensor /= _MAPS_OF_UNIT


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
