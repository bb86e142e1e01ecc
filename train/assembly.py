"""From the command line of `rsn-edge train` to a run in its folder."""

from collections.abc import Callable
from dataclasses import replace
from math import ceil
from pathlib import Path

import cv2
import torch

from rsn_edge.artefact.checkpoint import Checkpoint, write_checkpoint
from rsn_edge.device.machine import this_machine, usable_cores
from rsn_edge.errors import InputError, OutputError
from rsn_edge.skeleton import open_skeleton
from rsn_edge.spec import DETECTORS, DetectorSpec, Spec, pose_variant

from .detector.job import detector_job
from .job import Job, TrainOptions
from .loop import Habits, Length, Run
from .pose_job import pose_job
from .ranks import Ranks, join_ranks
from .recipe import DETECTOR_RECIPE, RECIPES, Recipe
from .schedule import official_iterations
from .state import State, holds_run, newest_state
from .training import Plan, Training

_MODERN_EPOCHS = 100.0


def train(options: TrainOptions, start: Checkpoint | None, tell: Callable[[str], None]) -> Path | None:
    """Trains and writes NAME.safetensors into the folder; its path, None on all processes but the first.

    `start` holds the weights to begin with.
    """
    check_folder(options.out, options.resume)
    ranks = join_ranks()
    say = tell if ranks.first else _say_nothing
    _use_threads(options.threads, ranks)
    spec, recipe = _spec(options, start), RECIPES[options.recipe]
    if isinstance(spec, DetectorSpec):
        recipe, job = DETECTOR_RECIPE, detector_job(options, spec, ranks=ranks, say=say)
    else:
        job = pose_job(options, spec, recipe, trained=start is not None, ranks=ranks, say=say)
    plan = _plan(options, recipe, ranks)
    habits = _habits(options, plan, job, say)
    resumed = _resumed(options, habits)
    training = Training(job.task, plan, ranks, start)
    checkpoint = Run(training, _length(options, recipe, plan, job.samples), habits, resumed).to_end()
    return _written(options.out, checkpoint) if checkpoint else None


def check_folder(folder: Path, resume: bool) -> None:
    """OutputError where a folder holds a run that is not to be gone on with."""
    if not resume and holds_run(folder):
        raise OutputError(f"{folder} holds a training already", "Go on with it (--resume) or choose another --out.")


def _say_nothing(_sentence: str) -> None:
    pass


def _use_threads(threads: int | None, ranks: Ranks) -> None:
    cv2.setNumThreads(0)  # a crop is too small to share
    torch.set_num_threads(threads or max(1, usable_cores() // ranks.world))


def _spec(options: TrainOptions, start: Checkpoint | None) -> Spec:
    name = options.model or (start.spec.variant if start else "rsn-nano")
    known = start.spec if start and start.spec.variant == name else DETECTORS.get(name)
    if start and isinstance(start.spec, DetectorSpec) != isinstance(known, DetectorSpec):
        raise InputError(
            f"{name} cannot start from the weights of {start.spec.variant}: one finds persons, the other reads poses",
            "Choose another --init, or leave out --model.",
        )
    if isinstance(known, DetectorSpec):
        return _detector_spec(options, known)
    skeleton = open_skeleton(options.skeleton) if options.skeleton else None
    if known:
        spec = replace(known, input_hw=options.input_hw or known.input_hw, confidence=())
        return replace(spec, skeleton=skeleton) if skeleton else spec
    return pose_variant(name, options.input_hw, skeleton)


def _detector_spec(options: TrainOptions, known: DetectorSpec) -> DetectorSpec:
    if options.recipe == "official" or options.skeleton:
        what = "has no joints (--skeleton)" if options.skeleton else "was never trained as RSN was (--recipe official)"
        raise InputError(f"{known.variant} is a person detector and {what}", "Leave that option out.")
    return replace(known, input_hw=options.input_hw or known.input_hw)


def _plan(options: TrainOptions, recipe: Recipe, ranks: Ranks) -> Plan:
    batch = options.batch or recipe.batch
    if batch < 2 * ranks.world:
        raise InputError(
            f"a batch of {batch} is too small for {ranks.world} processes", "Take at least two persons each."
        )
    fast_bf16 = ranks.device.type == "cuda" or bool({"avx512_bf16", "amx"} & set(this_machine().flags))
    return Plan(batch, options.lr, options.seed, fast_bf16 if options.amp is None else options.amp)


def _habits(options: TrainOptions, plan: Plan, job: Job, say: Callable[[str], None]) -> Habits:
    asked = {"batch": plan.batch, "lr": plan.peak, "seed": plan.seed, "amp": plan.amp}
    return Habits(
        folder=options.out,
        identity={"recipe": job.task.recipe.name, **job.identity} | {name: str(one) for name, one in asked.items()},
        score_names=job.score_names,
        validate=job.validate,
        save_minutes=options.save_minutes,
        validate_minutes=options.val_minutes,
        say=say,
    )


def _resumed(options: TrainOptions, habits: Habits) -> State | None:
    if not options.resume:
        return None
    state = newest_state(options.out, habits.identity)
    if state is None:
        habits.say(f"There is no training in {options.out} to go on with: it starts anew.")
    else:
        habits.say(f"Goes on after step {state['iteration']}.")
    return state


def _length(options: TrainOptions, recipe: Recipe, plan: Plan, samples: int) -> Length:
    if options.minutes:
        return Length(minutes=options.minutes)
    if options.epochs is None and not recipe.modern:
        return Length(iterations=official_iterations(plan.batch))
    return Length(iterations=max(1, ceil((options.epochs or _MODERN_EPOCHS) * samples / plan.batch)))


def _written(folder: Path, checkpoint: Checkpoint) -> Path:
    path = folder / f"{checkpoint.spec.variant}.safetensors"
    write_checkpoint(path, checkpoint)
    return path
