"""Crops as a network sees them, before they are normalised: what calibrations and gates run on.

Axes: n crops of (h, w, 3) uint8 pixels in BGR order, the size of the network's input. A detector's crop is its canvas,
a whole picture.
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from rsn_edge.artefact.writing import write_bytes
from rsn_edge.detector.cells import fill_tensor
from rsn_edge.drawing.overlay import contact_sheet
from rsn_edge.keypoints.crop import Cropper
from rsn_edge.people import Float32
from rsn_edge.spec import DetectorSpec, Spec

AS_IT_IS = np.array([[[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]])  # of crops that are cut out already

_MOST, _COLUMNS, _CELL_HW = 512, 24, (128, 96)


@dataclass(frozen=True, slots=True, eq=False)
class CropSet:
    """n crops and what is known of them.

    Args:
        pixels_nhwc: (n, h, w, 3) uint8 BGR.
        names: n texts, the file or source that each was cut from.
        areas: (n,) float32, square pixels of the crop that its person fills; 0 where nobody is.
        source: where they came from, in words.
    """

    pixels_nhwc: NDArray[np.uint8]
    names: tuple[str, ...]
    areas: Float32
    source: str

    def __post_init__(self) -> None:
        lengths = {len(self.pixels_nhwc), len(self.names), len(self.areas)}
        if len(lengths) > 1 or self.pixels_nhwc.ndim != 4 or self.pixels_nhwc.dtype != np.uint8:
            raise ValueError(f"n crops (n, h, w, 3) uint8 and n facts of each kind, got {lengths}")

    def __len__(self) -> int:
        return len(self.pixels_nhwc)

    def __getitem__(self, rows: Sequence[int] | NDArray[np.intp] | slice) -> "CropSet":
        chosen = np.arange(len(self))[rows]
        names = tuple(self.names[row] for row in chosen)
        return CropSet(self.pixels_nhwc[chosen], names, self.areas[chosen], self.source)

    def feeds(self, spec: Spec) -> Iterator[Float32]:
        """Network inputs (1, 3, h, w), one a crop, by the code that feeds the network in a run; the caller's own."""
        if isinstance(spec, DetectorSpec):
            for canvas_bgr in self.pixels_nhwc:
                feed = np.empty((1, 3, *canvas_bgr.shape[:2]), np.float32)
                fill_tensor(feed, canvas_bgr, spec.colour, spec.mean, spec.std)
                yield feed
            return
        cropper = Cropper(spec)
        for crop_bgr in self.pixels_nhwc:
            yield cropper.crops_at(crop_bgr, AS_IT_IS).copy()

    @property
    def sha256(self) -> str:
        """Digest of the pixels, whatever their order."""
        return hashlib.sha256(b"".join(sorted(map(crop_digest, self.pixels_nhwc)))).hexdigest()


def crop_digest(pixels_hwc: NDArray[np.uint8]) -> bytes:
    """SHA-256 of one crop's pixels and shape."""
    return hashlib.sha256(repr(pixels_hwc.shape).encode() + pixels_hwc.tobytes()).digest()


def write_crop_sheet(path: Path, crops: CropSet, spec: Spec) -> None:
    """Writes a JPEG of up to 512 crops, each with the name of its picture; OutputError where that fails."""
    shown = crops[np.unique(np.linspace(0, len(crops) - 1, _MOST).astype(np.intp))]
    pictures = [picture_from_feed(feed, spec) for feed in shown.feeds(spec)]
    captions = [Path(name).stem.lstrip("0") for name in shown.names]
    sheet = contact_sheet(pictures, captions, _COLUMNS, _CELL_HW)
    write_bytes(path, cv2.imencode(".jpg", sheet, [cv2.IMWRITE_JPEG_QUALITY, 85])[1].tobytes())


def picture_from_feed(feed: Float32, spec: Spec) -> NDArray[np.uint8]:
    """(h, w, 3) BGR from a network input (1, 3, h, w): the inverse of the normalisation."""
    levels = feed[0].transpose(1, 2, 0) * np.array(spec.std, np.float32) + np.array(spec.mean, np.float32)
    pixels = np.clip(np.rint(levels), 0, 255).astype(np.uint8)
    return pixels if spec.colour == "bgr" else np.ascontiguousarray(pixels[..., ::-1])
