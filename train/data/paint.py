"""Pixels of a training crop: cut out in one warp, what surrounds the picture, strangers, things in the way, colours.

Pictures are (h, w, 3) uint8 BGR. Other persons' crops serve as material. All chance comes from the generator given.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

Float64 = NDArray[np.float64]
Image = NDArray[np.uint8]

_FLAGS = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
_BLACK_BORDER = 0.5  # chance; it is what the network sees when it is used
_CORNER = 5  # a corner of a crop, a fifth as wide and high, holds nobody
_STRANGER_CHANCE, _OCCLUDER_CHANCE, _COLOUR_CHANCE, _GREY_CHANCE = 0.15, 0.4, 0.7, 0.08


def warp_part(picture: Image, picture_xyxy: Float64, to_picture: Float64, surroundings: Image) -> Image:
    """The part `picture_xyxy` (4,) of a picture under the affine, over `surroundings`, which are painted on."""
    left, top = np.floor(picture_xyxy[:2]).astype(int).clip(0)
    right, bottom = np.ceil(picture_xyxy[2:]).astype(int)
    part = picture[top : max(bottom, top + 1), left : max(right, left + 1)]
    if not part.size:  # the box lies beside the picture
        return surroundings
    moved = to_picture.copy()
    moved[:, 2] -= left, top
    height, width = surroundings.shape[:2]
    cv2.warpAffine(part, moved, (width, height), dst=surroundings, flags=_FLAGS, borderMode=cv2.BORDER_TRANSPARENT)
    return surroundings


def surroundings(size_hw: tuple[int, int], other: Image, rng: np.random.Generator) -> Image:
    """What lies beyond the picture's edge: black as in use, one colour, or an enlarged corner of another crop."""
    drawn = rng.random()
    canvas = np.zeros((*size_hw, 3), np.uint8)
    if drawn < _BLACK_BORDER:
        return canvas
    if drawn < (1 + _BLACK_BORDER) / 2:
        canvas[:] = rng.integers(0, 256, 3)
        return canvas
    height, width = other.shape[0] // _CORNER, other.shape[1] // _CORNER
    corner = other[-height:, -width:] if rng.random() < 0.5 else other[:height, :width]
    return np.asarray(cv2.resize(corner, size_hw[::-1], dst=canvas, interpolation=cv2.INTER_LINEAR), np.uint8)


def disturb(image: Image, other: Image, other_box_xyxy: Float64, rng: np.random.Generator) -> Image:
    """A stranger beside the person, things in the way, other light; the picture is painted on and returned."""
    if rng.random() < _STRANGER_CHANCE:
        _paste_stranger(image, other, other_box_xyxy, rng)
    if rng.random() < _OCCLUDER_CHANCE:
        for _ in range(rng.integers(1, 3)):
            _paste_thing(image, other, rng)
    return relit(image, _COLOUR_CHANCE, _GREY_CHANCE, rng)


def relit(image: Image, colour_chance: float, grey_chance: float, rng: np.random.Generator) -> Image:
    """In other light by one chance, without colours by the other."""
    if rng.random() < colour_chance:
        image = _recoloured(image, rng)
    if rng.random() < grey_chance:
        image = np.asarray(cv2.cvtColor(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), cv2.COLOR_GRAY2BGR), np.uint8)
    return image


def _paste_stranger(image: Image, other: Image, box_xyxy: Float64, rng: np.random.Generator) -> None:
    """Another person, hard-edged, at about this person's size, so far to the side that most of it lies beside."""
    height, width = image.shape[:2]
    left, top, right, bottom = np.clip(box_xyxy, 0, (*other.shape[1::-1], *other.shape[1::-1])).astype(int)
    if right - left < 8 or bottom - top < 8:
        return
    scale = rng.uniform(0.6, 1.1) * height / other.shape[0] * 1.5
    size = max(2, int((right - left) * scale)), max(2, int((bottom - top) * scale))
    piece = cv2.resize(other[top:bottom, left:right], size, interpolation=cv2.INTER_LINEAR)
    reach = min(int(rng.uniform(0.1, 0.3) * width), size[0])  # columns that it covers
    y = int(rng.uniform(max(-0.3 * height, 2 - size[1]), 0.7 * height))
    rows = slice(max(y, 0), min(y + size[1], height))
    source = piece[rows.start - y : rows.stop - y]
    if rng.random() < 0.5:
        image[rows, :reach] = source[:, size[0] - reach :]
    else:
        image[rows, width - reach :] = source[:, :reach]


def _paste_thing(image: Image, other: Image, rng: np.random.Generator) -> None:
    """A rectangle of one colour or of another crop."""
    height, width = image.shape[:2]
    size = (rng.uniform(0.08, 0.35, 2) * (height, width)).astype(int) + 1
    top, left = (rng.random(2) * ((height, width) - size)).astype(int)
    if rng.random() < 0.5:
        image[top : top + size[0], left : left + size[1]] = rng.integers(0, 256, 3)
    else:
        image[top : top + size[0], left : left + size[1]] = other[: size[0], : size[1]]


def _recoloured(image: Image, rng: np.random.Generator) -> Image:
    """Gain, bias and gamma of each channel, mostly common to the three: one look-up."""
    gain = rng.uniform(0.7, 1.3) * rng.uniform(0.9, 1.1, 3)
    bias = rng.uniform(-0.1, 0.1) + rng.uniform(-0.04, 0.04, 3)
    levels = (np.arange(256) / 255)[:, None] ** np.exp(rng.normal(0, 0.2)) * gain + bias
    table = (255 * levels.clip(0, 1)).astype(np.uint8)
    return np.asarray(cv2.LUT(image, table[None]), np.uint8)
