"""A pose network's training put together: annotation files to persons, crops, task and scores."""

import hashlib
from collections.abc import Callable
from pathlib import Path

from rsn_edge.errors import InputError
from rsn_edge.skeleton import Skeleton
from rsn_edge.spec import ModelSpec

from .audit.audit import audit_labels
from .audit.faults import COSTS, STOPS
from .data.batch import Augmenter, Sampler
from .data.crops import crop_persons, read_samples
from .job import Job, TrainOptions
from .pose_task import PoseTask
from .ranks import Ranks
from .recipe import QAT, Recipe
from .validate import Judge


def pose_job(
    options: TrainOptions, spec: ModelSpec, recipe: Recipe, ranks: Ranks, say: Callable[[str], None], *, trained: bool
) -> Job:
    """Reads, audits and cuts out the persons; `trained`: the network starts from trained weights.

    InputError where a set would spoil the training, or the recipe does not suit the network.
    """
    if recipe.modern and recipe is not QAT and spec.prm != "off":
        raise InputError(
            "the maps of a network with a pose refine machine cannot be scaled as the modern recipe does at its end",
            "Train it with --recipe official.",
        )
    train_sets = ranks.in_turn(lambda: [options.training_set(text, spec.skeleton) for text in options.data])
    val_sets = ranks.in_turn(lambda: options.validation_sets(spec.skeleton))
    judge = Judge(spec, val_sets, say)
    for one in train_sets:
        _audit(one.annotations, spec.skeleton, say)
    samples = read_samples(train_sets, spec)
    crops = ranks.in_turn(lambda: crop_persons(samples, spec, recipe.context, options.cache_folder, say))
    say(f"{len(crops)} persons to train on, from {len(train_sets)} sets; {recipe.name} recipe.")
    sampler, augmenter = Sampler(crops.weights, options.seed), Augmenter(crops, spec, recipe.modern, options.seed)
    data = hashlib.sha256(crops.boxes_xyxy.tobytes() + crops.joints_xy.tobytes() + crops.weights.tobytes())
    return Job(
        task=PoseTask(spec, recipe, sampler, augmenter.batch, trained),
        samples=len(crops),
        data=f"{len(crops)} persons {data.hexdigest()[:12]}",
        score_names=judge.score_names,
        validate=judge,
    )


def _audit(annotations: Path, skeleton: Skeleton, say: Callable[[str], None]) -> None:
    """Says what costs accuracy in an annotation file; InputError where a training on it would go wrong."""
    findings = audit_labels(annotations, skeleton).findings
    for finding in findings:
        if finding.severity == COSTS:
            say(f"{annotations}: {finding}.")
    stops = [str(finding) for finding in findings if finding.severity == STOPS]
    if stops:
        raise InputError(
            f"{annotations} would spoil a training: {'; '.join(stops)}", f"See rsn-edge audit-data {annotations}."
        )
