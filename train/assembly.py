"""From the command line of `rsn-edge train` to a run: data, network, folder."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import ceil
from pathlib import Path
from typing import TypeVar

import cv2
import torch

from rsn_edge.artefact.checkpoint import Checkpoint, read_checkpoint, write_checkpoint
from rsn_edge.device.machine import this_machine, usable_cores
from rsn_edge.errors import InputError, OutputError
from rsn_edge.skeleton import Skeleton, open_skeleton
from rsn_edge.spec import DETECTORS, ModelSpec, pose_variant, spec_to_json

from .audit.audit import Finding, quick_audit
from .audit.faults import COSTS, STOPS
from .data.batch import Augmenter, Sampler
from .data.crops import Crops, crop_persons
from .data.keypoint_set import KeypointSet, open_set
from .data.samples import Samples, read_samples
from .loop import Habits, Length, Run
from .ranks import Ranks, join_ranks
from .recipe import RECIPES
from .schedule import official_iterations
from .state import State, holds_run, newest_state
from .training import Data, Plan, Training
from .validate import average_precisions

T = TypeVar("T")

_MODERN_EPOCHS = 100.0
_TRAIN_SPLIT, _VAL_SPLIT = "train2017", "val2017"
_UNSEEN = 10_000  # added to the seed for synthetic pictures to validate on


@dataclass(frozen=True, slots=True)
class TrainOptions:
    """The command line of `train`, one field an option."""

    data: tuple[str, ...]
    val: tuple[str, ...]
    model: str | None
    input_hw: tuple[int, int] | None
    skeleton: str | None
    recipe: str
    epochs: float | None
    minutes: float | None
    batch: int | None
    lr: float | None
    amp: bool | None
    resume: bool
    out: Path
    cache: Path | None
    seed: int
    init: Path | None
    threads: int | None
    save_minutes: float
    val_minutes: float


def train(options: TrainOptions, tell: Callable[[str], None]) -> Path | None:
    """Trains and writes NAME.safetensors into the folder; its path, None on all processes but the first."""
    if not options.resume and holds_run(options.out):
        raise OutputError(
            f"{options.out} holds a training already", "Go on with it (--resume) or choose another --out."
        )
    ranks = join_ranks()
    say = tell if ranks.first else _say_nothing
    _use_threads(options.threads, ranks)
    start = read_checkpoint(options.init) if options.init else None
    plan = _plan(options, start, ranks)
    train_sets, val_sets = _in_turn(ranks, lambda: _open_sets(options, plan.spec))
    for one in train_sets:
        _audit(one.annotations, plan.spec.skeleton, say)
    samples = read_samples(train_sets, plan.spec)
    crops = _in_turn(ranks, lambda: _crops(samples, plan, options, say))
    say(f"{len(samples)} persons to train on, from {len(train_sets)} sets; {plan.recipe.name} recipe.")
    habits = _habits(options, plan, crops, samples, val_sets, say)
    data = Data(Sampler(samples.weights, plan.seed), Augmenter(crops, plan.spec, plan.recipe.modern, plan.seed))
    resumed = _resumed(options, habits)
    training = Training(plan, data, ranks, start)
    checkpoint = Run(training, _length(options, plan, len(samples)), habits, resumed).to_end()
    return _written(options.out, checkpoint) if checkpoint else None


def _say_nothing(_sentence: str) -> None:
    pass


def _use_threads(threads: int | None, ranks: Ranks) -> None:
    cv2.setNumThreads(0)  # a crop is too small to share
    torch.set_num_threads(threads or max(1, usable_cores() // ranks.world))


def _plan(options: TrainOptions, start: Checkpoint | None, ranks: Ranks) -> Plan:
    recipe = RECIPES[options.recipe]
    spec = _spec(options, start)
    if recipe.modern and spec.prm != "off":
        raise InputError(
            "the maps of a network with a pose refine machine cannot be scaled as the modern recipe does at its end",
            "Train it with --recipe official.",
        )
    batch = options.batch or recipe.batch
    if batch < 2 * ranks.world:
        raise InputError(
            f"a batch of {batch} is too small for {ranks.world} processes", "Take at least two persons each."
        )
    fast_bf16 = ranks.device.type == "cuda" or bool({"avx512_bf16", "amx"} & set(this_machine().flags))
    amp = fast_bf16 if options.amp is None else options.amp
    return Plan(spec, recipe, batch, options.lr, options.seed, amp, trained=start is not None)


def _spec(options: TrainOptions, start: Checkpoint | None) -> ModelSpec:
    name = options.model or (start.spec.variant if start else "rsn-nano")
    if name in DETECTORS or (start and not isinstance(start.spec, ModelSpec)):
        raise InputError(f"{name} is a person detector, and this command trains pose networks", "Name one of those.")
    skeleton = open_skeleton(options.skeleton) if options.skeleton else None
    if start and isinstance(start.spec, ModelSpec) and start.spec.variant == name:
        spec = replace(start.spec, input_hw=options.input_hw or start.spec.input_hw, confidence=())
        return replace(spec, skeleton=skeleton) if skeleton else spec
    return pose_variant(name, options.input_hw, skeleton)


def _open_sets(options: TrainOptions, spec: ModelSpec) -> tuple[list[KeypointSet], list[KeypointSet]]:
    drawn = options.cache or options.out / "cache"
    train_sets = [open_set(text, _TRAIN_SPLIT, spec.skeleton, drawn) for text in options.data]
    return train_sets, [open_set(text, _VAL_SPLIT, spec.skeleton, drawn, _UNSEEN) for text in options.val]


def _audit(annotations: Path, skeleton: Skeleton, say: Callable[[str], None]) -> None:
    """Says what costs accuracy in an annotation file; InputError where a training on it would go wrong."""
    findings = quick_audit(annotations, skeleton)
    for finding in findings:
        if finding.severity == COSTS:
            say(f"{annotations}: {_in_words(finding)}.")
    stops = [_in_words(finding) for finding in findings if finding.severity == STOPS]
    if stops:
        raise InputError(
            f"{annotations} would spoil a training: {'; '.join(stops)}", f"See rsn-edge audit-data {annotations}."
        )


def _in_words(finding: Finding) -> str:
    fault = finding.fault
    count = "" if fault.of == "set" else f"{len(finding.rows)} of {finding.total} {fault.of}s with "
    return f"{count}{fault.sentence} ({fault.name})"


def _crops(samples: Samples, plan: Plan, options: TrainOptions, say: Callable[[str], None]) -> Crops:
    def report(count: int) -> None:
        if count % 5000 == 0:
            say(f"Cut out {count} of {len(samples)} persons.")

    return crop_persons(samples, plan.spec, plan.recipe.context, options.cache or options.out / "cache", report)


def _in_turn(ranks: Ranks, work: Callable[[], T]) -> T:
    """What `work` returns, done by the first process before the others: they find its files."""
    if not ranks.first:
        ranks.wait()
    result = work()
    if ranks.first:
        ranks.wait()
    return result


def _habits(
    options: TrainOptions,
    plan: Plan,
    crops: Crops,
    samples: Samples,
    val_sets: Sequence[KeypointSet],
    say: Callable[[str], None],
) -> Habits:
    return Habits(
        folder=options.out,
        identity=_identity(options, plan, crops, samples),
        score_names=tuple(f"AP {one.name}" for one in val_sets),
        validate=lambda checkpoint: average_precisions(checkpoint, val_sets),
        save_minutes=options.save_minutes,
        validate_minutes=options.val_minutes,
        say=say,
    )


def _identity(options: TrainOptions, plan: Plan, crops: Crops, samples: Samples) -> Mapping[str, str]:
    """What a run must not change when it goes on; it may become longer or shorter."""
    data = hashlib.sha256(crops.boxes_xyxy.tobytes() + crops.joints_xy.tobytes() + samples.weights.tobytes())
    return {
        "network": hashlib.sha256(spec_to_json(plan.spec).encode()).hexdigest()[:12],
        "recipe": plan.recipe.name,
        "data": f"{len(crops)} persons {data.hexdigest()[:12]}",
        "batch": str(plan.batch),
        "lr": str(plan.peak),
        "seed": str(plan.seed),
        "amp": str(plan.amp),
    }


def _resumed(options: TrainOptions, habits: Habits) -> State | None:
    if not options.resume:
        return None
    state = newest_state(options.out, habits.identity)
    if state is None:
        habits.say(f"There is no training in {options.out} to go on with: it starts anew.")
    else:
        habits.say(f"Goes on after step {state['iteration']}.")
    return state


def _length(options: TrainOptions, plan: Plan, persons: int) -> Length:
    if options.minutes:
        return Length(minutes=options.minutes)
    if options.epochs is None and not plan.recipe.modern:
        return Length(iterations=official_iterations(plan.batch))
    return Length(iterations=max(1, ceil((options.epochs or _MODERN_EPOCHS) * persons / plan.batch)))


def _written(folder: Path, checkpoint: Checkpoint) -> Path:
    path = folder / f"{checkpoint.spec.variant}.safetensors"
    write_checkpoint(path, checkpoint)
    return path
