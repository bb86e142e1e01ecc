"""Small files made for these tests: pictures with quirks, clips with irregular times."""

import base64
import struct
import zlib
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
from numpy.typing import NDArray

# An 8 x 8 picture, all red, four inks with Adobe's marker; and two 2 x 2 pictures, red then blue.
CMYK_JPEG = base64.b64decode(
    "/9j/7gAOQWRvYmUAZAAAAAAA/9sAQwAbEhQXFBEbFxYXHhwbIChCKyglJShROj0wQmBVZWRfVV1baniZgWpxkHNbXYW1hpCeo6utq2eAvMm6"
    "pseZqKuk/8AAFAgACAAIBEMRAE0RAFkRAEsRAP/EABQAAQAAAAAAAAAAAAAAAAAAAAb/xAAUEAEAAAAAAAAAAAAAAAAAAAAA/9oADgRDAE0A"
    "WQBLAAA/AEwyMkz/2Q=="
)
ANIMATED_GIF = base64.b64decode(
    "R0lGODlhAgACAIEAAP8AAAAAAAAAAAAAACH/C05FVFNDQVBFMi4wAwEAAAAsAAAAAAIAAgAACAYAAQgEEBAAIfkEAQAAAQAsAAAAAAIAAgCB"
    "AAD/AAAAAAAAAAAACAYAAQgEEBAAOw=="
)

IRREGULAR_TIMES = tuple(Fraction(n, 30) for n in (0, 1, 3, 15, 45, 46, 90, 93))


def encoded(image: NDArray[np.uint8] | NDArray[np.uint16], suffix: str) -> bytes:
    """A picture's bytes in the format of a suffix."""
    return cv2.imencode(suffix, image)[1].tobytes()


def red_left(height: int = 40, width: int = 60) -> NDArray[np.uint8]:
    """(h, w, 3) BGR: the left half red, the rest black."""
    image = np.zeros((height, width, 3), np.uint8)
    image[:, : width // 2] = (0, 0, 255)
    return image


def jpeg_with_orientation(image: NDArray[np.uint8], orientation: int) -> bytes:
    """A JPEG whose EXIF data say how to turn it (1..8)."""
    entry = struct.pack("<HHHII", 1, 0x0112, 3, 1, orientation)
    exif = b"Exif\0\0" + b"II*\0" + struct.pack("<I", 8) + entry + struct.pack("<I", 0)
    jpeg = encoded(image, ".jpg")
    return jpeg[:2] + b"\xff\xe1" + struct.pack(">H", len(exif) + 2) + exif + jpeg[2:]


def png_that_claims(width: int, height: int) -> bytes:
    """A PNG of a few bytes that says it is huge."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0")) + chunk(b"IEND", b"")


def write_clip(path: Path, times: Sequence[Fraction], size_hw: tuple[int, int] = (48, 64)) -> Path:
    """Pictures that grow brighter by 8 grey levels a frame, the left half red, as the suffix says."""
    height, width = size_hw
    with av.open(str(path), "w", options={"movflags": "faststart"} if path.suffix == ".mp4" else {}) as container:
        stream = container.add_stream("libx264", rate=30, options={"preset": "ultrafast", "g": "15"})
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        stream.time_base = stream.codec_context.time_base = Fraction(1, 90_000)
        for i, time in enumerate(times):
            image = np.maximum(red_left(height, width), np.uint8(8 * i % 256))
            image[::3] //= 2  # detail, so that a frame is worth some bytes
            frame = av.VideoFrame.from_ndarray(image, format="bgr24")
            frame.time_base, frame.pts = stream.time_base, int(time * 90_000)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def turn_clip(path: Path) -> None:
    """Writes a quarter turn, clockwise, into the track's matrix of an MP4."""
    content = bytearray(path.read_bytes())
    matrix_at = content.index(b"tkhd") + 44  # past type, version, times, track, duration, layer, volume
    matrix = struct.pack(">9i", 0, 1 << 16, 0, -(1 << 16), 0, 0, 0, 0, 1 << 30)
    content[matrix_at : matrix_at + len(matrix)] = matrix
    path.write_bytes(content)
