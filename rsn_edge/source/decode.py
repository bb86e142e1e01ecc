"""A still picture's bytes to pixels, whatever the file is called."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from rsn_edge.errors import InputError
from rsn_edge.source.video import first_frame

# What is taken from a folder. A file that is named outright is judged by its content alone.
PICTURE_SUFFIXES = (
    ".jpg", ".jpeg", ".jpe", ".png", ".bmp", ".webp", ".tif", ".tiff", ".gif", ".avif", ".pbm", ".pgm", ".ppm",
)  # fmt: skip

_SIGNATURES = {
    b"\xff\xd8\xff": "JPEG",
    b"\x89PNG\r\n\x1a\n": "PNG",
    b"GIF8": "GIF",
    b"BM": "BMP",
    b"II*\0": "TIFF",
    b"MM\0*": "TIFF",
    **{b"P%d" % form: "PNM" for form in range(1, 7)},
}
_BRANDS = {b"WEBP": "WebP", b"ftypavif": "AVIF", b"ftypavis": "AVIF"}  # after a length, so not at the very start
_ANIMATION_MARKS = {"GIF": b"NETSCAPE2.0", "PNG": b"acTL", "WebP": b"ANIM"}
HEAD_BYTES = 1024  # enough to tell a file's kind

_REMEDY = "Save it anew as JPEG or PNG."
_SILENT = 0  # level of OpenCV's log


def picture_format(content: bytes) -> str | None:
    """Name of the picture format that a file begins as (`JPEG`, `PNG` ...), None where it begins as none."""
    for signature, name in _SIGNATURES.items():
        if content.startswith(signature):
            return name
    return next((name for brand, name in _BRANDS.items() if content[4:12].endswith(brand)), None)


def is_animated(content: bytes) -> bool:
    """True for a GIF, PNG or WebP that holds more pictures than the first."""
    mark = _ANIMATION_MARKS.get(picture_format(content) or "")
    if mark is None or mark not in content[:HEAD_BYTES]:
        return False
    _, first_two = cv2.imdecodemulti(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR, range=(0, 2))
    return len(first_two) != 1  # the mark alone is no proof: some write it into still GIFs; 0 where OpenCV reads none


def read_content(path: Path, size: int = -1) -> bytes:
    """A file's bytes, at most `size` of them unless that is -1; InputError if it cannot be read or is empty."""
    try:
        with path.open("rb") as file:
            content = file.read(size)
    except OSError as error:
        raise InputError(
            f"{path} could not be read: {error.strerror or error}", "Check its name and rights."
        ) from error
    if not content:
        raise InputError(f"{path} is empty (0 bytes)", "Copy it once more.")
    return content


def read_picture(path: Path) -> NDArray[np.uint8]:
    """A picture file as (h, w, 3) uint8 BGR; InputError naming the file if that cannot be had."""
    return decode_picture(read_content(path), path)


def decode_picture(content: bytes, path: Path) -> NDArray[np.uint8]:
    """(h, w, 3) uint8 BGR from a picture's bytes; `path` names it in the InputError for what is no picture.

    Turned upright as its EXIF data say; 16 bits are cut to their upper 8; grey becomes BGR and CMYK is converted;
    transparency is ignored, so the colours stored below it count; of an animation the first picture is taken.
    """
    form = picture_format(content)
    if form is None:
        raise InputError(f"{path} is not a picture: it begins as no known picture format does", _REMEDY)
    try:
        with quiet_opencv():
            image = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR)
    except cv2.error as error:
        reason = "it has more than 2^30 pixels" if "PIXELS" in error.err else error.err
        raise InputError(f"{path} ({form}) could not be decoded: {reason}", _REMEDY) from error
    if image is None and form == "GIF":  # not every build of OpenCV reads these
        image = first_frame(content)
    if image is None:
        raise InputError(f"{path} begins as {form}, but is damaged or of a kind that OpenCV cannot decode", _REMEDY)
    return np.asarray(image, np.uint8)


@contextmanager
def quiet_opencv() -> Iterator[None]:
    """Inside the block OpenCV's log is silent; its level is put back afterwards."""
    log: Any = getattr(cv2.utils, "logging", cv2)  # OpenCV 5 has it there, OpenCV 4 at the top
    level = log.getLogLevel()
    log.setLogLevel(_SILENT)
    try:
        yield
    finally:
        log.setLogLevel(level)
