"""Which cells answer for which person, and how sure they should be: a task-aligned assignment with a dynamic number.

After TOOD (Feng et al., 2021) and SimOTA (YOLOX, Ge et al., 2021): a person gets the cells that score it and box it
best already, as many as there are good boxes. Axes: b canvases, n persons, c cells of a canvas, p chosen cells.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from rsn_edge.spec import DETECTOR_STRIDE

_SPREAD, _LEAST_SPREAD = 0.2, 4.0  # the prior's sigma: share of the box's side, and pixels
_LEAST_PRIOR = 0.1
_MOST_CELLS = 9  # of a person
_LEAST_TARGET = 0.3  # of a person's best cell


@dataclass(frozen=True, slots=True, eq=False)
class Assigned:
    """p cells: their place (p,) among all b x c, whose they are (p,) of n persons, the score (p,) they should give."""

    cells: Tensor
    persons: Tensor
    targets: Tensor


def cell_centres(height: int, width: int, device: torch.device) -> Tensor:
    """Centres (c, 2) of the cells, x and y in pixels of the canvas, row by row."""
    y, x = (torch.arange(count, device=device) * DETECTOR_STRIDE + DETECTOR_STRIDE / 2 for count in (height, width))
    return torch.stack([x.repeat(height), y.repeat_interleave(width)], dim=1)


def iou(boxes: Tensor, others: Tensor) -> tuple[Tensor, Tensor]:
    """Intersection over union of boxes (..., 4) as x1, y1, x2, y2, and the union."""
    low, high = torch.maximum(boxes[..., :2], others[..., :2]), torch.minimum(boxes[..., 2:], others[..., 2:])
    shared = (high - low).clamp(min=0).prod(dim=-1)
    areas = (boxes[..., 2:] - boxes[..., :2]).prod(dim=-1), (others[..., 2:] - others[..., :2]).prod(dim=-1)
    union = areas[0] + areas[1] - shared
    return shared / union, union


@torch.no_grad()
def assign(scores_bc: Tensor, found_bc4: Tensor, centres_c2: Tensor, boxes_n4: Tensor, owners_n: Tensor) -> Assigned:
    """Cells for the persons with these boxes on the canvases `owners_n`.

    `scores_bc` in [0, 1] and boxes `found_bc4` are what the network says now. Boxes are x1, y1, x2, y2.
    """
    cells = scores_bc.shape[1]
    prior = _prior(centres_c2, boxes_n4)
    overlap = iou(found_bc4[owners_n], boxes_n4[:, None])[0] * (prior > 0)
    metric = prior * (scores_bc[owners_n] + 0.001).sqrt() * (overlap + 0.05) ** 2
    most = min(_MOST_CELLS, cells)
    count = overlap.topk(most).values.sum(dim=1).round().clamp(1, most)
    best, places = metric.topk(most)
    wanted = (torch.arange(most, device=best.device) < count[:, None]) & (best > 0)
    persons = torch.arange(len(boxes_n4), device=best.device)[:, None].expand_as(places)[wanted]
    chosen, worth = (owners_n[:, None] * cells + places)[wanted], best[wanted]
    kept = _undisputed(chosen, persons, worth, scores_bc.numel())
    chosen, persons, worth = chosen[kept], persons[kept], worth[kept]
    reached = overlap[persons, chosen % cells]
    highest = _largest(reached, persons, len(boxes_n4)).clamp(min=_LEAST_TARGET)
    return Assigned(chosen, persons, worth / _largest(worth, persons, len(boxes_n4))[persons] * highest[persons])


def _prior(centres_c2: Tensor, boxes_n4: Tensor) -> Tensor:
    """How likely a cell (n, c) is the person's by its place alone; 0 where it is out of the question."""
    size = boxes_n4[:, 2:] - boxes_n4[:, :2]
    away = (centres_c2 - (boxes_n4[:, None, :2] + boxes_n4[:, None, 2:]) / 2).abs()
    spread = (_SPREAD * size).clamp(min=_LEAST_SPREAD)[:, None]
    prior = torch.exp(-((away / spread) ** 2).sum(dim=2) / 2)
    inside = (away < size[:, None] / 2).all(dim=2) & (prior > _LEAST_PRIOR)
    nearest = (away <= DETECTOR_STRIDE).all(dim=2)  # or a small person would have none
    return prior * (inside | nearest)


def _undisputed(cells: Tensor, persons: Tensor, worth: Tensor, count: int) -> Tensor:
    """True where a claim on a cell is the only one, or the best: the first of equal ones."""
    best = worth >= _largest(worth, cells, count)[cells]
    first = persons.new_full((count,), len(persons) + 1)
    first.scatter_reduce_(0, cells[best], persons[best], "amin")
    return best & (persons == first[cells])


def _largest(values: Tensor, groups: Tensor, count: int) -> Tensor:
    """The largest value of each of `count` groups, 0 where it has none."""
    return torch.zeros(count, device=values.device, dtype=values.dtype).scatter_reduce_(0, groups, values, "amax")
