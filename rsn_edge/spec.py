"""What a network is: everything that must travel with its weights, and the table of variants (the zoo).

A spec is stored as JSON in checkpoints, in ONNX metadata and in engine manifests, so that nothing about a model is
ever guessed from a file name.
"""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from itertools import pairwise
from typing import Any, Literal, get_args

from rsn_edge.errors import ArtefactError, InputError
from rsn_edge.skeleton import COCO17, Skeleton

Family = Literal["rsn", "mspn"]
Colour = Literal["rgb", "bgr"]
DecodeProfile = Literal["official", "megvii", "msra", "dark"]
PoseRefine = Literal["off", "official", "mmpose"]

SPEC_KEY = "rsn_edge.spec"  # where a spec stands in the metadata of checkpoints and ONNX files
HEATMAP_STRIDE = 4  # input pixels per heat-map cell, in every network of both families
DETECTOR_STRIDE = 8  # canvas pixels per cell of the person detector

# ImageNet statistics on 0..255, blue, green, red: what the published networks of both families were trained with.
MEAN_BGR = (103.53, 116.28, 123.675)
STD_BGR = (57.375, 57.12, 58.395)


@dataclass(frozen=True, slots=True)
class ModelSpec:
    """A pose network of the RSN or MSPN family, with the arithmetic before and after it.

    Args:
        variant: its name in the zoo.
        family: `rsn` (residual steps blocks) or `mspn` (bottleneck blocks).
        stages: how many hourglass stages follow each other.
        blocks: number of blocks in each of the four levels, fine to coarse.
        stem: channels of the stem, and of what one stage hands the next.
        widths: output channels of the four levels, fine to coarse.
        branch: as a fraction; rsn: width of one of the four branches / channels entering the block,
            mspn: inner width / channels leaving the block.
        up: channels of the upsampling path.
        input_hw: height and width of the crop, pixels, multiples of 32.
        colour: channel order of the network input.
        mean, std: per channel in that order, on 0..255.
        padding: how much wider and higher than the person's box the crop is, before it is fitted to the input's shape.
        decode: how heat-maps become keypoints; `blur` is the kernel size in cells that the profile smooths with.
        prm: pose refine machine: off, or one of the two published forms.
        confidence: at most 16 (peak / 255, probability) knots, piecewise linear; empty: clip(peak / 255, 0, 1).
    """

    variant: str
    family: Family
    stages: int
    blocks: tuple[int, int, int, int]
    stem: int
    widths: tuple[int, int, int, int]
    branch: tuple[int, int]
    up: int
    input_hw: tuple[int, int]
    skeleton: Skeleton
    colour: Colour = "bgr"
    mean: tuple[float, float, float] = MEAN_BGR
    std: tuple[float, float, float] = STD_BGR
    padding: tuple[float, float] = (1.25, 1.25)
    decode: DecodeProfile = "official"
    blur: int = 5
    prm: PoseRefine = "off"
    confidence: tuple[tuple[float, float], ...] = ()

    def __post_init__(self) -> None:
        _check_network(self)
        for field, values, count in (("blocks", self.blocks, 4), ("branch", self.branch, 2)):
            _check_integers(field, values, count)
        _check_integers("stages", (self.stages,), 1)
        _check_integers("up", (self.up,), 1)
        _check_numbers("padding", self.padding, 2, above=0)
        _check_curve(self.confidence)
        for name, kind in (("family", Family), ("colour", Colour), ("decode", DecodeProfile), ("prm", PoseRefine)):
            if getattr(self, name) not in get_args(kind):
                raise InputError(f"{name} must be one of {', '.join(get_args(kind))}, got '{getattr(self, name)}'")
        if type(self.blur) is not int or self.blur % 2 == 0 or self.blur < 1:
            raise InputError(f"the blur kernel must be an odd number of cells, got {self.blur}")

    @property
    def joints(self) -> int:
        """Number of joints, k."""
        return len(self.skeleton.joints)

    @property
    def heatmap_hw(self) -> tuple[int, int]:
        """Height and width of a heat-map in cells."""
        return self.input_hw[0] // HEATMAP_STRIDE, self.input_hw[1] // HEATMAP_STRIDE


@dataclass(frozen=True, slots=True)
class DetectorSpec:
    """A person detector that scores every cell of one map and gives each a box.

    Args:
        variant: its name in the zoo.
        stem: channels at 1/2 of the input.
        widths: channels at 1/4, 1/8, 1/16 and 1/32.
        blocks: residual bottlenecks at each of these.
        neck: channels of the path back up to 1/8.
        input_hw: height and width of the canvas, pixels, multiples of 32.
        colour, mean, std: as in ModelSpec.
        pad_value: grey level of the canvas where the picture does not reach.
    """

    variant: str
    stem: int
    widths: tuple[int, int, int, int]
    blocks: tuple[int, int, int, int]
    neck: int
    input_hw: tuple[int, int]
    colour: Colour = "bgr"
    mean: tuple[float, float, float] = (114.0, 114.0, 114.0)
    std: tuple[float, float, float] = (58.0, 58.0, 58.0)
    pad_value: int = 114

    def __post_init__(self) -> None:
        _check_network(self)
        if self.colour not in get_args(Colour):
            raise InputError(f"colour must be one of {', '.join(get_args(Colour))}, got '{self.colour}'")
        _check_integers("blocks", self.blocks, 4, least=0)
        _check_integers("neck", (self.neck,), 1)
        _check_integers("pad_value", (self.pad_value,), 1, least=0)


def _check_network(spec: "ModelSpec | DetectorSpec") -> None:
    """What pose networks and detectors share."""
    if not isinstance(spec.variant, str):
        raise InputError(f"variant must be a name, got {spec.variant}")
    _check_integers("input_hw", spec.input_hw, 2, least=-math.inf)
    height, width = spec.input_hw
    if height % 32 or width % 32 or min(height, width) < 32:
        raise InputError(f"the input size {height}x{width} (height x width) is not a multiple of 32 in both axes")
    _check_integers("stem", (spec.stem,), 1)
    _check_integers("widths", spec.widths, 4)
    _check_numbers("mean", spec.mean, 3)
    _check_numbers("std", spec.std, 3, above=0)


def _check_integers(field: str, values: Any, count: int, least: float = 1) -> None:
    if len(values) != count or not all(type(value) is int and value >= least for value in values):
        whole = "whole numbers" if least == -math.inf else f"whole numbers from {least} on"
        raise InputError(f"{field} must be {count} {whole}, got {', '.join(map(str, values))}")


def _check_numbers(field: str, values: Any, count: int, above: float = -math.inf) -> None:
    fine = len(values) == count and all(_is_number(value) and value > above for value in values)
    if not fine:
        limit = "" if above == -math.inf else f" above {above}"
        raise InputError(f"{field} must be {count} finite numbers{limit}, got {', '.join(map(str, values))}")


def _check_curve(knots: Any) -> None:
    if len(knots) > 16:
        raise InputError(f"a confidence curve has at most 16 knots, got {len(knots)}")
    fine = all(len(knot) == 2 and all(map(_is_number, knot)) and 0 <= knot[1] <= 1 for knot in knots)
    # Equal peaks are steps, which a curve rounded for storage may have.
    if not fine or any(b[0] < a[0] or b[1] < a[1] for a, b in pairwise(knots)):
        raise InputError(
            "a confidence curve must be pairs of a peak and a probability in [0, 1] that both rise, got "
            + ", ".join(map(str, knots))
        )


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


Spec = ModelSpec | DetectorSpec

_RSN18 = ModelSpec(
    variant="rsn18",
    family="rsn",
    stages=1,
    blocks=(2, 2, 2, 2),
    stem=64,
    widths=(64, 128, 256, 512),
    branch=(26, 64),
    up=256,
    input_hw=(256, 192),
    skeleton=COCO17,
    padding=(1.09, 1.135),
)
_RSN50 = replace(_RSN18, variant="rsn50", blocks=(3, 4, 6, 3))
_MSPN50 = replace(_RSN50, variant="mspn50", family="mspn", widths=(256, 512, 1024, 2048), branch=(1, 4))
_OWN = replace(_RSN18, stem=16, branch=(1, 2), padding=(1.25, 1.25))


def _stages(base: ModelSpec, count: int) -> ModelSpec:
    return replace(base, variant=f"{count}x{base.variant}", stages=count)


VARIANTS: Mapping[str, ModelSpec] = {
    spec.variant: spec
    for spec in (
        replace(_OWN, variant="rsn-nano", blocks=(1, 2, 2, 1), widths=(32, 64, 128, 256), up=48),
        replace(_OWN, variant="rsn-tiny", blocks=(1, 2, 3, 2), widths=(32, 96, 160, 256), up=64),
        replace(_RSN18, variant="res18", family="mspn", branch=(1, 1)),
        _RSN18,
        _stages(_RSN18, 4),
        _RSN50,
        _stages(_RSN50, 2),
        _stages(_RSN50, 3),
        _stages(_RSN50, 4),
        replace(_RSN50, variant="rsn101", blocks=(3, 4, 23, 3)),
        _MSPN50,
        _stages(_MSPN50, 2),
        _stages(_MSPN50, 3),
        _stages(_MSPN50, 4),
    )
}

DETECTORS: Mapping[str, DetectorSpec] = {
    "person-nano": DetectorSpec(
        variant="person-nano",
        stem=16,
        widths=(32, 64, 128, 160),
        blocks=(0, 2, 2, 2),
        neck=64,
        input_hw=(320, 320),
    )
}

_MPII_BLUR = 9  # the published test configuration of MPII smooths with 9 cells where COCO's smooths with 5


def pose_variant(name: str, input_hw: tuple[int, int] | None = None, skeleton: Skeleton | None = None) -> ModelSpec:
    """A row of the zoo, at another input size or for other joints; InputError where the name is unknown."""
    if name not in VARIANTS:
        raise InputError(f"there is no network called '{name}'", f"Known are {', '.join(VARIANTS)}.")
    spec = VARIANTS[name]
    if skeleton is not None:
        spec = replace(spec, skeleton=skeleton, blur=_MPII_BLUR if skeleton.name == "mpii16" else spec.blur)
    return replace(spec, input_hw=input_hw) if input_hw else spec


def spec_to_json(spec: Spec) -> str:
    """A spec as one line of JSON, as stored in model files."""
    values = {field.name: getattr(spec, field.name) for field in fields(spec)}
    if isinstance(spec, ModelSpec):
        values["skeleton"] = spec.skeleton.to_json()
    kind = "pose" if isinstance(spec, ModelSpec) else "detector"
    return json.dumps({"kind": kind, **values})


def spec_from_json(text: str, where: str) -> Spec:
    """The inverse of `spec_to_json`; ArtefactError naming `where` if the text is not a spec."""
    try:
        values = json.loads(text)
        kind = values.pop("kind")
        if kind == "pose":
            values["skeleton"] = Skeleton.from_json(values["skeleton"])
        makers: dict[str, type[Spec]] = {"pose": ModelSpec, "detector": DetectorSpec}
        return makers[kind](**{k: _tuples(v) for k, v in values.items()})
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, InputError) as error:
        reason = error if isinstance(error, InputError) else repr(error)
        raise ArtefactError(
            f"{where} carries a description that this version cannot read ({reason})",
            "Export the model again with this version of rsn-edge.",
        ) from error


def _tuples(value: Any) -> Any:
    return tuple(_tuples(v) for v in value) if isinstance(value, list) else value
