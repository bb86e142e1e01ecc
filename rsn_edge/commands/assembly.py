"""The parts of a run, put together from its options."""

import time
from contextlib import ExitStack
from dataclasses import dataclass, replace
from math import isnan
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TimeRemainingColumn

from rsn_edge import embedded
from rsn_edge.artefact.description import thresholds_of
from rsn_edge.artefact.manifest import JOINT_THRESHOLD
from rsn_edge.backend.protocol import BackendChoice, Provider, Runtime
from rsn_edge.commands.printing import counted, say
from rsn_edge.detector.fixed import BoxFile, WholeFrame
from rsn_edge.detector.opening import open_detector, person_threshold
from rsn_edge.detector.protocol import Detector
from rsn_edge.estimator import PoseEstimator
from rsn_edge.pipeline.serial import RunTally
from rsn_edge.poser import open_poser
from rsn_edge.sink.opening import Outputs, open_sinks
from rsn_edge.sink.protocol import Sink
from rsn_edge.source.opening import open_sources
from rsn_edge.source.protocol import Source, SourceFacts

_PLAIN_LINE_EVERY_S = 10.0


@dataclass(frozen=True, slots=True)
class RunOptions:
    """The command line of `run`, one field an option; those that say where results go are together."""

    sources: tuple[str, ...]
    camera: int | None
    model: str | None
    detector: str | None
    boxes: str | None
    backend: Runtime
    provider: Provider
    device: int
    bf16: bool
    outputs: Outputs
    max_persons: int | None
    threshold: float | None
    person_threshold: float | None
    flip_test: bool
    limit: int | None
    strict: bool
    as_json: bool

    @property
    def box_file(self) -> Path | None:
        """The file of boxes that stands for a detector, if one does."""
        return Path(self.boxes) if self.boxes not in (None, "whole") else None


@dataclass(frozen=True, slots=True)
class Assembly:
    """Source, estimator and sinks of one run; the caller closes the estimator.

    `boxes` is the detector where its boxes come from a file, `quantised` says that INT8 was chosen unasked.
    """

    source: Source
    estimator: PoseEstimator
    sinks: tuple[Sink, ...]
    boxes: BoxFile | None = None
    quantised: bool = False

    @property
    def remarks(self) -> tuple[str, ...]:
        """What the user should know of this run: a sentence each."""
        return (*self.source.skipped, *(self.boxes.notes if self.boxes else ()))

    @property
    def left_out(self) -> bool:
        """Whether a picture could not be read, or the file of boxes does not know one."""
        return bool(self.source.skipped or (self.boxes and self.boxes.unknown))

    @property
    def boxes_of_others(self) -> bool:
        """Whether the file of boxes knows none of the frames: it belongs to other pictures."""
        return self.boxes is not None and 0 < self.boxes.asked == self.boxes.unknown


def assemble(options: RunOptions) -> Assembly:
    """Opens everything that the options name; whatever cannot be opened is one sentence, before anything is written."""
    _refuse_contradictions(options)
    source = open_sources(options.sources or [str(options.camera)])
    choice = BackendChoice(options.backend, options.provider, options.device, bf16=options.bf16)
    model = _path(options.model, embedded.POSE, options)
    threshold = thresholds_of(model).joint if options.threshold is None else options.threshold
    with ExitStack() as opened:
        poser = open_poser(model, choice, options.flip_test)
        opened.callback(poser.close)
        detector, least_certain = _detector(options, choice)
        opened.callback(detector.close)
        outputs = replace(options.outputs, boxes=options.box_file)
        sinks = open_sinks(outputs, source.facts, poser.skeleton, JOINT_THRESHOLD if threshold is None else threshold)
        opened.pop_all()
    estimator = PoseEstimator(detector, poser, least_certain, options.max_persons)
    quantised = options.model is None and model.name.endswith(embedded.INT8)
    return Assembly(source, estimator, sinks, detector if isinstance(detector, BoxFile) else None, quantised)


def _refuse_contradictions(options: RunOptions) -> None:
    """UsageError for options of which one would be without effect."""
    wrong = (
        (not options.sources and options.camera is None, "Nothing to run on: name a SOURCE, such as 'sample'."),
        (options.sources and options.camera is not None, "A camera stands alone: leave SOURCE or --camera out."),
        (options.as_json and options.outputs.jsonl == "-", "--json and '--jsonl -' both want standard output."),
        (options.boxes and options.detector, "--boxes stands for a detector: leave --detector out."),
        (options.bf16 and options.backend != "openvino", "--bf16 is for OpenVINO: add --backend openvino."),
        (any(map(isnan, (options.threshold or 0, options.person_threshold or 0))), "nan is no threshold."),
        (options.device and options.provider == "cpu", "--device names an accelerator: add --provider."),
    )
    for is_wrong, sentence in wrong:
        if is_wrong:
            raise click.UsageError(sentence)


def _detector(options: RunOptions, choice: BackendChoice) -> tuple[Detector, float | None]:
    """The detector, and from which certainty on a person counts; given boxes all count unless told otherwise."""
    if options.boxes is not None:
        given = BoxFile(options.box_file) if options.box_file else WholeFrame()
        return given, options.person_threshold
    path = _path(options.detector, embedded.DETECTOR, options)
    least = person_threshold(path) if options.person_threshold is None else options.person_threshold
    return open_detector(path, choice), least


def _path(named: str | None, usual: str, options: RunOptions) -> Path:
    if named is None:
        return embedded.default_path(usual, options.backend, options.provider)
    return embedded.model_path(named, options.backend)


class RunProgress:
    """Shows a RunTally after each frame; everything goes to stderr."""

    def __init__(self, facts: SourceFacts, limit: int | None) -> None:
        counts = [count for count in (facts.frames, limit) if count is not None]
        self._total = min(counts) if counts else None
        self._name = facts.name
        self._next_line_s = time.monotonic() + _PLAIN_LINE_EVERY_S
        console = Console(stderr=True)
        columns = (BarColumn(), TaskProgressColumn(), TimeRemainingColumn()) if self._total else ()
        bar = Progress("{task.description}", *columns, "{task.fields[rate]}", console=console, transient=True)
        self._bar = bar if console.is_terminal else None

    def __enter__(self) -> "RunProgress":
        if self._bar:
            self._bar.start()
            self._task = self._bar.add_task(self._name, total=self._total, rate="")
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar:
            self._bar.stop()

    def show(self, tally: RunTally) -> None:
        """Brings the display up to date."""
        done = f"{tally.frames} of {self._total}" if self._total else str(tally.frames)
        state = f"{done} frames, {counted(tally.persons, 'person')}, {tally.frames_per_second:.1f} frames/s"
        if self._bar:
            self._bar.update(self._task, completed=tally.frames, rate=state)
        elif time.monotonic() >= self._next_line_s:
            self._next_line_s = time.monotonic() + _PLAIN_LINE_EVERY_S
            say(f"{self._name}: {state}")
