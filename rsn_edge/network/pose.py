"""The pose network of both families: a stem, then stages of one way down and one way up with four heads.

Modules carry the names of the published RSN and MSPN checkpoints. Levels count from fine (1/4 of the input) to coarse
(1/32) on the way down, units from coarse to fine on the way up.
"""

import torch.nn.functional as F  # noqa: N812 - PyTorch's own abbreviation
from torch import Tensor, nn

from rsn_edge.network.blocks import Bottleneck, ConvUnit, PoseRefineMachine, ResidualStepsBlock, kaiming, resize_like
from rsn_edge.spec import ModelSpec

Heads = tuple[tuple[Tensor, ...], ...]
_LEVELS = 4


class PoseNetwork(nn.ModuleDict):
    """RSN or MSPN: every head of every stage, as training needs them (LastMap gives what inference needs)."""

    def __init__(self, spec: ModelSpec) -> None:
        super().__init__()
        self["top"] = _Stem(spec.stem)
        for stage in range(spec.stages):
            last = stage == spec.stages - 1
            self[f"stage{stage}"] = nn.ModuleDict({"downsample": _Downsample(spec), "upsample": _Upsample(spec, last)})

    def forward(self, crops: Tensor) -> Heads:
        """(n, 3, h, w) normalised crops -> heat-maps (n, k, h / 4, w / 4) as [stage][level], coarse to fine."""
        stem, *stages = self.values()
        x: Tensor = stem(crops)
        skips: tuple[Tensor, ...] = ()
        heads = []
        for stage in stages:
            maps, skips, x = stage["upsample"](stage["downsample"](x, skips))  # type: ignore[index]
            heads.append(maps)
        return tuple(heads)

    def initialise(self) -> None:
        """As the RSN and MSPN code does before training: Kaiming on the way down, PyTorch's default elsewhere."""
        for name, stage in self.items():
            if name != "top":
                kaiming(stage["downsample"])  # type: ignore[index]


class LastMap(nn.Module):
    """The one map that inference reads: the finest head of the last stage."""

    def __init__(self, network: PoseNetwork) -> None:
        super().__init__()
        self.network = network

    def forward(self, crops: Tensor) -> Tensor:
        """(n, 3, h, w) normalised crops -> heat-maps (n, k, h / 4, w / 4), peaks up to about 255."""
        heads: Heads = self.network(crops)
        return heads[-1][-1]


class _Stem(nn.ModuleDict):
    def __init__(self, outputs: int) -> None:
        super().__init__()
        self["conv"] = ConvUnit(3, outputs, kernel=7, stride=2)

    def forward(self, crops: Tensor) -> Tensor:
        return F.max_pool2d(self["conv"](crops), kernel_size=3, stride=2, padding=1)


class _Downsample(nn.ModuleDict):
    def __init__(self, spec: ModelSpec) -> None:
        super().__init__()
        inputs = spec.stem
        for level, (blocks, outputs) in enumerate(zip(spec.blocks, spec.widths, strict=True)):
            self[f"layer{level + 1}"] = _layer(spec, inputs, outputs, blocks, stride=2 if level else 1)
            inputs = outputs

    def forward(self, x: Tensor, skips: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
        """Features of the four levels, fine to coarse; `skips`: what the stage before hands to each, or nothing."""
        levels = []
        for level, layer in enumerate(self.values()):
            x = layer(x)
            if skips:
                x = x + skips[level]
            levels.append(x)
        return tuple(levels)


def _layer(spec: ModelSpec, inputs: int, outputs: int, blocks: int, stride: int) -> nn.Sequential:
    numerator, denominator = spec.branch
    layer = nn.Sequential()
    for _ in range(blocks):
        if spec.family == "rsn":
            layer.append(ResidualStepsBlock(inputs, outputs, stride, width=inputs * numerator // denominator))
        else:
            layer.append(Bottleneck(inputs, outputs, stride, width=outputs * numerator // denominator))
        inputs, stride = outputs, 1
    return layer


class _Upsample(nn.ModuleDict):
    def __init__(self, spec: ModelSpec, last: bool) -> None:
        super().__init__()
        for unit in range(1, _LEVELS + 1):
            self[f"up{unit}"] = _UpUnit(spec, unit, last)

    def forward(self, levels: tuple[Tensor, ...]) -> tuple[tuple[Tensor, ...], tuple[Tensor, ...], Tensor | None]:
        """Heat-maps coarse to fine; what the next stage gets: skips fine to coarse, and its input."""
        maps: list[Tensor] = []
        skips: list[Tensor] = []
        features = crossing = None
        for up, level in zip(self.values(), reversed(levels), strict=True):
            features, heatmaps, skip, crossing = up(level, features, levels[0])
            maps.append(heatmaps)
            if skip is not None:
                skips.insert(0, skip)
        return tuple(maps), tuple(skips), crossing


class _UpUnit(nn.ModuleDict):
    def __init__(self, spec: ModelSpec, unit: int, last: bool) -> None:
        super().__init__()
        width, finest = spec.widths[_LEVELS - unit], unit == _LEVELS
        self["u_skip"] = ConvUnit(width, spec.up, relu=False)
        if unit > 1:
            self["up_conv"] = ConvUnit(spec.up, spec.up, relu=False)
        if not last:
            self["skip1"] = ConvUnit(width, width)
            self["skip2"] = ConvUnit(spec.up, width)
            if finest:
                self["cross_conv"] = ConvUnit(spec.up, spec.stem)
        self["res_conv1"] = ConvUnit(spec.up, spec.up)
        self["res_conv2"] = ConvUnit(spec.up, spec.joints, kernel=3, relu=False)
        # mmpose refines every head; the paper has one machine, on the last map, and the RSN code never builds its own.
        if spec.prm == "mmpose" or (spec.prm == "official" and last and finest):
            self["prm"] = PoseRefineMachine(spec.joints, shared=spec.prm == "mmpose")
        self._finest = finest

    def forward(
        self, level: Tensor, coarser: Tensor | None, finest_level: Tensor
    ) -> tuple[Tensor, Tensor, Tensor | None, Tensor | None]:
        """Features and heat-maps of this level; what the next stage gets: a skip and, from the finest, its input."""
        features: Tensor = self["u_skip"](level)
        if coarser is not None:
            # Published networks resize before the convolution; bilinear weights sum to 1, so this is equal and cheaper.
            features = features + resize_like(self["up_conv"](coarser), like=features)
        features = F.relu(features)
        skip = self["skip1"](level) + self["skip2"](features) if "skip1" in self else None
        crossing = self["cross_conv"](features) if "cross_conv" in self else None
        return features, self._maps(features, finest_level), skip, crossing

    def _maps(self, features: Tensor, finest_level: Tensor) -> Tensor:
        maps: Tensor = self["res_conv2"](self["res_conv1"](features))
        if not self._finest:
            maps = resize_like(maps, like=finest_level)
        refined: Tensor = self["prm"](maps) if "prm" in self else maps
        return refined
