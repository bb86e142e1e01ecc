"""The pictures of a report, as files in memory: plots by matplotlib, and persons beside themselves."""

import io
from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from rsn_edge.drawing.overlay import LEFT, RIGHT, Colour, Image
from rsn_edge.drawing.sheet import contact_sheet
from rsn_edge.keypoints.crop import affines_from_boxes, apply_affines, to_input, warp_crop
from rsn_edge.source.decode import read_picture
from rsn_edge.spec import ModelSpec, Spec

from .crop_set import CropSet
from .gate.asking import Material
from .gate.sensitivity import Step
from .gate.verdict import NAMES, Kind, Verdict, Worst

_INCHES, _DOTS_PER_INCH = 7.5, 100
_HEIGHT = 320  # pixels of a person on the page
_MOST_BARS = 24
_FARTHEST = 9999  # pixels: OpenCV draws to no place that a network may claim


def points_of(kind: Kind) -> int:
    """What scores are multiplied by for people: average precision is told in points."""
    return 100 if kind in ("ap", "ap50") else 1


def drop_plot(judged: Sequence[tuple[str, Verdict]]) -> bytes:
    """The drop of every form on every set, and their mean, with intervals and limit; PNG."""
    rows = [(f"{row.name}, {form}", row.drop, row.interval95, "o") for form, v in judged for row in v.rows]
    rows += [(f"mean, {form}", v.drop, v.interval95, "D") for form, v in judged]
    kind, limit = judged[0][1].kind, judged[0][1].limit
    figure, axes = _figure(1.2 + 0.32 * len(rows))
    for at, (_, drop, interval, marker) in enumerate(rows):
        axes.hlines(at, *(points_of(kind) * np.array(interval)), color="#1f4e79", linewidth=2)
        axes.plot(points_of(kind) * drop, at, marker, color="#1f4e79")
    axes.axvline(0, color="#777777", linewidth=1)
    axes.axvline(points_of(kind) * limit, color="#111111", linestyle="--", label="limit of the mean")
    axes.set_yticks(range(len(rows)), [name if len(name) < 48 else f"...{name[-45:]}" for name, *_ in rows])
    axes.invert_yaxis()
    axes.set_xlabel(f"drop of {NAMES[kind]}{' in points' if points_of(kind) > 1 else ''} with its 95 % interval")
    axes.legend(loc="best")
    return _png(figure)


def block_plot(losses: Sequence[tuple[str, float]]) -> bytes:
    """What each of the worst blocks loses when quantised alone; PNG. Infinite losses are as long as the longest."""
    names, values = zip(*losses[:_MOST_BARS], strict=True)
    finite = [value for value in values if np.isfinite(value)]
    figure, axes = _figure(1.0 + 0.25 * len(names))
    bars = axes.barh(names, np.nan_to_num(values, posinf=max(finite, default=1.0)), color="#1f4e79")
    axes.bar_label(bars, [f"{value:.4f}" if np.isfinite(value) else "no numbers" for value in values], padding=3)
    axes.margins(x=0.15)
    axes.invert_yaxis()
    axes.set_xlabel("loss with this block alone in integers")
    return _png(figure)


def kept_plot(steps: Sequence[Step], verdict: Verdict) -> bytes:
    """Drop over share of integers, a mark for every number of blocks kept in float; PNG."""
    scale = points_of(verdict.kind)
    figure, axes = _figure(3.2)
    shares, drops = [100 * step.integer_share for step in steps], [scale * step.drop for step in steps]
    axes.vlines(shares, *(scale * np.array([step.interval95 for step in steps]).T), color="#9db8d2")
    axes.plot(shares, drops, "o-", color="#1f4e79")
    for share, drop, step in zip(shares, drops, steps, strict=True):
        axes.annotate(str(len(step.kept)), (share, drop), (4, 4), textcoords="offset points")
    axes.axhline(scale * verdict.limit, color="#111111", linestyle="--", label="limit")
    axes.set(xlabel="multiplications in integers, per cent", ylabel=f"drop of {NAMES[verdict.kind]}")
    axes.legend(loc="best")
    return _png(figure)


def worst_picture(worst: Worst, material: Material, spec: Spec, form: str) -> bytes:
    """One of the worst twice, JPEG: as the float network reads it on the left, as `form` does on the right.

    InputError where the picture cannot be read any more.
    """
    image, box, padding = _seen(worst, material, spec)
    height, width = spec.input_hw if isinstance(spec, ModelSpec) else image.shape[:2]
    view = np.empty((_HEIGHT, round(_HEIGHT * width / height), 3), np.uint8)
    to_image = affines_from_boxes(box[None], view.shape[:2], padding)
    warp_crop(image, to_image[0], view)
    edges = spec.skeleton.edges if isinstance(spec, ModelSpec) else ()
    sure = np.isfinite(worst.reference).all(axis=-1, keepdims=True) if edges else True
    sides = (worst.reference, RIGHT), (np.where(sure, worst.candidate, np.nan) if edges else worst.candidate, LEFT)
    drawn = [_drawn(view, _placed(points, to_image), edges, colour) for points, colour in sides]
    sheet = contact_sheet(drawn, ["float", form], 2, view.shape[:2])
    return cv2.imencode(".jpg", sheet, [cv2.IMWRITE_JPEG_QUALITY, 85])[1].tobytes()


def _figure(inches: float) -> tuple[Any, Any]:
    from matplotlib.figure import Figure

    figure = Figure((_INCHES, inches), layout="constrained")
    axes = figure.subplots()
    axes.grid(alpha=0.3)
    axes.set_axisbelow(True)
    return figure, axes


def _png(figure: Any) -> bytes:
    content = io.BytesIO()
    figure.savefig(content, dpi=_DOTS_PER_INCH, format="png")
    return content.getvalue()


def _seen(worst: Worst, material: Material, spec: Spec) -> tuple[Image, NDArray[Any], tuple[float, float]]:
    """The picture or crop, the box in it that is to be shown, and how much wider than that."""
    if isinstance(material, CropSet):
        image = material.pixels_nhwc[worst.row]
    else:
        image = read_picture(material.pictures / worst.picture)
        if isinstance(spec, ModelSpec):
            return image, worst.box_xyxy, spec.padding
    return image, np.array([0, 0, *image.shape[1::-1]]), (1.0, 1.0)


def _placed(points: NDArray[Any], to_image: NDArray[np.float64]) -> NDArray[Any]:
    """Keypoints (k, 2), or the corners of boxes (m, 4) as (m, 2, 2), in the view."""
    placed = apply_affines(to_input(to_image), points.reshape(1, -1, 2).astype(np.float64)).clip(-_FARTHEST, _FARTHEST)
    return placed.reshape(-1, 2, 2) if points.shape[-1] == 4 else placed[0]


def _drawn(view: Image, points: NDArray[Any], edges: Sequence[tuple[int, int]], colour: Colour) -> Image:
    """A copy with a skeleton, or with boxes where there are no edges."""
    image = view.copy()
    if not edges:
        for corner, other in points.round().astype(int).tolist():
            cv2.rectangle(image, corner, other, colour, 2)
        return image
    there = np.isfinite(points).all(axis=1)
    places = np.nan_to_num(points).round().astype(int)
    limbs = [places[list(edge)] for edge in edges if there[list(edge)].all()]
    cv2.polylines(image, limbs, False, colour, 2, cv2.LINE_AA)
    for place in places[there].tolist():
        cv2.circle(image, place, 3, colour, -1, cv2.LINE_AA)
    return image
