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
from rsn_edge.source.video import VideoSource, is_video

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
    skipped: list[InputError] = []
    for uri in uris:
        try:
            paths |= dict.fromkeys(_picture_paths(uri))
        except _NoPictureError as error:
            skipped.append(error)
    if not paths:
        raise InputError(f"none of the {len(uris)} sources is a picture", f"First: {skipped[0]}")
    return PicturesSource(list(paths), f"{len(uris)} sources", _CALLED, [error.happened for error in skipped])


class _NoPictureError(InputError):
    """One of several arguments that is there and is no picture."""


def _open_file(path: Path) -> Source:
    if picture_format(read_content(path, HEAD_BYTES)):
        return PicturesSource([path], str(path))
    return VideoSource(path)


def _open_glob(pattern: str) -> Source:
    paths = _matches(pattern)
    pictures = _with_picture_suffix(paths)
    if pictures:
        return PicturesSource(pictures, pattern)
    if len(paths) == 1:
        return _open_file(paths[0])
    raise _none_of(paths, pattern)


def _picture_paths(uri: str) -> list[Path]:
    """The pictures of one of several arguments; _NoPictureError where it is there and has none."""
    if uri == "sample":
        return [SAMPLE]
    path = Path(uri)
    if path.is_dir():
        return _pictures_in(path)
    if path.is_file():
        return [_one_of_several(path)]
    if name := _camera_or_drawn(uri):
        raise _not_together(name)
    _refuse_not_yet(uri)
    matches = _matches(uri)
    if len(matches) == 1:
        return [_one_of_several(matches[0])]
    pictures = _with_picture_suffix(matches)
    if not pictures:
        raise _none_of(matches, uri)
    return pictures


def _one_of_several(path: Path) -> Path:
    if path.suffix.lower() in PICTURE_SUFFIXES:
        return path
    try:
        if picture_format(read_content(path, HEAD_BYTES)):
            return path
    except InputError as error:
        raise _NoPictureError(error.happened, error.remedy) from error
    if is_video(path):
        raise _not_together(f"the video {path}")
    raise _NoPictureError(f"{path} is not a picture", "Name pictures, or folders of pictures.")


def _camera_or_drawn(uri: str) -> str | None:
    """What to call it, None for anything else. `--camera 0` arrives as /dev/video0, which nobody typed."""
    camera = re.fullmatch(r"(?:/dev/video)?(\d+)", uri)
    if camera:
        return f"camera {camera.group(1)}"
    return uri if uri.startswith((SCHEME, "/dev/")) else None


def _not_together(name: str) -> InputError:
    return InputError(
        f"{name} cannot be run together with other sources",
        "Only pictures can be given together; a video or camera stands alone.",
    )


def _none_of(paths: Sequence[Path], pattern: str) -> InputError:
    return _NoPictureError(
        f"none of the {len(paths)} files that match {pattern} is a picture", "Name one video at a time."
    )


def _pictures_in(folder: Path) -> list[Path]:
    try:
        pictures = _with_picture_suffix(path for path in folder.iterdir() if not path.name.startswith("."))
    except OSError as error:
        raise _NoPictureError(f"{folder} could not be read: {error.strerror or error}", "Check its rights.") from error
    if not pictures:
        raise _NoPictureError(
            f"there is no picture in {folder} (folders below it are not searched)",
            f"Pictures are {', '.join(PICTURE_SUFFIXES)}; give a video by its own name.",
        )
    return pictures


def _matches(pattern: str) -> list[Path]:
    paths = [path for path in map(Path, glob.glob(pattern, recursive=True)) if path.is_file()]  # noqa: PTH207 - absolute patterns, too
    if paths:
        return paths
    if glob.has_magic(pattern):
        raise InputError(f"no file matches {pattern}", "Check the folder and the spelling.")
    raise InputError(f"there is no file or folder {pattern}", "Check the spelling; to try without files: sample")


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
