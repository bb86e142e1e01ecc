"""From scenes to the crops that a network is calibrated on: no two alike, and some of every kind.

The same pictures give the same crops, without chance, in whatever order their set lists them.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from rsn_edge.detector.cells import letterbox, letterbox_rule
from rsn_edge.errors import InputError
from rsn_edge.keypoints.crop import affines_from_boxes, warp_crop
from rsn_edge.spec import DetectorSpec, ModelSpec, Spec

from .crop_set import CropSet, crop_digest
from .scenes import Scene, Tell, open_scenes

ALIKE = 4  # two crops whose difference hashes differ in no more of their 64 bits show the same

_SPARE = 2  # times as many different crops are looked at as are wanted
_SIZES = {"small": 32.0**2, "medium": 96.0**2, "large": np.inf}  # up to so many square pixels, as COCO has it
_LIGHTS = {"dark": 75.0, "half light": 150.0, "bright": np.inf}  # up to this mean grey level
_HALF, _WHOLE, _UNKNOWN, _NOBODY = "half visible", "mostly visible", "joints unknown", "nobody"


@dataclass(frozen=True, slots=True, eq=False)
class _Candidate:
    """A crop, and of what kinds it is: one of size, one of light, for poses one of visibility."""

    pixels_hwc: NDArray[np.uint8]
    name: str
    area: float
    kinds: tuple[str, ...]


def sample(source: str, spec: Spec, samples: int, tell: Tell) -> tuple[CropSet, Mapping[str, int]]:
    """At most `samples` crops of a source for one network, and how many of them are of each kind.

    `source` and `tell` are as in `open_scenes`. InputError where there is nothing to cut out.
    """
    scenes = open_scenes(source, tell)
    different = _different((one for scene in scenes for one in _cut(scene, spec)), _SPARE * samples)
    if not different:
        raise InputError(f"nobody is to be seen in {source}", "Give a source that shows people, or boxes of them.")
    chosen = sorted(_in_turn(different)[:samples], key=lambda one: (one.name, crop_digest(one.pixels_hwc)))
    counts = Counter(kind for one in chosen for kind in one.kinds)
    own = (_HALF, _WHOLE, _UNKNOWN) if isinstance(spec, ModelSpec) else (_NOBODY,)
    crops = CropSet(
        pixels_nhwc=np.stack([one.pixels_hwc for one in chosen]),
        names=tuple(one.name for one in chosen),
        areas=np.array([one.area for one in chosen], np.float32),
        source=source if "://" in source else Path(source).name or source,  # a folder above it is nobody's business
    )
    return crops, {kind: counts[kind] for kind in (*_SIZES, *_LIGHTS, *own)}


def difference_hash(pixels_hwc: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """(8,) bytes whose 64 bits say where a picture, shrunk to 9 x 8 cells, grows brighter from left to right."""
    grey = cv2.resize(cv2.cvtColor(pixels_hwc, cv2.COLOR_BGR2GRAY), (9, 8), interpolation=cv2.INTER_AREA)
    return np.packbits(grey[:, 1:] > grey[:, :-1])


def _cut(scene: Scene, spec: Spec) -> Iterator[_Candidate]:
    return _canvas(scene, spec) if isinstance(spec, DetectorSpec) else _crops(scene, spec)


def _crops(scene: Scene, spec: ModelSpec) -> Iterator[_Candidate]:
    """Every person who may have joints to be seen."""
    affines = affines_from_boxes(scene.boxes_xyxy, spec.input_hw, spec.padding)
    for row in np.flatnonzero(scene.joints != 0):
        pixels = np.empty((*spec.input_hw, 3), np.uint8)
        warp_crop(scene.image_bgr, affines[row], out=pixels)
        area, joints = float(scene.areas[row]), int(scene.joints[row])
        seen = _UNKNOWN if joints < 0 else _HALF if joints < spec.joints / 2 else _WHOLE
        in_crop = area / float(np.linalg.det(affines[row][:, :2]))
        kinds = _kind(_SIZES, area), _kind(_LIGHTS, pixels.mean()), seen
        yield _Candidate(pixels, scene.name, in_crop, kinds)


def _canvas(scene: Scene, spec: DetectorSpec) -> Iterator[_Candidate]:
    """The whole picture, by its largest person."""
    fitted = letterbox(scene.image_bgr, spec.input_hw, letterbox_rule(spec))
    area = float(scene.areas.max(initial=0)) * float(np.prod(fitted.scale_xy))
    kinds = _kind(_SIZES, area) if area else _NOBODY, _kind(_LIGHTS, fitted.canvas_bgr.mean())
    yield _Candidate(fitted.canvas_bgr, scene.name, area, kinds)


def _kind(limits: Mapping[str, float], value: float) -> str:
    return next(name for name, limit in limits.items() if not value > limit)


def _different(candidates: Iterable[_Candidate], most: int) -> list[_Candidate]:
    """The first `most` candidates that look like none before them."""
    kept: list[_Candidate] = []
    hashes = np.empty((most, 8), np.uint8)
    for one in candidates:
        hashes[len(kept)] = difference_hash(one.pixels_hwc)
        differing = np.unpackbits(hashes[: len(kept)] ^ hashes[len(kept)], axis=1).sum(axis=1)
        if differing.min(initial=64) > ALIKE:
            kept.append(one)
        if len(kept) == most:
            break
    return kept


def _in_turn(candidates: Iterable[_Candidate]) -> list[_Candidate]:
    """One of every combination of kinds, then the next of each: so the first ones are as different as can be."""
    taken: Counter[tuple[str, ...]] = Counter()
    turns = []
    for one in sorted(candidates, key=lambda one: crop_digest(one.pixels_hwc)):
        turns.append((taken[one.kinds], one))
        taken[one.kinds] += 1
    return [one for _, one in sorted(turns, key=lambda turn: turn[0])]
