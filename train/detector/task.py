"""Learning persons: canvases, and the scores and boxes that are asked of a network for them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from rsn_edge.artefact.checkpoint import Checkpoint
from rsn_edge.drawing.overlay import contact_sheet
from rsn_edge.network.build import build_network, load_state, network_state
from rsn_edge.spec import DetectorSpec

from ..chance import APART
from ..finish import normalised
from ..recipe import Recipe, mixed_size
from .canvas import Canvas, Canvases, CanvasMaker, batch_of
from .loss import detector_loss

_SHOWN = 24  # canvases on the sheet
_COLUMNS = 6
_GREEN, _RED, _BLUE = (60, 220, 60), (60, 60, 230), (230, 140, 40)  # BGR


@dataclass(frozen=True, slots=True, eq=False)
class DetectorTask:
    """A person detector and the canvases that it learns from.

    Args:
        per_step: canvases in a step, over all processes.
        seed: what the sizes of the steps are drawn from.
    """

    spec: DetectorSpec
    recipe: Recipe
    maker: CanvasMaker
    per_step: int
    seed: int

    def network(self, start: Checkpoint | None) -> nn.Module:
        """As in Task."""
        network = build_network(self.spec)
        if start is not None:
            load_state(network, start.state)
        return network

    def batch(self, positions: NDArray[np.int64], progress: float) -> Canvases:
        """As in Task; the size depends on the step alone, so that all processes agree."""
        size = mixed_size(self.recipe, self.spec.input_hw, self.seed, int(positions[0]) // self.per_step)
        return batch_of([self.maker.canvas(position, size) for position in positions.tolist()])

    def loss(self, network: nn.Module, batch: Canvases, device: torch.device, amp: bool) -> tuple[Tensor, float]:
        """As in Task."""
        pixels = normalised(batch.pixels_nhwc, self.spec, device)
        with torch.autocast(device.type, torch.bfloat16, enabled=amp):
            scores, ltrb = network(pixels)
        return detector_loss(scores, ltrb, batch)

    def finished(self, weights: Mapping[str, Tensor]) -> Checkpoint:
        """As in Task."""
        network = build_network(self.spec)
        network.load_state_dict(dict(weights))
        return Checkpoint(self.spec, network_state(network))

    def sheet(self) -> NDArray[np.uint8]:
        """As in Task."""
        return canvas_sheet([self.maker.canvas(APART + index, self.spec.input_hw) for index in range(_SHOWN)])


def canvas_sheet(canvases: Sequence[Canvas]) -> NDArray[np.uint8]:
    """The canvases side by side with all boxes drawn."""
    captions = [f"{len(canvas.boxes_xyxy)} persons, {len(canvas.ignored_xyxy)} ignored" for canvas in canvases]
    return contact_sheet([_marked(canvas) for canvas in canvases], captions, _COLUMNS, canvases[0].pixels.shape[:2])


def _marked(canvas: Canvas) -> NDArray[np.uint8]:
    picture: NDArray[np.uint8] = canvas.pixels.copy()
    kinds = (canvas.incomplete_xyxy, _BLUE), (canvas.ignored_xyxy, _RED), (canvas.boxes_xyxy, _GREEN)
    for boxes, colour in kinds:
        for left, top, right, bottom in boxes.round().astype(int).tolist():
            cv2.rectangle(picture, (left, top), (right - 1, bottom - 1), colour, 1)
    return picture
