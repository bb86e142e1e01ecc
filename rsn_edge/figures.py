"""Drawn people with exact truth: pictures for tests, for the `test://` source and for training without photographs.

    scene = draw_scene(np.random.default_rng(7), persons=3, size_hw=(480, 640))
    for scene in figure_clip(persons=2, frames=100, size_hw=(480, 640), seed=7): ...

The same seed gives the same pictures. Coordinates are pixels, a pixel's coordinate being its integer index. Left and
right can be told by the face, by a mark on the left of the chest, and by sleeves and legs that are lighter on the left.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from rsn_edge.body import JOINTS, body_from_stance, random_stance, walking_stance
from rsn_edge.errors import InputError
from rsn_edge.outlines import Outline, outlines_of_body
from rsn_edge.skeleton import COCO17, Skeleton

Image = NDArray[np.uint8]
Float32 = NDArray[np.float32]
Float64 = NDArray[np.float64]
Size = tuple[int, int]

CLIP_RATE = 25  # frames per second at which people in a clip walk at a usual pace

_SKINS = ((150, 180, 225), (120, 155, 205), (90, 125, 180), (60, 90, 140), (40, 60, 95))  # BGR
_HAIRS = ((25, 25, 30), (30, 45, 70), (70, 120, 170), (110, 110, 115), (20, 40, 90))
_GRAIN = 15  # grey levels, a mask of bits
_FRACTION_BITS = 4  # of the coordinates given to OpenCV


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """A picture and what is in it, for n persons and the k joints of a skeleton.

    Args:
        image_bgr: (h, w, 3) uint8.
        keypoints_xy: (n, k, 2) float32 pixels, hidden joints included; NaN outside the picture.
        visibility: (n, k) int64, 2 visible, 1 hidden by something or by the body itself, 0 outside the picture.
        boxes_xyxy: (n, 4) float32, the drawn body with its hidden parts, cut at the edge of the picture.
    """

    image_bgr: Image
    keypoints_xy: Float32
    visibility: NDArray[np.int64]
    boxes_xyxy: Float32


@dataclass(frozen=True, slots=True, eq=False)
class _Layer:
    """A person, or a thing in the way, which has no points.

    Args:
        stature: height in pixels, the unit of outlines and points; taller is nearer.
        place_xy: (2,) pixels of the pelvis, their origin.
        outlines: the farthest first.
        colours: BGR by what an outline wears.
        points: (3,) by name, as a body has them.
    """

    stature: float
    place_xy: Float64
    outlines: Sequence[Outline]
    colours: Mapping[str, Float64]
    points: Mapping[str, Float64]

    def in_picture(self, xy: Float64) -> Float64:
        """Pixels of what is given in units of the stature."""
        return xy * self.stature + self.place_xy


@dataclass(frozen=True, slots=True, eq=False)
class _Walker:
    """Somebody who walks on an oval: phase on it, pace in radians a second, stature as a share of `_room`."""

    phase: float
    pace: float
    stature: float
    girth: float
    colours: Mapping[str, Float64]


def draw_scene(rng: np.random.Generator, persons: int, size_hw: Size, skeleton: Skeleton = COCO17) -> Scene:
    """People of any size in any pose before clutter, in front of each other and behind things.

    InputError for a skeleton with joints that the figures do not have.
    """
    _check_joints(skeleton)
    background = _clutter(rng, size_hw)
    people = [_random_person(rng, size_hw) for _ in range(persons)]
    things = [_random_thing(rng, size_hw) for _ in range(int(rng.integers(0, 2 + persons // 2)))]
    return _scene(background, people, things if persons else [], skeleton.joints)


def figure_clip(persons: int, frames: int, size_hw: Size, seed: int, skeleton: Skeleton = COCO17) -> Iterator[Scene]:
    """People who walk on ovals and cross each other; row i of every scene is the same person.

    Everybody is at least partly in the picture in every frame, though perhaps hidden by somebody nearer.
    InputError for a skeleton with joints that the figures do not have.
    """
    _check_joints(skeleton)
    stage, *casting = np.random.default_rng(seed).spawn(1 + persons)
    background = _clutter(stage, size_hw)
    walkers = [_random_walker(rng, index) for index, rng in enumerate(casting)]
    return (
        _scene(background, [_walking_person(one, frame / CLIP_RATE, size_hw) for one in walkers], [], skeleton.joints)
        for frame in range(frames)
    )


def _check_joints(skeleton: Skeleton) -> None:
    unknown = [name for name in skeleton.joints if name not in JOINTS]
    if unknown:
        raise InputError(
            f"drawn figures have no joint '{unknown[0]}', which the skeleton '{skeleton.name}' asks for",
            f"They have {', '.join(JOINTS)}.",
        )


def _scene(background: Image, people: Sequence[_Layer], things: Sequence[_Layer], joints: Sequence[str]) -> Scene:
    image = background.copy()
    layers = sorted([*people, *things], key=lambda layer: layer.stature)
    drawn = [(layer, outline) for layer in layers for outline in layer.outlines]
    owners = np.full(image.shape[:2], -1, np.int32)  # which of the drawn outlines is seen at each pixel
    for number, (layer, outline) in enumerate(drawn):
        _paint(image, owners, layer, outline, number)
    points = [person.in_picture(np.stack([person.points[name][:2] for name in joints])) for person in people]
    keypoints = np.reshape(points, (-1, len(joints), 2)).astype(np.float32)
    most = np.array(owners.shape[::-1]) - 1
    inside = np.asarray(((keypoints >= 0) & (keypoints <= most)).all(axis=2))
    visibility = inside.astype(np.int64)
    keypoints[~inside] = np.nan
    for row, column in np.argwhere(inside).tolist():
        x, y = keypoints[row, column].tolist()
        owner = owners[round(y), round(x)]
        if owner >= 0:
            layer, outline = drawn[owner]
            visibility[row, column] += layer is people[row] and joints[column] in outline.shows
    boxes = np.array([_box(person, owners.shape) for person in people], np.float32).reshape(-1, 4)
    return Scene(cv2.GaussianBlur(image, (3, 3), 0.6), keypoints, visibility, boxes)


def _paint(image: Image, owners: NDArray[np.int32], layer: _Layer, outline: Outline, number: int) -> None:
    rim, core = (
        np.rint(layer.in_picture(edge) * 2**_FRACTION_BITS).astype(np.int32) for edge in (outline.rim, outline.core)
    )
    colour = layer.colours[outline.wears]
    dark, light = (0.8 * colour).tolist(), np.minimum(1.05 * colour, 255).tolist()
    cv2.fillConvexPoly(image, rim, dark, cv2.LINE_AA, _FRACTION_BITS)
    cv2.fillConvexPoly(image, core, light, cv2.LINE_AA, _FRACTION_BITS)
    cv2.fillConvexPoly(owners, rim, number, cv2.LINE_8, _FRACTION_BITS)


def _box(person: _Layer, size_hw: Size) -> Float64:
    rims = person.in_picture(np.concatenate([outline.rim for outline in person.outlines]))
    most = np.array(size_hw[::-1]) - 1
    return np.concatenate([np.clip(rims.min(axis=0), 0, most), np.clip(rims.max(axis=0), 0, most)])


def _random_person(rng: np.random.Generator, size_hw: Size) -> _Layer:
    height, width = size_hw
    stature = rng.uniform(0.35, 0.95) * _room(size_hw)
    body = body_from_stance(random_stance(rng))
    points = stature * np.stack([*body.points.values()])[:, :2]
    (left, top), (right, bottom) = points.min(axis=0), points.max(axis=0)
    x = rng.uniform(0.05, 0.95) * width - (left + right) / 2
    y = rng.uniform(-0.04 * height, max(1.04 * height - (bottom - top), 0.0)) - top
    outlines = outlines_of_body(body, rng.uniform(0.95, 1.35))
    return _Layer(stature, np.array([x, y]), outlines, _random_colours(rng), body.points)


def _random_thing(rng: np.random.Generator, size_hw: Size) -> _Layer:
    """A box, a post or a round thing, at any depth."""
    height, width = size_hw
    half = rng.uniform(0.03, 0.16, 2) * _room(size_hw)
    centre = rng.uniform(0.1, 0.9, 2) * (width, height)
    angles = np.arange(0.25, 8, 1) * np.pi / 4 if rng.random() < 0.5 else np.arange(0.5, 4) * np.pi / 2
    rim = np.stack([np.cos(angles), np.sin(angles)], axis=1) * half
    colour, stature = _muted(rng), rng.uniform(0.3, 1.0) * _room(size_hw)
    outline = Outline(0.0, rim / stature, 0.85 * rim / stature, "thing", frozenset())
    return _Layer(stature, centre, [outline], {"thing": colour}, {})


def _random_walker(rng: np.random.Generator, index: int) -> _Walker:
    pace = rng.uniform(0.5, 0.75) * (-1) ** index  # in turn one way round and the other, so that they cross
    phase = 2.4 * index + rng.uniform(-0.3, 0.3)  # the golden angle apart
    return _Walker(phase, pace, rng.uniform(0.56, 0.68), rng.uniform(0.95, 1.3), _random_colours(rng))


def _walking_person(walker: _Walker, seconds: float, size_hw: Size) -> _Layer:
    height, width = size_hw
    angle = walker.phase + walker.pace * seconds
    sideways, depth = np.cos(angle), np.sin(angle)
    facing = np.arctan2(-walker.pace * depth, 0.8 * walker.pace * sideways)
    stature = walker.stature * _room(size_hw)
    way = 0.36 * width * (walker.phase + abs(walker.pace) * seconds)
    step = 2 * np.pi * way / (0.8 * stature)  # two steps take a walker on by four fifths of the stature
    body = body_from_stance(walking_stance(step, float(facing)))
    stature *= 1 + 0.16 * depth
    pelvis = np.array([(0.5 + 0.36 * sideways) * width, (0.85 + 0.08 * depth) * height - 0.53 * stature])
    return _Layer(stature, pelvis, outlines_of_body(body, walker.girth), walker.colours, body.points)


def _room(size_hw: Size) -> float:
    """Pixels that a tall person may take in the picture."""
    height, width = size_hw
    return min(height, 1.6 * width)


def _random_colours(rng: np.random.Generator) -> dict[str, Float64]:
    """BGR by what a part wears; sleeves or shorts may leave skin free."""
    skin = np.array(_SKINS[rng.integers(len(_SKINS))], float) * rng.uniform(0.9, 1.1)
    shirt, trousers = _muted(rng), 0.6 * _muted(rng)
    worn = {
        "sleeve": shirt, "forearm": shirt if rng.random() < 0.4 else skin, "skin": skin,
        "thigh": trousers, "shin": trousers if rng.random() < 0.7 else skin, "shoe": 0.5 * _muted(rng),
    }  # fmt: skip
    colours = {f"left_{name}": 1.12 * colour for name, colour in worn.items()}
    colours |= {f"right_{name}": 0.86 * colour for name, colour in worn.items()}
    hair = np.array(_HAIRS[rng.integers(len(_HAIRS))], float)
    colours |= {"skin": skin, "hair": hair, "eye": np.full(3, 25.0), "nose": 0.9 * skin}
    return colours | {"shirt": shirt, "hips": trousers, "mark": 255 - shirt}


def _clutter(rng: np.random.Generator, size_hw: Size) -> Image:
    """Smooth light, rectangles, lines and grain."""
    height, width = size_hw
    light = 50 + 0.6 * np.reshape([_muted(rng) for _ in range(20)], (4, 5, 3))
    image = cv2.resize(light.astype(np.uint8), (width, height), interpolation=cv2.INTER_CUBIC)
    for _ in range(rng.integers(4, 14)):
        corner, extent = rng.uniform((-0.1, 0.03), (1.0, 0.4), (2, 2)).T * (width, height)
        cv2.rectangle(image, [*map(int, corner), *map(int, extent)], _muted(rng).tolist(), -1)
    for _ in range(rng.integers(2, 10)):
        start, end = (rng.uniform(-0.1, 1.1, (2, 2)) * (width, height)).astype(int).tolist()
        thick = 1 + int(rng.uniform(0, 0.02) * height)
        cv2.line(image, start, end, _muted(rng).tolist(), thick, cv2.LINE_AA)
    bits = rng.integers(0, 2**64, image.size // 8 + 1, np.uint64)  # 8 pixels from each number: 6 times as fast
    grain = bits.view(np.uint8)[: image.size].reshape(image.shape) & _GRAIN
    return np.asarray(cv2.add(image, grain), np.uint8)


def _muted(rng: np.random.Generator) -> Float64:
    """A BGR colour as cloth and walls have it: seldom a glaring one."""
    colour: Float64 = np.clip(rng.uniform(30, 225) + rng.normal(0, 30, 3), 10, 245)
    return colour
