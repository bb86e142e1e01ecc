"""What a detector's map costs: varifocal scores (Zhang et al., 2021) and GIoU of the boxes (Rezatofighi et al., 2019).

Everything is computed in float32, whatever precision the forward pass had. Axes: b canvases, n persons, c cells.
"""

from dataclasses import dataclass

import torch
import torch.nn.functional as F  # noqa: N812 - PyTorch's own abbreviation
from torch import Tensor

from rsn_edge.spec import DETECTOR_STRIDE

from .canvas import Canvases

_NEGATIVE = 0.75  # weight of a cell that is nobody's, times its score squared
_DOUBTFUL = 0.35  # from this score on, such a cell may have found somebody without a box
_BOXES = 2.0  # weight of the boxes beside the scores
_SPREAD, _LEAST_SPREAD = 0.2, 4.0  # the prior's sigma: share of the box's side, and pixels
_LEAST_PRIOR = 0.1
_MOST_CELLS = 9  # of a person
_LEAST_TARGET = 0.3  # of a person's best cell


def detector_loss(scores_b1hw: Tensor, ltrb_b4hw: Tensor, batch: Canvases) -> tuple[Tensor, float]:
    """Loss of a batch divided by the sum of its targets, at least 1; and that sum.

    The maps are the network's: scores in [0, 1], and pixels from a cell's centre to the sides of its box.
    """
    device = scores_b1hw.device
    boxes, owners, trust = (torch.from_numpy(of).to(device) for of in (batch.boxes_xyxy, batch.owners, batch.trust))
    height, width = scores_b1hw.shape[2:]
    centres = cell_centres(height, width, device)
    scores = scores_b1hw.float().flatten(1)
    distances = ltrb_b4hw.float().flatten(2).transpose(1, 2)  # (b, c, 4)
    found = torch.cat([centres - distances[..., :2], centres + distances[..., 2:]], dim=2)
    assigned = assign(scores, found, centres, boxes, owners)
    targets = torch.zeros_like(scores).flatten().index_put_((assigned.cells,), assigned.targets)
    mass = float(targets.sum().clamp(min=1))
    ignored, incomplete = (torch.from_numpy(of).to(device).flatten() for of in (batch.ignored, batch.incomplete))
    right = varifocal(scores.flatten(), targets, ignored, incomplete).sum()
    apart = 1 - giou(found.flatten(0, 1)[assigned.cells], boxes[assigned.persons])
    placed = (assigned.targets * trust[assigned.persons] * apart).sum()
    return (right + _BOXES * placed) / mass, mass


def varifocal(scores: Tensor, targets: Tensor, ignored: Tensor, incomplete: Tensor) -> Tensor:
    """Cost of every score, all arrays flat: a person's cells weigh as much as their target, others by their score.

    A cell that is nobody's costs nothing in a region to ignore, or if it is rather sure where boxes are incomplete.
    """
    positive = targets > 0
    weights = torch.where(positive, targets, _NEGATIVE * scores**2)
    spared = ~positive & (ignored | (incomplete & (scores > _DOUBTFUL)))
    cost = F.binary_cross_entropy(scores, targets, reduction="none")
    return torch.where(spared, 0.0, weights * cost)


def giou(boxes_p4: Tensor, others_p4: Tensor) -> Tensor:
    """Generalised intersection over union (p,) of pairs of boxes x1, y1, x2, y2, in (-1, 1]."""
    hull = torch.maximum(boxes_p4[:, 2:], others_p4[:, 2:]) - torch.minimum(boxes_p4[:, :2], others_p4[:, :2])
    around, (overlap, union) = hull.prod(dim=1), iou(boxes_p4, others_p4)
    return overlap - (around - union) / around


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
    """Cells for the persons with these boxes on the canvases `owners_n`: which answer for whom, and how surely.

    After TOOD (Feng et al., 2021) and SimOTA (YOLOX, Ge et al., 2021): a person gets the cells that score it and box
    it best already, as many as there are good boxes.

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
