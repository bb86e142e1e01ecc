"""The parts of a run, put together from its options."""

from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

import click

from rsn_edge import embedded
from rsn_edge.artefact.description import thresholds_of
from rsn_edge.artefact.manifest import JOINT_THRESHOLD
from rsn_edge.backend.choice import BackendChoice
from rsn_edge.coco import image_ids_by_name
from rsn_edge.commands.options import RunOptions
from rsn_edge.detector.fixed import BoxFile, WholeFrame
from rsn_edge.detector.opening import open_detector, person_threshold
from rsn_edge.detector.protocol import Detector
from rsn_edge.estimator import PoseEstimator
from rsn_edge.poser import open_poser
from rsn_edge.sink.opening import DEFAULT_FOLDER, Outputs, open_sinks
from rsn_edge.sink.protocol import Sink
from rsn_edge.source.opening import open_sources
from rsn_edge.source.protocol import Source


@dataclass(frozen=True, slots=True)
class Assembly:
    """Source, estimator and sinks of one run; leaving the `with` block frees the networks.

    `boxes` is the detector where its boxes come from a file, `quantised` says that INT8 was chosen unasked.
    """

    source: Source
    estimator: PoseEstimator
    sinks: tuple[Sink, ...]
    boxes: BoxFile | None = None
    quantised: bool = False

    def __enter__(self) -> "Assembly":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.estimator.close()

    @property
    def remarks(self) -> tuple[str, ...]:
        """What the user should know of this run: a sentence each."""
        of_sinks = [note for sink in self.sinks for note in sink.notes]
        return (*self.source.skipped, *of_sinks, *(self.boxes.notes if self.boxes else ()))

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
    source = _source(options)
    choice = BackendChoice(options.backend, options.provider, options.device, bf16=options.bf16)
    model = _path(options.model, embedded.POSE, options)
    threshold = thresholds_of(model).joint if options.threshold is None else options.threshold
    with ExitStack() as opened:
        poser = open_poser(model, choice, options.flip_test)
        opened.callback(poser.close)
        detector, least_certain = _detector(options, choice)
        opened.callback(detector.close)
        sinks = open_sinks(
            _outputs(options), source.facts, poser.skeleton, JOINT_THRESHOLD if threshold is None else threshold
        )
        opened.pop_all()
    estimator = PoseEstimator(detector, poser, least_certain, options.max_persons)
    quantised = options.model is None and model.name.endswith(embedded.INT8)
    return Assembly(source, estimator, sinks, detector if isinstance(detector, BoxFile) else None, quantised)


def _refuse_contradictions(options: RunOptions) -> None:
    """UsageError for options of which one would be without effect."""
    wrong = (
        (
            not options.sources and options.camera is None,
            "Nothing to run on: name a SOURCE, such as 'sample'.",
        ),
        (options.as_json and options.jsonl == "-", "--json and '--jsonl -' both want standard output."),
        (options.boxes and options.detector, "--boxes stands for a detector: leave --detector out."),
        (options.bf16 and options.backend != "openvino", "--bf16 is for OpenVINO: add --backend openvino."),
        (options.device and options.provider == "cpu", "--device names an accelerator: add --provider."),
    )
    for is_wrong, sentence in wrong:
        if is_wrong:
            raise click.UsageError(sentence)


def _source(options: RunOptions) -> Source:
    if options.camera is None:
        return open_sources(options.sources)
    if options.sources:
        raise click.UsageError("A camera stands alone: leave SOURCE or --camera out.")
    return open_sources([str(options.camera)])


def _detector(options: RunOptions, choice: BackendChoice) -> tuple[Detector, float | None]:
    """The detector, and from which certainty on a person counts; given boxes all count unless told otherwise."""
    if options.boxes is not None:
        given = WholeFrame() if options.boxes == "whole" else BoxFile(Path(options.boxes))
        return given, options.person_threshold
    path = _path(options.detector, embedded.DETECTOR, options)
    least = person_threshold(path) if options.person_threshold is None else options.person_threshold
    return open_detector(path, choice), least


def _path(named: str | None, usual: str, options: RunOptions) -> Path:
    if named is None:
        return embedded.default_path(usual, options.backend, options.provider)
    return embedded.model_path(named, options.backend)


def _outputs(options: RunOptions) -> Outputs:
    known_ids = options.coco and options.boxes not in (None, "whole")
    return Outputs(
        overlays=DEFAULT_FOLDER if options.writes_nothing else options.out,
        jsonl=options.jsonl,
        coco=options.coco,
        openpose=options.openpose,
        csv=options.csv,
        window=options.show,
        image_ids=image_ids_by_name(Path(str(options.boxes))) if known_ids else None,
        kept=(Path(options.boxes),) if options.boxes not in (None, "whole") else (),
    )
