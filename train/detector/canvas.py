"""Canvases to train on: a picture, several side by side, or one without persons, zoomed, mirrored, in other light.

Everything depends on the seed and on a canvas's place in the stream alone. Canvases are (h, w, 3) uint8 BGR.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, floor

import cv2
import numpy as np
from numpy.typing import NDArray

from rsn_edge.errors import InputError
from rsn_edge.spec import DETECTOR_STRIDE

from ..chance import generator
from ..data.paint import relit
from .boxes import BoxedPictures, KeptPictures

Float64 = NDArray[np.float64]
Float32 = NDArray[np.float32]
Mask = NDArray[np.bool_]
Image = NDArray[np.uint8]
Rectangle = tuple[int, int, int, int]
_Tile = tuple[Rectangle, bool, tuple[float, float]]

_NOBODY_CANVAS, _NOBODY_TILE = 0.2, 0.1  # chances of a picture without persons
_BEHIND = 0.5  # chance that a single picture lies on one without persons instead of grey
_MOSAIC, _NINE = 0.4, 0.1  # chances of two or four tiles, of nine
_MOSAICS = (1, 2), (2, 1), (2, 2), (2, 2)  # rows, columns
_LARGE, _SMALL, _SMALL_CHANCE = (0.85, 1.9), (0.5, 0.85), 0.2  # scales of a single picture; 1 just fits
_COVER = 0.9, 1.9  # scales in a tile; 1 just covers it
_ASPECT = 0.12
_LEAST_SEEN, _LEAST_SIDE = 0.3, 7.0  # share and longer side in pixels; less of a person teaches nothing
_MOST_SHRUNK = 1.7  # interpolation alone would skip pixels
_COLOUR, _GREY, _BLUR = 0.8, 0.06, 0.05  # chances
_CUT = 0.12  # of the canvas: how far a cut may lie from where equal tiles would have it


@dataclass(frozen=True, slots=True, eq=False)
class Canvas:
    """What a network is shown and told, in pixels of the canvas.

    Args:
        pixels: (h, w, 3).
        boxes_xyxy: (n, 4) persons.
        trust: (n,) what the place of each box counts.
        ignored_xyxy: (i, 4) regions that are neither person nor background.
        incomplete_xyxy: (j, 4) tiles in which persons may be without a box.
    """

    pixels: Image
    boxes_xyxy: Float64
    trust: Float64
    ignored_xyxy: Float64
    incomplete_xyxy: Float64


@dataclass(frozen=True, slots=True)
class Placement:
    """`source` of the picture fills `target` of the canvas, perhaps mirrored; whole pixels, x1, y1, x2, y2."""

    source: Rectangle
    target: Rectangle
    mirrored: bool

    def on_canvas(self, boxes_xyxy: Float64) -> tuple[Float64, Float64]:
        """Boxes (n, 4) of the picture on the canvas, cut at the target's edge; the share (n,) of each that is seen."""
        source, target = np.array(self.source, float), np.array(self.target, float)
        scale = (target[2:] - target[:2]) / (source[2:] - source[:2])
        boxes = (boxes_xyxy.reshape(-1, 2, 2) - source[:2]) * scale + target[:2]
        if self.mirrored:
            boxes[:, :, 0] = target[0] + target[2] - boxes[:, ::-1, 0]
        seen = np.clip(boxes, target[:2], target[2:])
        whole, left = (np.prod(corners[:, 1] - corners[:, 0], axis=1) for corners in (boxes, seen))
        return seen.reshape(-1, 4), left / whole


class CanvasMaker:
    """Makes canvases of pictures that could be kept.

    InputError where nobody is in them. `pad_value` is the grey level around pictures.
    """

    def __init__(self, boxed: BoxedPictures, kept: KeptPictures, pad_value: int, seed: int) -> None:
        readable, peopled = kept.sizes_hw[:, 0] > 0, boxed.peopled
        self._kept, self._pad_value, self._seed = kept, pad_value, seed
        self._complete = boxed.complete
        # Pictures are drawn in proportion to their weights: each ends where its share of the sum does.
        self._peopled = np.cumsum(boxed.weights * (readable & peopled))
        self._nobody = np.cumsum(boxed.weights * (readable & boxed.complete & ~peopled))
        if not self._peopled[-1]:
            raise InputError("there is no picture with a person to train on", "Name a set with boxes, too (--data).")
        order = np.argsort(boxed.owners, kind="stable")
        self._ends = np.cumsum(np.bincount(boxed.owners, minlength=len(boxed)))
        scales = np.tile(kept.scales_xy[boxed.owners], 2)
        self._boxes = (boxed.boxes_xyxy * scales)[order]
        self._ignored, self._trust = boxed.ignored[order], boxed.trust[order]

    def canvas(self, position: int, canvas_hw: tuple[int, int]) -> Canvas:
        """The canvas at this place of the stream, in this size."""
        rng = generator(self._seed, position)
        pixels = np.full((*canvas_hw, 3), self._pad_value, np.uint8)
        told = []
        for tile, empty, limits in _layout(canvas_hw, bool(self._nobody[-1]), rng):
            ends = self._nobody if empty else self._peopled
            row = int(np.searchsorted(ends, rng.random() * ends[-1], side="right"))
            picture = self._kept[row]
            placed = place(picture.shape[:2], tile, _scale(picture.shape[:2], tile, limits, rng), rng)
            _paint(pixels, picture, placed, rng)
            told.append(self._told(row, placed))
        return Canvas(pixels, *(np.concatenate(parts) for parts in zip(*told, strict=True)))

    def _told(self, row: int, placed: Placement) -> tuple[Float64, Float64, Float64, Float64]:
        """Boxes, their trust, regions to ignore and incomplete tiles that come with a picture."""
        end = int(self._ends[row])
        own = slice(int(self._ends[row - 1]) if row else 0, end)
        boxes, seen = placed.on_canvas(self._boxes[own])
        longer = (boxes[:, 2:] - boxes[:, :2]).max(axis=1, initial=0.0)
        person = ~self._ignored[own] & (seen >= _LEAST_SEEN) & (longer >= _LEAST_SIDE)
        tile = np.array(placed.target, float)[None]
        return boxes[person], self._trust[own][person], boxes[~person & (seen > 0)], tile[: not self._complete[row]]


def place(
    size_hw: tuple[int, int], tile: Rectangle, scale_xy: tuple[float, float], rng: np.random.Generator
) -> Placement:
    """A picture of this size, scaled, at random in the tile: as much of it as fits, or all of it with room around."""
    x = _along(size_hw[1], tile[0], tile[2], scale_xy[0], rng)
    y = _along(size_hw[0], tile[1], tile[3], scale_xy[1], rng)
    return Placement((x[0], y[0], x[1], y[1]), (x[2], y[2], x[3], y[3]), bool(rng.random() < 0.5))


def grid(canvas_hw: tuple[int, int], rows: int, columns: int, rng: np.random.Generator) -> list[Rectangle]:
    """Tiles that fill the canvas, between cuts that are somewhat out of place."""
    ys, xs = _cuts(canvas_hw[0], rows, rng), _cuts(canvas_hw[1], columns, rng)
    return [(xs[j], ys[i], xs[j + 1], ys[i + 1]) for i in range(rows) for j in range(columns)]


@dataclass(frozen=True, slots=True, eq=False)
class Canvases:
    """b canvases.

    Args:
        pixels_nhwc: (b, H, W, 3) uint8 BGR.
        boxes_xyxy: (n, 4) pixels of the canvas.
        owners: (n,) whose of the b.
        trust: (n,) what the place of each box counts.
        ignored: (b, h, w) cells that touch a region which is neither person nor background.
        incomplete: (b, h, w) cells where there may be persons without a box.
    """

    pixels_nhwc: NDArray[np.uint8]
    boxes_xyxy: Float32
    owners: NDArray[np.int64]
    trust: Float32
    ignored: Mask
    incomplete: Mask

    @property
    def input_hw(self) -> tuple[int, int]:
        """Height and width of the canvases."""
        return self.pixels_nhwc.shape[1], self.pixels_nhwc.shape[2]


def batch_of(canvases: Sequence[Canvas]) -> Canvases:
    """The canvases, all of one size, as a batch."""
    counts = [len(canvas.boxes_xyxy) for canvas in canvases]
    return Canvases(
        pixels_nhwc=np.stack([canvas.pixels for canvas in canvases]),
        boxes_xyxy=np.concatenate([canvas.boxes_xyxy for canvas in canvases]).astype(np.float32),
        owners=np.repeat(np.arange(len(canvases)), counts),
        trust=np.concatenate([canvas.trust for canvas in canvases]).astype(np.float32),
        ignored=np.stack([touched_cells(canvas.ignored_xyxy, canvas.pixels.shape[:2]) for canvas in canvases]),
        incomplete=np.stack([touched_cells(canvas.incomplete_xyxy, canvas.pixels.shape[:2]) for canvas in canvases]),
    )


def touched_cells(regions_xyxy: NDArray[np.float64], canvas_hw: tuple[int, ...]) -> Mask:
    """Cells (h, w) of which at least a part lies in one of the regions (r, 4)."""
    touched = np.zeros([side // DETECTOR_STRIDE for side in canvas_hw[:2]], np.bool_)
    for left, top, right, bottom in (regions_xyxy / DETECTOR_STRIDE).tolist():
        touched[int(top) : ceil(bottom), int(left) : ceil(right)] = True
    return touched


def _layout(canvas_hw: tuple[int, int], has_nobody: bool, rng: np.random.Generator) -> list[_Tile]:
    """Tiles in the order in which they are painted: where, whether without persons, and how large the picture is."""
    whole = (0, 0, canvas_hw[1], canvas_hw[0])
    if has_nobody and rng.random() < _NOBODY_CANVAS:
        return [(whole, True, _LARGE)]
    drawn = rng.random()
    if drawn < _NINE + _MOSAIC:
        rows, columns = (3, 3) if drawn < _NINE else _MOSAICS[rng.integers(len(_MOSAICS))]
        tiles = grid(canvas_hw, rows, columns, rng)
        return [(tile, has_nobody and bool(rng.random() < _NOBODY_TILE), _COVER) for tile in tiles]
    behind = has_nobody and rng.random() < _BEHIND
    single = whole, False, _SMALL if rng.random() < _SMALL_CHANCE else _LARGE
    return [(whole, True, _COVER), single] if behind else [single]


def _scale(
    size_hw: tuple[int, int], tile: Rectangle, limits: tuple[float, float], rng: np.random.Generator
) -> tuple[float, float]:
    """Canvas pixels a pixel of the picture, along x and y."""
    across, down = (tile[2] - tile[0]) / size_hw[1], (tile[3] - tile[1]) / size_hw[0]
    scale = (max if limits == _COVER else min)(across, down) * np.exp(rng.uniform(*np.log(limits)))
    aspect = np.exp(rng.uniform(-_ASPECT, _ASPECT) / 2)
    return float(scale * aspect), float(scale / aspect)


def _paint(canvas: Image, picture: Image, placed: Placement, rng: np.random.Generator) -> None:
    left, top, right, bottom = placed.source
    x1, y1, x2, y2 = placed.target
    scaled = relit(_resized(picture[top:bottom, left:right], (x2 - x1, y2 - y1)), _COLOUR, _GREY, rng)
    if rng.random() < _BLUR:
        scaled = np.asarray(cv2.GaussianBlur(scaled, (0, 0), rng.uniform(0.5, 1.5)), np.uint8)
    canvas[y1:y2, x1:x2] = scaled[:, ::-1] if placed.mirrored else scaled


def _resized(part: Image, size_wh: tuple[int, int]) -> Image:
    """The part in this size: halved as often as needed, then interpolated, which is five times as fast as averaging."""
    while min(part.shape[0] / size_wh[1], part.shape[1] / size_wh[0]) > _MOST_SHRUNK:
        width, height = part.shape[1] // 2, part.shape[0] // 2
        part = cv2.resize(part[: 2 * height, : 2 * width], (width, height), interpolation=cv2.INTER_AREA).astype(
            np.uint8, copy=False
        )
    return np.asarray(cv2.resize(part, size_wh, interpolation=cv2.INTER_LINEAR), np.uint8)


def _along(size: int, low: int, high: int, scale: float, rng: np.random.Generator) -> Rectangle:
    """One axis: first and last pixel edge of the picture, and where these lie between `low` and `high`."""
    room = (high - low) - size * scale
    start = low + rng.uniform(min(room, 0.0), max(room, 0.0))
    first = min(floor(max(0.0, (low - start) / scale)), size - 1)
    last = max(ceil(min(size, (high - start) / scale)), first + 1)
    begin = min(max(round(start + first * scale), low), high - 1)
    end = max(min(round(start + last * scale), high), begin + 1)
    return first, last, begin, end


def _cuts(length: int, parts: int, rng: np.random.Generator) -> list[int]:
    inner = [round(length * (i / parts + rng.uniform(-_CUT, _CUT))) for i in range(1, parts)]
    return [0, *inner, length]
