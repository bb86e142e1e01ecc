"""From the command line of `rsn-edge train` to a run in its folder."""

from collections.abc import Callable
from dataclasses import replace
from math import ceil
from pathlib import Path

import cv2
import torch

from rsn_edge.artefact.checkpoint import Checkpoint, write_checkpoint
from rsn_edge.device.machine import this_machine, usable_cores
from rsn_edge.errors import InputError
from rsn_edge.skeleton import open_skeleton
from rsn_edge.spec import DETECTORS, DetectorSpec, Spec, pose_variant

from .detector.job import detector_job
from .job import TrainOptions
from .loop import Length, Run
from .pose_job import pose_job
from .qat.task import qat_job
from .ranks import Ranks, join_ranks
from .recipe import QAT, RECIPES, Recipe, official_iterations
from .state import check_folder
from .training import Plan, Training

_MODERN_EPOCHS, _QAT_EPOCHS = 100.0, 5.0


def train(options: TrainOptions, start: Checkpoint | None, tell: Callable[[str], None]) -> Path | None:
    """Trains and writes NAME.safetensors into the folder; its path, None on all processes but the first.

    `start` holds the weights to begin with.
    """
    check_folder(options.out, options.resume)
    ranks = join_ranks()
    say = tell if ranks.first else lambda _sentence: None
    cv2.setNumThreads(0)  # a crop is too small to share
    torch.set_num_threads(options.threads or max(1, usable_cores() // ranks.world))
    spec, recipe = _spec(options, start), RECIPES[options.recipe]
    if recipe is QAT:
        options = replace(options, batch=options.batch or QAT.batch)
    if isinstance(spec, DetectorSpec):
        job = detector_job(options, spec, ranks, say)
    else:
        job = pose_job(options, spec, recipe, ranks, say, trained=start is not None)
    if recipe is QAT and start:
        job = qat_job(job, start)
        say("Scores are those of the float weights: what the integers score, rsn-edge build-engine measures.")
    recipe = job.task.recipe
    plan = _plan(options, recipe, ranks)
    run = Run(Training(job.task, plan, ranks, start), _length(options, recipe, plan, job.samples), job, options, say)
    checkpoint = run.to_end()
    if checkpoint is None:
        return None
    path = options.out / f"{spec.variant}.safetensors"
    write_checkpoint(path, checkpoint)
    return path


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
    if known is None:
        return pose_variant(name, options.input_hw, skeleton)
    input_hw = options.input_hw or known.input_hw
    return replace(known, input_hw=input_hw, skeleton=skeleton or known.skeleton, confidence=())


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


def _length(options: TrainOptions, recipe: Recipe, plan: Plan, samples: int) -> Length:
    if options.minutes:
        return Length(minutes=options.minutes)
    if options.epochs is None and not recipe.modern:
        return Length(iterations=official_iterations(plan.batch))
    epochs = options.epochs or (_QAT_EPOCHS if recipe is QAT else _MODERN_EPOCHS)
    return Length(iterations=max(1, ceil(epochs * samples / plan.batch)))
