"""The person detector: a small residual network that scores every cell at 1/8 of the input and gives each a box."""

import torch
import torch.nn.functional as F  # noqa: N812 - PyTorch's own abbreviation
from torch import Tensor, nn

from rsn_edge.network.blocks import ConvUnit, kaiming
from rsn_edge.spec import DETECTOR_STRIDE, DetectorSpec

_LOG_DISTANCE = (-3.0, 5.0)  # a box side lies 0.4 to 1187 input pixels from its cell's centre


class PersonDetector(nn.Module):
    """Scores and box distances for each cell; fully convolutional, for inputs of any multiple of 32."""

    def __init__(self, spec: DetectorSpec) -> None:
        super().__init__()
        inputs = (spec.stem, *spec.widths[:-1])
        _, fine, middle, coarse = spec.widths
        self.stem = ConvUnit(3, spec.stem, kernel=3, stride=2)
        self.stages = nn.ModuleList(map(_stage, inputs, spec.widths, spec.blocks))
        self.sppi = ConvUnit(coarse, coarse // 2)
        self.spp = ConvUnit(coarse // 2 * 4, spec.neck)
        self.lat4 = ConvUnit(middle, spec.neck, relu=False)
        self.mix4 = ConvUnit(spec.neck, spec.neck, kernel=3)
        self.lat3 = ConvUnit(fine, spec.neck, relu=False)
        self.head = ConvUnit(spec.neck, spec.neck, kernel=3)
        self.score = nn.Conv2d(spec.neck, 1, 1)
        self.dist = nn.Conv2d(spec.neck, 4, 1)

    def forward(self, canvas: Tensor) -> tuple[Tensor, Tensor]:
        """(n, 3, h, w) normalised canvas -> what each cell says.

        scores (n, 1, h / 8, w / 8) in [0, 1]; ltrb (n, 4, h / 8, w / 8): input pixels from the cell's centre to the
        left, top, right and bottom of the box.
        """
        x = self.stem(canvas)
        levels = []
        for stage in self.stages:
            x = stage(x)
            levels.append(x)
        _, fine, middle, coarse = levels
        up = self.mix4(F.relu(self.lat4(middle) + _double(self._context(coarse))))
        cells = self.head(F.relu(self.lat3(fine) + _double(up)))
        low, high = _LOG_DISTANCE
        return torch.sigmoid(self.score(cells)), DETECTOR_STRIDE * torch.exp(torch.clamp(self.dist(cells), low, high))

    def initialise(self) -> None:
        """Kaiming; residual branches start small, scores near 0.01, boxes near 22 pixels to each side."""
        kaiming(self)
        for part in self.modules():
            if isinstance(part, _Bottleneck):
                nn.init.constant_(part.c.bn.weight, 0.2)
        nn.init.constant_(self.score.bias, -4.6)  # type: ignore[arg-type]
        nn.init.constant_(self.dist.bias, 1.0)  # type: ignore[arg-type]

    def _context(self, coarse: Tensor) -> Tensor:
        # Three poolings in a row see 5, 9 and 13 cells: the whole picture, for persons of any size.
        pooled = [self.sppi(coarse)]
        for _ in range(3):
            pooled.append(F.max_pool2d(pooled[-1], kernel_size=5, stride=1, padding=2))
        context: Tensor = self.spp(torch.cat(pooled, dim=1))
        return context


class _Bottleneck(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.a = ConvUnit(channels, channels // 2)
        self.b = ConvUnit(channels // 2, channels // 2, kernel=3)
        self.c = ConvUnit(channels // 2, channels, relu=False)

    def forward(self, x: Tensor) -> Tensor:
        return F.relu(x + self.c(self.b(self.a(x))))


def _stage(inputs: int, outputs: int, blocks: int) -> nn.Sequential:
    return nn.Sequential(ConvUnit(inputs, outputs, kernel=3, stride=2), *(_Bottleneck(outputs) for _ in range(blocks)))


def _double(x: Tensor) -> Tensor:
    return F.interpolate(x, scale_factor=2.0, mode="nearest")
