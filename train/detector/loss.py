"""What a detector's map costs: varifocal scores (Zhang et al., 2021) and GIoU of the boxes (Rezatofighi et al., 2019).

Everything is computed in float32, whatever precision the forward pass had. Axes: b canvases, n persons, c cells.
"""

import torch
import torch.nn.functional as F  # noqa: N812 - PyTorch's own abbreviation
from torch import Tensor

from .assignment import assign, cell_centres, iou
from .batch import Canvases

_NEGATIVE = 0.75  # weight of a cell that is nobody's, times its score squared
_DOUBTFUL = 0.35  # from this score on, such a cell may have found somebody without a box
_BOXES = 2.0  # weight of the boxes beside the scores


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
