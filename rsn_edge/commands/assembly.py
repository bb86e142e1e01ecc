"""The parts of a run, put together from its options."""

from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

import click

from rsn_edge import embedded
from rsn_edge.artefact.manifest import read_manifest
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

_JOINT_THRESHOLD = 0.2  # where a model's manifest names none


@dataclass(frozen=True, slots=True)
class Assembly:
    """Source, estimator and sinks of one run; leaving the `with` block frees the networks."""

    source: Source
    estimator: PoseEstimator
    sinks: tuple[Sink, ...]

    def __enter__(self) -> "Assembly":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.estimator.close()


def assemble(options: RunOptions) -> Assembly:
    """Opens everything that the options name; whatever cannot be opened is one sentence, before anything is written."""
    source = _source(options)
    choice = BackendChoice(options.backend, options.provider, options.device, bf16=options.bf16)
    model = embedded.model_path(options.model)
    threshold = joint_threshold(model) if options.threshold is None else options.threshold
    with ExitStack() as opened:
        poser = open_poser(model, choice, options.flip_test)
        opened.callback(poser.close)
        detector, least_certain = _detector(options, choice)
        opened.callback(detector.close)
        sinks = open_sinks(_outputs(options), source.facts, poser.skeleton, threshold)
        opened.pop_all()
    return Assembly(source, PoseEstimator(detector, poser, least_certain, options.max_persons), sinks)


def _source(options: RunOptions) -> Source:
    uris = list(options.sources)
    if options.camera is not None:
        uris.append(f"/dev/video{options.camera}")
    if not uris:
        raise click.UsageError("Nothing to run on: name a SOURCE (try 'sample') or --camera N.")
    if options.as_json and options.jsonl == "-":
        raise click.UsageError("--json and '--jsonl -' both want standard output.")
    return open_sources(uris)


def _detector(options: RunOptions, choice: BackendChoice) -> tuple[Detector, float | None]:
    """The detector, and from which certainty on a person counts; given boxes all count unless told otherwise."""
    if options.boxes is not None:
        given = WholeFrame() if options.boxes == "whole" else BoxFile(Path(options.boxes))
        return given, options.person_threshold
    path = embedded.model_path(options.detector)
    least = person_threshold(path) if options.person_threshold is None else options.person_threshold
    return open_detector(path, choice), least


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
    )


def joint_threshold(model: Path) -> float:
    """The confidence from which on a joint is shown: what the manifest of a model file says, else a usual one."""
    manifest = read_manifest(model)
    known = manifest.thresholds.joint if manifest else None
    return _JOINT_THRESHOLD if known is None else known
