"""From what a user names to a Source: decided by what is there and by content, not by suffix."""

import glob
import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from rsn_edge.errors import InputError
from rsn_edge.source.camera import DEVICES, CameraSource
from rsn_edge.source.decode import HEAD_BYTES, PICTURE_SUFFIXES, picture_format, read_content
from rsn_edge.source.drawn import SCHEME, DrawnSource
from rsn_edge.source.pictures import PicturesSource
from rsn_edge.source.protocol import Source
from rsn_edge.source.video import VideoSource

SAMPLE = Path(__file__).with_name("sample.jpg")

_CALLED = {SAMPLE: SAMPLE.name}  # where it is installed is nobody's business

_NOT_YET = re.compile(r"(?P<scheme>[a-z][a-z0-9+.-]*):/|(?P<gst>gst):|.*(?P<list>\.streams)$|(?P<stdin>-)$", re.I)


def open_source(uri: str) -> Source:
    """Opens `sample`, a picture, folder, glob, video, `/dev/videoN` or its number, or `test://persons=3`.

    InputError in one sentence for anything else, and for what cannot be opened.
    """
    if uri == "sample":
        return PicturesSource([SAMPLE], uri, _CALLED)
    if uri.startswith(SCHEME):
        return DrawnSource(uri)
    _refuse_not_yet(uri)
    path = Path(uri)
    if path.is_dir():
        return PicturesSource(_pictures_in(path), uri)
    if path.is_file():
        return _open_file(path)
    if uri.isdecimal() or path.is_char_device() or re.fullmatch(r"/dev/video\d+", uri):
        return CameraSource(DEVICES / f"video{uri}" if uri.isdecimal() else path)
    return _open_glob(uri)


def open_sources(uris: Sequence[str]) -> Source:
    """Opens one source, or several arguments that are pictures, folders or globs of pictures as one source.

    What is there and is no picture is left out, as a shell makes many arguments out of one glob. InputError where
    nothing is a picture, and where a video or a camera does not stand alone.
    """
    if len(uris) == 1:
        return open_source(uris[0])
    paths: dict[Path, None] = {}  # each once, in order
    skipped: list[str] = []
    for uri in uris:
        try:
            source = open_source(uri)
        except InputError as error:
            if not (Path(uri).exists() or glob.glob(uri, recursive=True)):  # noqa: PTH207 - absolute patterns, too
                raise
            skipped.append(error.happened)
            continue
        with source:
            paths |= dict.fromkeys(_pictures_of(source))
    if not paths:
        raise InputError(f"none of the {len(uris)} sources is a picture", f"First: {skipped[0]}")
    return PicturesSource(list(paths), f"{len(uris)} sources", _CALLED, skipped)


def _pictures_of(source: Source) -> tuple[Path, ...]:
    if source.facts.kind != "pictures":
        raise InputError(
            f"{source.facts.name} cannot be run together with other sources",
            "Only pictures can be given together; a video or camera stands alone.",
        )
    return source.facts.paths


def _open_file(path: Path) -> Source:
    if picture_format(read_content(path, HEAD_BYTES)):
        return PicturesSource([path], str(path))
    return VideoSource(path)


def _open_glob(pattern: str) -> Source:
    paths = [path for path in map(Path, glob.glob(pattern, recursive=True)) if path.is_file()]  # noqa: PTH207
    if len(paths) == 1:
        return _open_file(paths[0])
    if pictures := _with_picture_suffix(paths):
        return PicturesSource(pictures, pattern)
    if paths:
        raise InputError(
            f"none of the {len(paths)} files that match {pattern} is a picture", "Name one video at a time."
        )
    if glob.has_magic(pattern):
        raise InputError(f"no file matches {pattern}", "Check the folder and the spelling.")
    raise InputError(f"there is no file or folder {pattern}", "Check the spelling; to try without files: sample")


def _pictures_in(folder: Path) -> list[Path]:
    pictures = _with_picture_suffix(path for path in folder.iterdir() if not path.name.startswith("."))
    if not pictures:
        raise InputError(
            f"there is no picture in {folder} (folders below it are not searched)",
            f"Pictures are {', '.join(PICTURE_SUFFIXES)}; give a video by its own name.",
        )
    return pictures


def _with_picture_suffix(paths: Iterable[Path]) -> list[Path]:
    """Those that are called pictures, in the order in which people count: 2.jpg before 10.jpg."""
    return sorted((path for path in paths if path.suffix.lower() in PICTURE_SUFFIXES), key=_counting_order)


def _counting_order(path: Path) -> list[str | int]:
    return [int(part) if part.isdecimal() else part.lower() for part in re.split(r"(\d+)", str(path))]


def _refuse_not_yet(uri: str) -> None:
    """InputError for kinds of source that are still to come; it repeats no address, as those may hold passwords."""
    found = _NOT_YET.match(uri)
    if found:
        kind = {"scheme": f"{found['scheme']}:// addresses", "gst": "GStreamer pipelines", "list": ".streams lists"}
        raise InputError(
            f"this version of rsn-edge cannot read {kind.get(found.lastgroup or '', 'standard input')} yet",
            "It reads pictures, folders, videos, /dev/videoN and test://persons=3.",
        )
