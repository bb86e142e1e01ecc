"""Stand-ins for the detectors of other projects: they find a red rectangle in what they are fed, and say so in their
project's form. What red looks like after each project's preparation is written here by hand.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rsn_edge.backend.function import FunctionBackend
from rsn_edge.backend.protocol import Tensors, TensorSpec
from rsn_edge.frame import Frame

Array = NDArray[np.float32]
Box = tuple[float, float, float, float]
Writer = Callable[[Box, tuple[int, int]], Tensors]

SCORE = 0.8
DOG = 16


class ClosingBackend(FunctionBackend):
    """Remembers that it was closed."""

    closed = False

    def close(self) -> None:
        """Nothing to free."""
        self.closed = True


@dataclass(frozen=True)
class Project:
    """One project's form: the tensor values of a red pixel, outputs by shape, and how it writes a box down."""

    name: str
    red: tuple[float, float, float]
    shapes: Callable[[int], dict[str, tuple[int, ...]]]
    write: Writer
    mark: bytes = b""

    def backend(
        self, size: tuple[int, int] = (640, 640), dtype: str = "float32", free: bool = False
    ) -> FunctionBackend:
        """The network for canvases of `size`; `free`: it takes any."""
        shown = (-1, 3, -1, -1) if free else (1, 3, *size)
        outputs = tuple(TensorSpec(name, shape, dtype) for name, shape in self.shapes(cells(size)).items())
        return FunctionBackend((TensorSpec("images", shown, dtype),), outputs, self._compute)

    def _compute(self, feed: Tensors) -> Tensors:
        pixels = feed["images"]
        given = self.write(self._extent(pixels[0].astype(np.float32)), pixels.shape[2:])
        return {name: array.astype(pixels.dtype) for name, array in given.items()}

    def _extent(self, chw: Array) -> Box:
        red = np.array(self.red, np.float32)[:, None, None]
        contrast = np.abs(chw - red).max(axis=0)  # 0 inside, as far as black outside
        inside = contrast < np.ptp(red) / 2
        ys, xs = np.flatnonzero(inside.any(axis=1)), np.flatnonzero(inside.any(axis=0))
        np.testing.assert_allclose(chw[:, ys.mean().astype(int), xs.mean().astype(int)], self.red, rtol=2e-3, atol=1e-3)
        return xs[0], ys[0], xs[-1] + 1, ys[-1] + 1


def picture(height: int, width: int, box: tuple[int, int, int, int]) -> Frame:
    """A black picture with a red box."""
    image = np.zeros((height, width, 3), np.uint8)
    image[box[1] : box[3], box[0] : box[2]] = (0, 0, 255)
    return Frame(image)


def cells(size: Sequence[int]) -> int:
    """Cells of the three levels."""
    return sum((size[0] // stride) * (size[1] // stride) for stride in (8, 16, 32))


def rows_of_yolox(box: Box, size: Sequence[int], stride: int = 16) -> Array:
    """The person in the cell of `stride` that holds its middle, a fainter double beside it, and a dog elsewhere."""
    table = np.full((cells(size), 85), -3.0, np.float32)
    table[:, 4:] = 0
    x, y = (box[0] + box[2]) / 2 / stride, (box[1] + box[3]) / 2 / stride
    sides = np.log([(box[2] - box[0]) / stride, (box[3] - box[1]) / stride])
    level = sum((size[0] // s) * (size[1] // s) for s in (8, 16, 32) if s < stride)
    for column, objectness in ((int(x), 1.0), (int(x) + 1, 0.9)):
        row = level + int(y) * (size[1] // stride) + column
        table[row, :4] = (x - column, y - int(y), *sides)
        table[row, 4:6] = objectness, SCORE
    table[0, :6] = (0, 0, 2, 2, 1, 0.5)
    table[0, 5 + DOG] = 0.9  # a dog that looks a little like a person
    table[1, :6] = (0, 0, 2, 2, 0.01, 1)  # nothing, which would be a person if it were something
    return table


def rows_of_yolov8(box: Box, size: Sequence[int], columns: int) -> Array:
    """The person, a fainter double, and, with many classes, a dog."""
    table = np.zeros((cells(size), columns), np.float32)
    middle = ((box[0] + box[2]) / 2, (box[1] + box[3]) / 2, box[2] - box[0], box[3] - box[1])
    table[7, :5] = (*middle, 0.6)
    table[3, :5] = (*middle, SCORE)
    if columns == 84:
        table[5, :5] = (100, 100, 50, 50, 0.5)
        table[5, 4 + DOG] = 0.9
    else:
        table[:, 5:] = 500.0  # joints, which are no scores
    return table


def mmdeploy(box: Box, size: Sequence[int]) -> Tensors:
    """The dog and the person."""
    return {
        "dets": np.array([[[10, 10, 60, 60, 0.9], [*box, SCORE]]], np.float32),
        "labels": np.array([[DOG, 0]], np.float32),
    }


_RED_OF_RTMDET = ((0 - 103.53) / 57.375, (0 - 116.28) / 57.12, (255 - 123.675) / 58.395)
_RED_0_1, _RED_BGR = (1.0, 0.0, 0.0), (0.0, 0.0, 255.0)


def _yolov8(columns: int, name: str, sideways: bool = False) -> Project:
    def shapes(n: int) -> dict[str, tuple[int, ...]]:
        return {"output0": (1, n, columns) if sideways else (1, columns, n)}

    def write(box: Box, size: Sequence[int]) -> Tensors:
        table = rows_of_yolov8(box, size, columns)
        return {"output0": (table if sideways else table.T)[None]}

    return Project(name, _RED_0_1, shapes, write)


def _yolox(stride: int, sideways: bool = False) -> Project:
    def write(box: Box, size: Sequence[int]) -> Tensors:
        table = rows_of_yolox(box, size, stride)
        return {"output": (table.T if sideways else table)[None]}

    def shapes(n: int) -> dict[str, tuple[int, ...]]:
        return {"output": (1, 85, n) if sideways else (1, n, 85)}

    return Project(f"YOLOX, stride {stride}{', sideways' * sideways}", _RED_BGR, shapes, write)


PROJECTS = (
    _yolox(8), _yolox(16), _yolox(32), _yolox(16, sideways=True),
    _yolov8(84, "YOLOv8"), _yolov8(84, "YOLOv8 sideways", sideways=True),
    _yolov8(5, "YOLOv8 of one class"), _yolov8(56, "YOLOv8-pose"),
    Project("RTMDet", _RED_OF_RTMDET, lambda n: {"dets": (1, -1, 5), "labels": (1, -1)}, mmdeploy),
    Project(
        "YOLOX by mmdeploy", _RED_BGR, lambda n: {"dets": (1, -1, 5), "labels": (1, -1)}, mmdeploy,
        mark=b"..bbox_head.multi_level_conv_cls.0.weight..",
    ),
)  # fmt: skip
