"""What the networks are made of: the convolution unit, the residual blocks of the two families (residual steps block of
RSN, bottleneck of MSPN), and the pose refine machine.
"""

import torch
import torch.nn.functional as F  # noqa: N812 - PyTorch's own abbreviation
from torch import Tensor, nn

BRANCHES = 4  # of a residual steps block


class ConvUnit(nn.Module):
    """Convolution without bias, batch norm, and a ReLU unless `relu` is False; 'same' padding at stride 1."""

    def __init__(
        self, inputs: int, outputs: int, kernel: int = 1, stride: int = 1, relu: bool = True, groups: int = 1
    ) -> None:
        super().__init__()
        self.conv = nn.Conv2d(inputs, outputs, kernel, stride, padding=kernel // 2, groups=groups, bias=False)
        self.bn = nn.BatchNorm2d(outputs)
        self.relu = relu

    def forward(self, x: Tensor) -> Tensor:
        """(n, inputs, h, w) -> (n, outputs, h / stride, w / stride), rounded up."""
        y: Tensor = self.bn(self.conv(x))
        return F.relu(y) if self.relu else y


def resize_like(x: Tensor, like: Tensor) -> Tensor:
    """Bilinear, corner cells on corner cells, to the height and width of `like`."""
    return F.interpolate(x, size=like.shape[-2:], mode="bilinear", align_corners=True)


def kaiming(module: nn.Module) -> None:
    """Kaiming normal, fan-out, ReLU gain, for every convolution in `module`; draws from torch's global generator."""
    for part in module.modules():
        if isinstance(part, nn.Conv2d):
            nn.init.kaiming_normal_(part.weight, mode="fan_out", nonlinearity="relu")


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


class PoseRefineMachine(nn.ModuleDict):
    """f * (1 + alpha * beta): alpha (n, k, 1, 1) from the pooled maps, beta from a 9x9 neighbourhood.

    Args:
        joints: channels of the maps, k.
        shared: beta is one map for all joints, as in mmpose's form; else one a joint, as in the RSN code.
            Both keep a ReLU before the sigmoids, so that alpha and beta lie in [0.5, 1).
    """

    def __init__(self, joints: int, shared: bool) -> None:
        super().__init__()
        self["conv_bn_relu_prm_1"] = ConvUnit(joints, joints, kernel=3)
        self["conv_bn_relu_prm_2_1"] = ConvUnit(joints, joints)
        self["conv_bn_relu_prm_2_2"] = ConvUnit(joints, joints)
        self["conv_bn_relu_prm_3_1"] = ConvUnit(joints, joints)
        self["conv_bn_relu_prm_3_2"] = ConvUnit(joints, joints, kernel=9, groups=joints)
        if shared:
            self["conv_bn_relu_prm_3_3"] = ConvUnit(joints, 1)

    def forward(self, maps: Tensor) -> Tensor:
        """(n, k, h, w) -> (n, k, h, w)."""
        f: Tensor = self["conv_bn_relu_prm_1"](maps)
        by_joint = self["conv_bn_relu_prm_2_2"](self["conv_bn_relu_prm_2_1"](f.mean(dim=(2, 3), keepdim=True)))
        by_cell = self["conv_bn_relu_prm_3_2"](self["conv_bn_relu_prm_3_1"](f))
        if "conv_bn_relu_prm_3_3" in self:
            by_cell = self["conv_bn_relu_prm_3_3"](by_cell)
        return f * (1 + torch.sigmoid(by_joint) * torch.sigmoid(by_cell))
