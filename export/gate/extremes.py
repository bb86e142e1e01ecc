"""Pictures that no photograph is like, on which a network must stay finite all the same."""

import cv2
import numpy as np

from ..crop_set import CropSet

_GRAIN = 8  # pixels, of the saturated squares


def extreme_crops(input_hw: tuple[int, int]) -> CropSet:
    """Black, white, pure colours, noise, squares of pure colours, a person of one pixel; always the same."""
    rng, (height, width) = np.random.default_rng(0), input_hw
    levels = np.zeros(3), np.full(3, 255), *(255 * np.eye(3))
    flat = [np.full((height, width, 3), bgr, np.uint8) for bgr in levels]
    noise = rng.integers(0, 256, (height, width, 3), np.uint8)
    squares = np.kron(noise[::_GRAIN, ::_GRAIN] // 128 * 255, np.ones((_GRAIN, _GRAIN, 1), np.uint8))
    pixel = cv2.resize(noise[:3, :3], (width, height))  # and those around it
    names = "black", "white", "blue", "green", "red", "noise", "saturated", "one pixel"
    nobody = np.zeros(len(names), np.float32)
    return CropSet(np.stack([*flat, noise, squares, pixel]), names, nobody, "extreme pictures")
