"""The forms in which other projects export detectors, recognised by the tensors that they take and give.

None of these files says how to feed it: each row of FORMS states what its project's own demonstration does.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from rsn_edge.backend.protocol import Backend, TensorSpec
from rsn_edge.detector.cells import LetterboxRule, Triple
from rsn_edge.errors import ArtefactError
from rsn_edge.people import Float32
from rsn_edge.spec import MEAN_BGR, STD_BGR, Colour

PERSON = 0  # index of the class among COCO's 80, and of the only class of a one-class detector

_SIZE_IF_FREE = 640  # height and width of the canvas where the network takes any
_STRIDES = (8, 16, 32)
_LARGEST_LOG_SIZE = 10.0  # keeps exp finite: no box is e^10 strides wide

Size = tuple[int, int]
Shapes = tuple[tuple[int, ...], ...]
Boxes = tuple[Float32, Float32]  # (n, 4) in canvas pixels, scores (n,)


@dataclass(frozen=True, slots=True)
class Form:
    """One way to export a detector.

    Args:
        name: what users call it.
        gives: its outputs at 640 x 640, for messages.
        fits: whether output shapes (-1: any) and canvas size are of this form.
        boxes: persons of at least a score, from the output arrays and the canvas size (height, width).
        rule, colour, mean, std: how its pictures are prepared; mean and std in the order of its channels, on 0..255.
        nms_iou: overlap from which on two boxes are one person; None where the network has dealt with it.
        mark: a layer's name that must occur in the file, where tensors alone do not tell two forms apart.
    """

    name: str
    gives: str
    fits: Callable[[Shapes, Size], bool]
    boxes: Callable[[Sequence[Float32], Size, float], Boxes]
    rule: LetterboxRule
    colour: Colour
    mean: Triple
    std: Triple
    nms_iou: float | None = None
    mark: bytes = b""


def recognised(backend: Backend, content: bytes, where: str) -> Form:
    """The form of a detector; `content` is its file's. ArtefactError naming `where` if it is none of FORMS."""
    if _takes_a_picture(backend.inputs):
        shapes, size = tuple(output.shape for output in backend.outputs), canvas_size(backend.inputs[0])
        for form in FORMS:
            if form.fits(shapes, size) and form.mark in content:
                return form
    takes, gives = (", ".join(map(str, tensors)) for tensors in (backend.inputs, backend.outputs))
    known = "; ".join(f"{form.name}: {form.gives}" for form in FORMS)
    raise ArtefactError(
        f"{where} takes {takes} and gives {gives}, which is no known detector",
        f"Export it for one picture (1, 3, h, w) in one of these forms: {known}.",
    )


def canvas_size(tensor: TensorSpec) -> Size:
    """Height and width of the pictures that an input (1, 3, h, w) takes; 640 where it takes any."""
    height, width = (_SIZE_IF_FREE if length < 0 else length for length in tensor.shape[2:])
    return height, width


def _takes_a_picture(inputs: Sequence[TensorSpec]) -> bool:
    if len(inputs) != 1 or inputs[0].dtype not in ("float32", "float16"):
        return False
    shape = inputs[0].shape
    return len(shape) == 4 and shape[:2] in ((1, 3), (-1, 3))


def _cells(size: Size) -> int:
    return sum((size[0] // stride) * (size[1] // stride) for stride in _STRIDES)


def _is_table(shapes: Shapes, size: Size, columns: Sequence[int]) -> bool:
    """Whether the only output is one row a cell, (1, cells, columns) or (1, columns, cells)."""
    if len(shapes) != 1 or len(shapes[0]) != 3:
        return False
    _, first, second = shapes[0]
    cells = (_cells(size), -1)
    return (first in columns and second in cells) or (second in columns and first in cells)


def _rows(table: Float32, size: Size) -> Float32:
    """(cells, columns) of a table that may lie on its side."""
    if _cells(size) not in table.shape[1:]:
        raise ArtefactError(
            f"the detector gave {table.shape} for a canvas of {size[0]}x{size[1]}, where {_cells(size)} boxes were due",
            "Give another one with --detector.",
        )
    rows: Float32 = table[0]
    return rows if len(rows) == _cells(size) else rows.T


def _persons(class_scores: Float32, scores: Float32, floor: float) -> NDArray[np.intp]:
    """Rows whose best class is a person and whose score (n,) is at least `floor`."""
    rows = np.flatnonzero(scores >= floor)
    return np.asarray(rows[class_scores[rows].argmax(axis=1) == PERSON], np.intp)


def _corners(centre: Float32, size: Float32) -> Float32:
    return np.concatenate([centre - size / 2, centre + size / 2], axis=1)


def _yolox_boxes(outputs: Sequence[Float32], size: Size, floor: float) -> Boxes:
    """Columns: centre in strides from the cell, log of the size in strides, objectness, class scores."""
    table = _rows(outputs[0], size)
    scores = table[:, 4] * table[:, 5 + PERSON]
    rows = _persons(table[:, 5:], scores, floor)
    corner, stride = _grid(size)
    centre = (table[rows, :2] + corner[rows]) * stride[rows]
    sides = np.exp(np.minimum(table[rows, 2:4], _LARGEST_LOG_SIZE)) * stride[rows]
    return _corners(centre, sides), scores[rows]


def _grid(size: Size) -> tuple[Float32, Float32]:
    """Of every cell, fine to coarse and row by row: its place (n, 2) as x, y in strides, and its stride (n, 1)."""
    shapes = [(size[0] // stride, size[1] // stride) for stride in _STRIDES]
    corners = [np.indices(shape)[::-1].reshape(2, -1).T for shape in shapes]
    strides = np.repeat(_STRIDES, [len(corner) for corner in corners])
    return np.concatenate(corners).astype(np.float32), strides[:, None].astype(np.float32)


# Columns of a table -> classes: COCO's 80, a one-class detector, and a pose network (one class, 17 joints).
_YOLOV8_CLASSES = {4 + 80: 80, 4 + 1: 1, 4 + 1 + 17 * 3: 1}


def _yolov8_boxes(outputs: Sequence[Float32], size: Size, floor: float) -> Boxes:
    """Columns: centre and size in canvas pixels, class scores, joints if any."""
    table = _rows(outputs[0], size)
    classes = table[:, 4 : 4 + _YOLOV8_CLASSES[table.shape[1]]]
    rows = _persons(classes, classes[:, PERSON], floor)
    return _corners(table[rows, :2], table[rows, 2:4]), classes[rows, PERSON]


def _fits_mmdeploy(shapes: Shapes, size: Size) -> bool:
    return sorted(len(shape) for shape in shapes) == [2, 3] and max(shapes, key=len)[2] == 5


def _mmdeploy_boxes(outputs: Sequence[Float32], size: Size, floor: float) -> Boxes:
    """One output has rows of x1, y1, x2, y2 in canvas pixels and score, the other their classes."""
    labels, table = sorted(outputs, key=np.ndim)
    rows = table[0][(table[0][:, 4] >= floor) & (labels[0] == PERSON)]
    return rows[:, :4], rows[:, 4]


_AS_IT_IS: Triple = (1.0, 1.0, 1.0)
_NO_MEAN: Triple = (0.0, 0.0, 0.0)

FORMS = (
    Form(
        "YOLOX", "(1, 8400, 85)", partial(_is_table, columns=(4 + 1 + 80,)), _yolox_boxes,
        LetterboxRule(whole=int), "bgr", _NO_MEAN, _AS_IT_IS, nms_iou=0.65,
    ),
    Form(
        "YOLOv8 or YOLO11", "(1, 84, 8400), one class (1, 5, 8400), pose (1, 56, 8400)",
        partial(_is_table, columns=tuple(_YOLOV8_CLASSES)), _yolov8_boxes,
        LetterboxRule(centred=True), "rgb", _NO_MEAN, (255.0, 255.0, 255.0), nms_iou=0.7,
    ),
    Form(
        "YOLOX by mmdeploy", "(1, n, 5) and (1, n)", _fits_mmdeploy, _mmdeploy_boxes,
        LetterboxRule(), "bgr", _NO_MEAN, _AS_IT_IS, mark=b"multi_level_conv_cls",
    ),
    Form(
        "RTMDet by mmdeploy", "(1, n, 5) and (1, n)", _fits_mmdeploy, _mmdeploy_boxes,
        LetterboxRule(), "bgr", MEAN_BGR, STD_BGR,
    ),
)  # fmt: skip
