"""The pictures of a report, as files in memory: values with their intervals, and persons beside themselves."""

import io
from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from rsn_edge.drawing.overlay import LEFT, RIGHT, Colour, Image, contact_sheet
from rsn_edge.keypoints.crop import affines_from_boxes, apply_affines, to_input, warp_crop
from rsn_edge.source.decode import read_picture
from rsn_edge.spec import ModelSpec, Spec

from .crop_set import CropSet
from .gate.gate import Material
from .gate.verdict import Interval, Worst

_INK = "#1f4e79"
_NAME = 48  # characters of a name beside a plot
_HEIGHT = 320  # pixels of a person on the page
_CORNERS = [0, 1, 2, 1, 2, 3, 0, 3]  # of a box (x, y, x, y), one after another
_AS_IT_IS, _ASPECTS = (1.0, 1.0), (0.5, 2.0)  # padding, and least and most width for that height
_FARTHEST = 9999  # pixels: OpenCV draws to no place that a network may claim

Points = NDArray[Any]


def interval_plot(rows: Sequence[tuple[str, float, Interval]], label: str, limit: float | None = None) -> bytes:
    """PNG of named values on an axis called `label`, each on the line of its interval; ImportError without matplotlib.

    What is not finite stays out.
    """
    from matplotlib.figure import Figure

    figure = Figure((8, 1.2 + 0.27 * len(rows)), layout="constrained")
    axes = figure.subplots()
    for at, (_, value, interval) in enumerate(rows):
        axes.hlines(at, *interval, color=_INK, linewidth=4, alpha=0.5)
        axes.plot(value, at, "o", color=_INK)
    axes.set_yticks(range(len(rows)), [name if len(name) <= _NAME else f"...{name[-_NAME:]}" for name, *_ in rows])
    axes.axvline(0, color="black", linewidth=1)
    if limit is not None:
        axes.axvline(limit, color="black", linestyle="--", label="limit")
        axes.legend(loc="lower right", bbox_to_anchor=(1, 1), frameon=False)
    axes.set(xlabel=label, ylim=(len(rows) - 0.5, -0.5))
    axes.grid(alpha=0.3)
    content = io.BytesIO()
    figure.savefig(content, dpi=100, format="png")
    return content.getvalue()


def worst_picture(worst: Worst, material: Material, spec: Spec, form: str) -> bytes:
    """JPEG of one of the worst, twice: on the left as the float network reads it, on the right as `form` does.

    InputError where the picture cannot be read any more.
    """
    padding = spec.padding if isinstance(spec, ModelSpec) else _AS_IT_IS
    if isinstance(material, CropSet):
        image, padding = material.pixels_nhwc[worst.row], _AS_IT_IS
    else:
        image = read_picture(material.pictures / worst.picture)
    view, to_view = _view(image, worst.box_xyxy, padding)
    ours, theirs = worst.reference, worst.candidate
    if isinstance(spec, ModelSpec):
        theirs, edges = np.where(np.isfinite(ours), theirs, np.nan), spec.skeleton.edges
    else:
        ours, theirs = (boxes[:, _CORNERS].reshape(-1, 2) for boxes in (ours, theirs))
        edges = tuple((at, at - at % 4 + (at + 1) % 4) for at in range(max(len(ours), len(theirs))))
    placed = (apply_affines(to_view, points[None])[0] for points in (ours, theirs))
    drawn = [_drawn(view, points, edges, colour) for points, colour in zip(placed, (RIGHT, LEFT), strict=True)]
    sheet = contact_sheet(drawn, ["float", form], 2, view.shape[:2])
    return cv2.imencode(".jpg", sheet, [cv2.IMWRITE_JPEG_QUALITY, 85])[1].tobytes()


def _view(image: Image, box_xyxy: Points, padding: tuple[float, float]) -> tuple[Image, NDArray[np.float64]]:
    """A person's box enlarged, without one the whole picture, and the affine (1, 2, 3) from the picture to there."""
    box = box_xyxy if np.isfinite(box_xyxy).all() else np.array([0, 0, *image.shape[1::-1]])
    width, height = (box[2:] - box[:2]) * padding
    view = np.empty((_HEIGHT, round(_HEIGHT * np.clip(width / height, *_ASPECTS)), 3), np.uint8)
    to_image = affines_from_boxes(box[None], view.shape[:2], padding)
    warp_crop(image, to_image[0], view)
    return view, to_input(to_image)


def _drawn(view: Image, points: Points, edges: Sequence[Sequence[int]], colour: Colour) -> Image:
    """A copy with those of the points (k, 2) that are there, and the lines between them."""
    image: Image = view.copy()
    there = np.isfinite(points[:, 0] + points[:, 1])
    places = np.nan_to_num(points).clip(-_FARTHEST, _FARTHEST).round().astype(int)
    lines = [places[list(edge)] for edge in edges if max(edge) < len(there) and there[list(edge)].all()]
    cv2.polylines(image, lines, False, colour, 2, cv2.LINE_AA)
    for place in places[there].tolist():
        cv2.circle(image, place, 4, colour, -1, cv2.LINE_AA)
    return image
