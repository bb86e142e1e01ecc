"""The residual blocks of the two families: residual steps block (RSN) and bottleneck (MSPN)."""

import torch
import torch.nn.functional as F  # noqa: N812 - PyTorch's own abbreviation
from torch import Tensor, nn

from rsn_edge.network.units import ConvUnit

BRANCHES = 4  # of a residual steps block


class ResidualStepsBlock(nn.ModuleDict):
    """Four branches of `width` channels; branch i takes i 3x3 steps, each fed by the step before and branch i - 1.

    As in the RSN code: the stride sits on the opening 1x1 convolution, and sums are of values after their ReLU.
    """

    def __init__(self, inputs: int, outputs: int, stride: int, width: int) -> None:
        super().__init__()
        self["conv_bn_relu1"] = ConvUnit(inputs, BRANCHES * width, stride=stride)
        for i in range(1, BRANCHES + 1):
            for j in range(1, i + 1):
                self[f"conv_bn_relu2_{i}_{j}"] = ConvUnit(width, width, kernel=3)
        self["conv_bn_relu3"] = ConvUnit(BRANCHES * width, outputs, relu=False)
        _add_shortcut(self, inputs, outputs, stride)

    def forward(self, x: Tensor) -> Tensor:
        """(n, inputs, h, w) -> (n, outputs, h / stride, w / stride)."""
        above: list[Tensor] = []  # outputs of the steps of branch i - 1
        last: list[Tensor] = []
        parts = torch.chunk(self["conv_bn_relu1"](x), BRANCHES, dim=1)
        for i in range(1, BRANCHES + 1):
            steps: list[Tensor] = []
            for j in range(1, i + 1):
                entering = parts[i - 1] if j == 1 else steps[-1]
                summed = entering + above[j - 1] if j < i else entering
                steps.append(self[f"conv_bn_relu2_{i}_{j}"](summed))
            above = steps
            last.append(steps[-1])
        return _close(self, x, self["conv_bn_relu3"](torch.cat(last, dim=1)))


class Bottleneck(nn.ModuleDict):
    """1x1 to `width`, 3x3 with the stride, 1x1 to `outputs`, added to the input."""

    def __init__(self, inputs: int, outputs: int, stride: int, width: int) -> None:
        super().__init__()
        self["conv_bn_relu1"] = ConvUnit(inputs, width)
        self["conv_bn_relu2"] = ConvUnit(width, width, kernel=3, stride=stride)
        self["conv_bn_relu3"] = ConvUnit(width, outputs, relu=False)
        _add_shortcut(self, inputs, outputs, stride)

    def forward(self, x: Tensor) -> Tensor:
        """(n, inputs, h, w) -> (n, outputs, h / stride, w / stride)."""
        return _close(self, x, self["conv_bn_relu3"](self["conv_bn_relu2"](self["conv_bn_relu1"](x))))


def _add_shortcut(block: nn.ModuleDict, inputs: int, outputs: int, stride: int) -> None:
    if stride != 1 or inputs != outputs:
        block["downsample"] = ConvUnit(inputs, outputs, stride=stride, relu=False)


def _close(block: nn.ModuleDict, x: Tensor, residual: Tensor) -> Tensor:
    return F.relu(residual + (block["downsample"](x) if "downsample" in block else x))
