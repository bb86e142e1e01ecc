"""What a network is: everything that must travel with its weights, and the table of variants (the zoo).

A spec is stored as JSON in checkpoints, in ONNX metadata and in engine manifests, so that nothing about a model is
ever guessed from a file name.
"""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from itertools import pairwise
from typing import Any, Literal, get_args, get_origin

from rsn_edge.errors import ArtefactError, InputError
from rsn_edge.skeleton import COCO17, Skeleton

Family = Literal["rsn", "mspn"]
Colour = Literal["rgb", "bgr"]
DecodeProfile = Literal["official", "megvii", "dark"]
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
        _check_fields(self, above_0=("stages", "blocks", "stem", "widths", "branch", "up", "std", "padding"))
        _check_curve(self.confidence)
        if self.blur % 2 == 0:
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
        _check_fields(self, above_0=("stem", "widths", "neck", "std"))


Spec = ModelSpec | DetectorSpec

_WORDS = {int: "a whole number from 0 on", str: "a name"}  # for types, in messages


def _check_fields(spec: Spec, above_0: Sequence[str]) -> None:
    """InputError where a field is not of its type, a number of `above_0` is not, or the input is no multiple of 32."""
    height, width = spec.input_hw
    if height % 32 or width % 32 or min(height, width) < 32:
        raise InputError(f"the input size {height}x{width} (height x width) is not a multiple of 32 in both axes")
    for field in fields(spec):
        kind: Any = field.type
        value = getattr(spec, field.name)
        if not _is_of(value, kind):
            wanted = f"one of {', '.join(get_args(kind))}" if get_origin(kind) is Literal else f"{kind}, finite"
            raise InputError(f"{field.name} must be {_WORDS.get(kind, wanted)}, got '{value}'")
        if field.name in above_0 and min(value if isinstance(value, tuple) else (value,)) <= 0:
            raise InputError(f"{field.name} must be above 0, got {value}")


def _is_of(value: Any, kind: Any) -> bool:
    """Whether a value is of a field's type: choices, tuples, finite numbers, whole numbers from 0 on, texts."""
    if get_origin(kind) is Literal:
        return value in get_args(kind)
    if get_origin(kind) is tuple:
        first, *others = get_args(kind)
        kinds = (first,) * len(value) if others == [...] else (first, *others)
        return isinstance(value, tuple) and len(value) == len(kinds) and all(map(_is_of, value, kinds))
    if kind is float:
        return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    return type(value) is kind and (kind is not int or value >= 0)


def _check_curve(knots: tuple[tuple[float, float], ...]) -> None:
    # Equal peaks are steps, which a curve rounded for storage may have.
    falls = any(b[0] < a[0] or b[1] < a[1] for a, b in pairwise(knots))
    if len(knots) > 16 or falls or not all(0 <= probability <= 1 for _, probability in knots):
        raise InputError(
            "confidence must be at most 16 pairs of a peak and a probability in [0, 1] that both rise, got "
            + ", ".join(map(str, knots))
        )


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
        *(_stages(_RSN50, count) for count in (2, 3, 4)),
        replace(_RSN50, variant="rsn101", blocks=(3, 4, 23, 3)),
        _MSPN50,
        *(_stages(_MSPN50, count) for count in (2, 3, 4)),
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
    kind = "pose" if isinstance(spec, ModelSpec) else "detector"
    return json.dumps({"kind": kind, **asdict(spec)})


def spec_from_json(text: str, where: str) -> Spec:
    """The inverse of `spec_to_json`; ArtefactError naming `where` if the text is not a spec."""
    try:
        values = _with_tuples(json.loads(text))
        kind = values.pop("kind")
        if kind == "pose":
            values["skeleton"] = Skeleton(**values["skeleton"])
        makers: dict[str, type[Spec]] = {"pose": ModelSpec, "detector": DetectorSpec}
        return makers[kind](**values)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, InputError) as error:
        reason = error if isinstance(error, InputError) else repr(error)
        raise ArtefactError(
            f"{where} carries a description that this version cannot read ({reason})",
            "Export the model again with this version of rsn-edge.",
        ) from error


def _with_tuples(value: Any) -> Any:
    """What JSON holds, its lists as tuples at any depth."""
    if isinstance(value, dict):
        return {key: _with_tuples(content) for key, content in value.items()}
    return tuple(map(_with_tuples, value)) if isinstance(value, list) else value
