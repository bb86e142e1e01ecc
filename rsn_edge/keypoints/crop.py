"""From a picture and person boxes to network input: where each crop lies (affines) and its pixels (Cropper).

Axes: n persons, k points. A pixel's coordinate is its integer index, and a crop maps the box's left edge to column 0
and its right edge to column `width`, as in the networks' training; there is no other preprocessing.
"""

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray

from rsn_edge.spec import ModelSpec

Float64 = NDArray[np.float64]

_FLAGS = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
_MPII_PIXELS = 200.0  # a person of scale 1 in MPII's annotations is this many pixels high
_MPII_PADDING = 1.25
_MPII_LOWERED = 15.0  # the crop's centre lies this many pixels (times scale) below the annotated one


class Cropper:
    """Cuts persons out of pictures for one network.

    It writes into a buffer of its own, which grows to the largest crowd seen: one Cropper per thread.
    """

    def __init__(self, spec: ModelSpec) -> None:
        height, width = spec.input_hw
        self._colour = spec.colour
        self._levels = _normalised_levels(spec)
        self._warped = np.empty((height, width, 3), np.uint8)
        self._planes_bgr = [np.empty((height, width), np.uint8) for _ in range(3)]
        self._pixels = np.empty((0, 3, height, width), np.float32)

    def crops_at(self, image_bgr: NDArray[np.uint8], to_frame: Float64) -> NDArray[np.float32]:
        """Network input (n, 3, h, w), whose pixels the affines (n, 2, 3) map to the frame's.

        It is valid until the next call on this object.
        """
        count = len(to_frame)
        if count > len(self._pixels):
            self._pixels = np.empty((count, *self._pixels.shape[1:]), np.float32)
        for affine, pixels_chw in zip(to_frame, self._pixels[:count], strict=True):
            warp_crop(image_bgr, affine, out=self._warped)
            self._normalise(pixels_chw)
        return self._pixels[:count]

    def _normalise(self, out_chw: NDArray[np.float32]) -> None:
        cv2.split(self._warped, self._planes_bgr)
        planes = self._planes_bgr if self._colour == "bgr" else self._planes_bgr[::-1]
        for plane, levels, out in zip(planes, self._levels, out_chw, strict=True):
            cv2.LUT(plane, levels, dst=out)


def warp_crop(image_bgr: NDArray[np.uint8], to_frame: Float64, out: NDArray[np.uint8]) -> None:
    """Fills `out` (h, w, 3) with the picture under one affine (2, 3): bilinear, black where the picture ends."""
    height, width = out.shape[:2]
    cv2.warpAffine(image_bgr, to_frame, (width, height), dst=out, flags=_FLAGS, borderMode=cv2.BORDER_CONSTANT)


def affines_from_boxes(
    boxes_xyxy: NDArray[np.floating], input_hw: tuple[int, int], padding: tuple[float, float]
) -> Float64:
    """The affines (n, 2, 3) from network input to frame for boxes (n, 4) that are widened by `padding` (x, y).

    Every box gives a finite crop: swapped corners are put in order, a side shorter than one pixel counts as one
    pixel, and a box with a coordinate that is not finite counts as the point (0, 0).
    """
    boxes = np.asarray(boxes_xyxy, np.float64)
    boxes = np.where(np.isfinite(boxes).all(axis=1, keepdims=True), boxes, 0.0)
    centre, size = (boxes[:, :2] + boxes[:, 2:]) / 2, np.abs(boxes[:, 2:] - boxes[:, :2])
    return affines_from_centre_size(centre, np.maximum(size, 1.0) * padding, input_hw)


def affines_from_centre_scale(centre_xy: Float64, scale: Float64, input_hw: tuple[int, int]) -> Float64:
    """The affines for persons as MPII's annotations give them, their squares widened by 1.25 as in published tests."""
    return affines_from_boxes(boxes_from_centre_scale(centre_xy, scale), input_hw, (_MPII_PADDING, _MPII_PADDING))


def boxes_from_centre_scale(centre_xy: Float64, scale: Float64) -> Float64:
    """The squares (n, 4) of persons as MPII's annotations give them: 1-based centre (n, 2), height / 200 px (n,).

    As the published MPII code does, the centre goes down by 15 px times scale unless it is unknown (x = -1).
    """
    lowered = np.where(centre_xy[:, 0] != -1, _MPII_LOWERED * scale, 0.0)
    centre = centre_xy + np.stack([np.zeros_like(lowered), lowered], axis=1) - 1.0
    half = scale[:, None] * (_MPII_PIXELS / 2)
    return np.concatenate([centre - half, centre + half], axis=1)


def affines_from_centre_size(
    centre_xy: Float64, size_wh: Float64, input_hw: tuple[int, int], rotation_deg: ArrayLike | None = None
) -> Float64:
    """The affines from network input to frame for rectangles (n, 2) px that grow to the input's shape.

    `rotation_deg` (n,) turns the crop's axes in the frame, from x towards y; the person turns the other way.
    """
    height, width = input_hw
    step = np.maximum(size_wh[:, 0], size_wh[:, 1] * width / height) / width  # frame pixels per input pixel
    angle = np.broadcast_to(np.radians(0.0 if rotation_deg is None else rotation_deg), step.shape)
    cos, sin = step * np.cos(angle), step * np.sin(angle)
    affines = np.empty((len(step), 2, 3))
    affines[:, :, 0] = np.stack([cos, sin], axis=1)
    affines[:, :, 1] = np.stack([-sin, cos], axis=1)
    affines[:, :, 2] = centre_xy - affines[:, :, :2] @ (width / 2, height / 2)
    return affines


def to_input(to_frame: Float64) -> Float64:
    """The inverse affines (n, 2, 3): frame pixel -> input pixel."""
    inverse = np.linalg.inv(to_frame[:, :, :2])
    return np.concatenate([inverse, -inverse @ to_frame[:, :, 2:]], axis=2)


def apply_affines(affines: Float64, xy: NDArray[np.floating]) -> Float64:
    """Maps points (n, k, 2), those of person i by affine i; NaN stays NaN."""
    linear, offset = affines[:, :, :2].transpose(0, 2, 1), affines[:, None, :, 2]
    mapped: Float64 = np.asarray(xy, np.float64) @ linear + offset
    return mapped


def _normalised_levels(spec: ModelSpec) -> NDArray[np.float32]:
    """(3, 256): what each grey level of each channel becomes; a look-up is as fast as arithmetic and exact."""
    mean, std = np.array(spec.mean)[:, None], np.array(spec.std)[:, None]
    return np.asarray((np.arange(256) - mean) / std, np.float32)
