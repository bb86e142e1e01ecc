"""The unit that every network is made of (convolution, batch norm, ReLU), and the one way maps are resized.

Tensors are (n, c, h, w) float32. Only plain operations, so that torch.fx can trace every network.
"""

import torch.nn.functional as F  # noqa: N812 - PyTorch's own abbreviation
from torch import Tensor, nn


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
