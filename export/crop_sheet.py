"""A contact sheet of crops as the network got them: turned back from its input, so that a wrong colour order shows."""

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from rsn_edge.artefact.writing import write_bytes
from rsn_edge.drawing.sheet import contact_sheet
from rsn_edge.people import Float32
from rsn_edge.spec import Spec

from .crop_set import CropSet

_MOST, _COLUMNS, _CELL_HW = 512, 24, (128, 96)


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
