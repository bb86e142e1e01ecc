"""Where a part of a picture comes to lie on a canvas, and how a canvas is cut into tiles. Boxes are x1, y1, x2, y2."""

from dataclasses import dataclass
from math import ceil, floor

import numpy as np
from numpy.typing import NDArray

Float64 = NDArray[np.float64]
Rectangle = tuple[int, int, int, int]

_CUT = 0.12  # of the canvas: how far a cut may lie from where equal tiles would have it


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
