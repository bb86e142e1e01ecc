"""The embedded pose network with faults planted, its INT8 forms, and crops of drawn people: what these tests share."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray

from export.crop_set import CropSet
from export.gate.gate import Gate
from export.int8_cpu import int8_for_cpu, sliced, tensors_to_quantise
from export.ranges import Observed, observe
from export.surgery import Surgery
from rsn_edge.artefact.description import pose_spec
from rsn_edge.backend.function import FunctionBackend
from rsn_edge.backend.onnxruntime import session_of_bytes
from rsn_edge.backend.protocol import Tensors, TensorSpec
from rsn_edge.embedded import FOLDER, POSE
from rsn_edge.figures import draw_scene
from rsn_edge.keypoints.crop import affines_from_boxes, warp_crop

SPEC = pose_spec(FOLDER / f"{POSE}.onnx")
HEAD = "stage0.upsample.up4"
LIMIT, THRESHOLD = 0.05, 0.4
_FILLED = 0.3  # of its box, roughly, by a person

Weights = dict[str, NDArray[np.float32]]


@cache
def figures(count: int = 4, seed: int = 3) -> CropSet:
    """Crops of one drawn person each."""
    rng, areas = np.random.default_rng(seed), []
    pixels = np.empty((count, *SPEC.input_hw, 3), np.uint8)
    for crop in pixels:
        scene = draw_scene(rng, persons=1, size_hw=(240, 240))
        to_frame = affines_from_boxes(scene.boxes_xyxy, SPEC.input_hw, SPEC.padding)[0]
        warp_crop(scene.image_bgr, to_frame, out=crop)
        width, height = scene.boxes_xyxy[0, 2:] - scene.boxes_xyxy[0, :2]
        areas.append(_FILLED * width * height / np.linalg.det(to_frame[:, :2]))
    return CropSet(pixels, tuple(map(str, range(count))), np.array(areas, np.float32), "figures")


def painted(crops: CropSet, paint: Callable[[NDArray[np.uint8]], NDArray[Any]]) -> CropSet:
    """The same crops in other colours."""
    return replace(crops, pixels_nhwc=np.ascontiguousarray(paint(crops.pixels_nhwc)).astype(np.uint8))


def network(change: Callable[[Weights], None] = lambda _: None) -> onnx.ModelProto:
    """The embedded network after a change of its weights."""
    graph = Surgery(onnx.load(FOLDER / f"{POSE}.onnx"))
    graph.weights = {name: values.copy() for name, values in graph.weights.items()}
    change(graph.weights)
    return graph.model({})


def backend(model: onnx.ModelProto, stored: type[np.floating] = np.float32) -> FunctionBackend:
    """A model in memory, whose outputs are rounded to `stored`."""
    session = session_of_bytes(model.SerializeToString())

    def infer(feed: Tensors) -> Tensors:
        with np.errstate(over="ignore"):
            return {"heatmaps": session.run(None, dict(feed))[0].astype(stored)}

    takes = TensorSpec("crops", (-1, 3, *SPEC.input_hw), "float32")
    gives = TensorSpec("heatmaps", (-1, SPEC.joints, *SPEC.heatmap_hw), "float32")
    return FunctionBackend((takes,), (gives,), infer)


def gate(model: onnx.ModelProto, crops: CropSet | None = None) -> Gate:
    """Candidates beside `model`, without labels."""
    return Gate(backend(model), SPEC, [crops or figures()], LIMIT, THRESHOLD)


def seen(model: onnx.ModelProto, crops: CropSet) -> Observed:
    """The tensors that the processor's form quantises, on these crops."""
    return observe(model, tensors_to_quantise(Surgery(_sliced(model))), lambda: crops.feeds(SPEC))


def ranges(observed: Observed) -> dict[str, tuple[float, float]]:
    """All that was seen of each tensor."""
    ends = zip(observed.low.tolist(), observed.high.tolist(), strict=True)
    return dict(zip(observed.tensors, ends, strict=True))


def int8(model: onnx.ModelProto, observed: Observed) -> Callable[[Sequence[str]], FunctionBackend]:
    """Makes the processor's form, blocks of these names kept in float."""
    base, held = _sliced(model), ranges(observed)

    def build(keep_float: Sequence[str]) -> FunctionBackend:
        graph = Surgery(base)
        int8_for_cpu(graph, held, keep_float)
        return backend(graph.model({}))

    return build


def _sliced(model: onnx.ModelProto) -> onnx.ModelProto:
    graph = Surgery(model)
    sliced(graph)
    return graph.model({})
