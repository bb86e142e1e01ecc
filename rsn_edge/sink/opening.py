"""From what a user asked to keep to the sinks that keep it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from rsn_edge.artefact.writing import file_target, part_path
from rsn_edge.coco import image_ids_by_key
from rsn_edge.errors import InputError, OutputError
from rsn_edge.sink.coco import CocoSink
from rsn_edge.sink.files import OutputNames, stem_of
from rsn_edge.sink.lines import STDOUT, MediaClock, csv_sink, json_lines_sink
from rsn_edge.sink.openpose import openpose_sink
from rsn_edge.sink.pictures import PICTURE_SUFFIXES, pictures_sink
from rsn_edge.sink.protocol import Sink
from rsn_edge.sink.video import VideoSink
from rsn_edge.sink.window import WindowSink
from rsn_edge.skeleton import Skeleton
from rsn_edge.source.protocol import SourceFacts

DEFAULT_FOLDER = Path("rsn-edge-out")


@dataclass(frozen=True, slots=True)
class Outputs:
    """Where results are to go; None: nowhere. Where none is named, overlays go to DEFAULT_FOLDER.

    Args:
        out: overlays: a folder, or one picture or video file.
        jsonl: a file, or `-` for standard output.
        show: a window.
        boxes: the COCO file whose boxes the run takes, if it does; COCO results have its ids, else running ones.
    """

    out: Path | None = None
    jsonl: str | None = None
    coco: Path | None = None
    openpose: Path | None = None
    csv: Path | None = None
    show: bool = False
    boxes: Path | None = None


def open_sinks(outputs: Outputs, facts: SourceFacts, skeleton: Skeleton, threshold: float) -> tuple[Sink, ...]:
    """The sinks for a source, which write nothing before they are entered.

    InputError where an output does not fit the source, OutputError where it would overwrite it or another output.
    """
    if not (outputs.out or outputs.jsonl or outputs.coco or outputs.openpose or outputs.csv or outputs.show):
        outputs = replace(outputs, out=DEFAULT_FOLDER)
    if Path(STDOUT) in (outputs.out, outputs.coco, outputs.openpose, outputs.csv):
        raise InputError("only --jsonl can write to standard output", "Name a file or folder instead of '-'.")
    kept = _kept(outputs, facts)
    return tuple(_sinks(outputs, facts, kept, skeleton, threshold))


def _kept(outputs: Outputs, facts: SourceFacts) -> set[Path]:
    """Every file that the run reads or writes by name, resolved; OutputError where two are one."""
    reads = (*facts.paths, outputs.boxes) if outputs.boxes else facts.paths
    owners = {path.resolve(): f"{path}, which this run reads" for path in reads}
    overlay = outputs.out and _overlay_file(outputs.out, facts)
    jsonl = outputs.jsonl if outputs.jsonl != STDOUT else None
    for option, name in (("--out", overlay), ("--jsonl", jsonl), ("--coco", outputs.coco), ("--csv", outputs.csv)):
        if name is None:
            continue
        path = file_target(Path(name)).resolve()
        for place in (path, part_path(path)):
            owner = owners.setdefault(place, f"the output of {option}")
            if owner != f"the output of {option}":
                raise OutputError(f"{option} {name} would overwrite {owner}", "Choose another name for it.")
    return set(owners)


def _sinks(
    outputs: Outputs, facts: SourceFacts, kept: set[Path], skeleton: Skeleton, threshold: float
) -> Iterator[Sink]:
    clock = MediaClock()
    numbered = facts.kind != "pictures"
    if outputs.out is not None:
        file = _overlay_file(outputs.out, facts)
        if facts.kind != "pictures" and file:
            yield VideoSink(file, skeleton, threshold, facts.rate)
        else:
            yield pictures_sink(file or OutputNames(outputs.out, numbered, kept), skeleton, threshold)
    if outputs.jsonl is not None:
        yield json_lines_sink(outputs.jsonl, threshold, clock)
    if outputs.coco is not None:
        yield CocoSink(outputs.coco, image_ids_by_key(outputs.boxes) if outputs.boxes else None)
    if outputs.openpose is not None:
        yield openpose_sink(OutputNames(outputs.openpose, numbered, kept), skeleton, threshold)
    if outputs.csv is not None:
        yield csv_sink(outputs.csv, skeleton, threshold, clock)
    if outputs.show:
        yield WindowSink(skeleton, threshold)


def _overlay_file(out: Path, facts: SourceFacts) -> Path | None:
    """The one file of all overlays; None for pictures in a folder. A name without a suffix is a folder.

    `run-3.11` has none: a suffix has letters.
    """
    is_file = re.fullmatch(r"\.[A-Za-z][A-Za-z0-9]+", out.suffix) is not None and not out.is_dir()
    if facts.kind != "pictures":
        return out if is_file else out / f"{stem_of(facts.name)}.mp4"
    if not is_file:
        return None
    if out.suffix.lower() not in PICTURE_SUFFIXES:
        raise InputError(
            f"{out} is to hold a picture, and its suffix is none of {', '.join(PICTURE_SUFFIXES)}",
            "Name a picture file, or a folder.",
        )
    if facts.frames != 1:
        raise InputError(
            f"{out} is one file, and {facts.name} has {facts.frames} pictures", "Name a folder with --out."
        )
    return out
