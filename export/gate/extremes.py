"""Pictures that no photograph is like, on which a network must stay finite all the same."""

import cv2
import numpy as np

from rsn_edge.backend.protocol import Backend
from rsn_edge.spec import Spec

from ..crop_set import CropSet
from .asking import watched_backend

_GRAIN = 8  # pixels, of the saturated squares


def non_finite_on_extremes(backend: Backend, spec: Spec) -> dict[str, int]:
    """How many numbers of the outputs are none, by the extreme picture that did it; empty where all is well."""
    (entry,), strange = backend.inputs, list[int]()
    watched, crops = watched_backend(backend, strange), extreme_crops(spec.input_hw)
    for feed in crops.feeds(spec):
        watched.infer({entry.name: feed})
    return {f"a picture that is {name}": count for name, count in zip(crops.names, strange, strict=True) if count}


def extreme_crops(input_hw: tuple[int, int]) -> CropSet:
    """Black, white, pure colours, noise, squares of pure colours, a person of one pixel; always the same."""
    rng, (height, width) = np.random.default_rng(0), input_hw
    levels = np.zeros(3), np.full(3, 255), *(255 * np.eye(3))
    flat = [np.full((height, width, 3), bgr, np.uint8) for bgr in levels]
    noise = rng.integers(0, 256, (height, width, 3), np.uint8)
    squares = np.kron(noise[::_GRAIN, ::_GRAIN] // 128 * 255, np.ones((_GRAIN, _GRAIN, 1), np.uint8))
    pixel = cv2.resize(noise[:3, :3], (width, height))  # and those around it
    names = "black", "white", "blue", "green", "red", "noise", "saturated", "one pixel"
    nobody, unknown = np.zeros(len(names), np.float32), np.full(len(names), -1, np.int64)
    return CropSet(np.stack([*flat, noise, squares, pixel]), names, unknown, nobody, unknown, "extreme pictures")
