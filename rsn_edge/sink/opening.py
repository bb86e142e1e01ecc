"""From what a user asked to keep to the sinks that keep it."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from rsn_edge.errors import InputError
from rsn_edge.sink.clock import MediaClock
from rsn_edge.sink.coco import CocoSink
from rsn_edge.sink.csv import CsvSink
from rsn_edge.sink.jsonl import JsonLinesSink
from rsn_edge.sink.openpose import OpenPoseSink
from rsn_edge.sink.pictures import PICTURE_SUFFIXES, PicturesSink
from rsn_edge.sink.protocol import Sink
from rsn_edge.sink.video import VideoSink
from rsn_edge.sink.window import WindowSink
from rsn_edge.skeleton import Skeleton
from rsn_edge.source.protocol import SourceFacts

DEFAULT_FOLDER = Path("rsn-edge-out")


@dataclass(frozen=True, slots=True)
class Outputs:
    """Where results are to go; None: nowhere.

    Args:
        overlays: a folder, or one picture or video file.
        jsonl: a file, or `-` for standard output.
        image_ids: of COCO results, by file name; None: running ids.
    """

    overlays: Path | None = None
    jsonl: str | None = None
    coco: Path | None = None
    openpose: Path | None = None
    csv: Path | None = None
    window: bool = False
    image_ids: Mapping[str, int] | None = None


def open_sinks(outputs: Outputs, facts: SourceFacts, skeleton: Skeleton, threshold: float) -> tuple[Sink, ...]:
    """The sinks for a source; InputError where an output does not fit it. Nothing is written before they are entered."""
    return tuple(_sinks(outputs, facts, skeleton, threshold))


def _sinks(outputs: Outputs, facts: SourceFacts, skeleton: Skeleton, threshold: float) -> Iterator[Sink]:
    clock = MediaClock()
    numbered = facts.kind != "pictures"
    if outputs.overlays is not None:
        yield _overlays(outputs.overlays, facts, skeleton, threshold)
    if outputs.jsonl is not None:
        yield JsonLinesSink(outputs.jsonl, threshold, clock)
    if outputs.coco is not None:
        yield CocoSink(outputs.coco, outputs.image_ids)
    if outputs.openpose is not None:
        yield OpenPoseSink(outputs.openpose, skeleton, threshold, numbered)
    if outputs.csv is not None:
        yield CsvSink(outputs.csv, skeleton, threshold, clock)
    if outputs.window:
        yield WindowSink(skeleton, threshold)


def _overlays(out: Path, facts: SourceFacts, skeleton: Skeleton, threshold: float) -> Sink:
    """Pictures stay pictures, everything else becomes a video; a name without a suffix is a folder."""
    is_file = out.suffix != "" and not out.is_dir()
    if facts.kind != "pictures":
        path = out if is_file else out / f"{_stem(facts.name)}.mp4"
        return VideoSink(path, skeleton, threshold, facts.rate)
    if not is_file:
        return PicturesSink(out, skeleton, threshold)
    if out.suffix.lower() not in PICTURE_SUFFIXES:
        raise InputError(
            f"{out} is to hold a picture, and its suffix is none of {', '.join(PICTURE_SUFFIXES)}",
            "Name a picture file, or a folder.",
        )
    if facts.frames != 1:
        raise InputError(
            f"{out} is one file, and {facts.name} has {facts.frames} pictures", "Name a folder with --out."
        )
    return PicturesSink(out.parent, skeleton, threshold, name=out.name)


def _stem(name: str) -> str:
    """A file name for a source: `clips/street.avi` -> `street`, `test://persons=3` -> `test-persons-3`."""
    stem = name if "://" in name else Path(name).stem
    return re.sub(r"[^\w.]+", "-", stem).strip("-") or "out"
