"""A trained network goes on with a user's pictures, and is compared with what it was on others of them."""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from rsn_edge.artefact.checkpoint import Checkpoint, read_checkpoint, write_checkpoint
from rsn_edge.artefact.writing import named_failures, write_text
from rsn_edge.coco import read_annotations, read_json
from rsn_edge.embedded import model_path
from rsn_edge.errors import ArtefactError, InputError
from rsn_edge.network.build import build_network, check_shapes, network_state, state_shapes
from rsn_edge.reading import annotated_rows
from rsn_edge.skeleton import Skeleton, open_skeleton
from rsn_edge.spec import ModelSpec

from ..assembly import train
from ..data.keypoint_set import KeypointSet
from ..job import TrainOptions
from ..ranks import join_ranks
from ..record import write_picture
from ..state import check_folder
from ..validate import Judge, comparison_sheet

_SHEET = "before-after.jpg"
_TRAINED = 0.75  # share of the trained network in the one that is handed over
# How many crops are learnt from: of few persons more than they need, of many each so often.
_LEAST_SEEN, _TIMES_SEEN, _MOST_SEEN = 4_000, 10, 40_000
_ONE_OF = 5
_FEWEST = 6  # pictures with labelled persons
_HEAD = ".res_conv2."  # in the names of the convolutions and norms whose outputs are joints
_GAIN = ".res_conv2.bn.weight"
_LEAST_BODY = 0.95
_FRESH_GAIN = 1 / 3  # of a trained head's: with the whole of it the first hundred steps would only undo noise


@dataclass(frozen=True, slots=True)
class Loaded:
    """What a network took over from another.

    Args:
        body: share in [0, 1] of the numbers outside the heads' last convolutions.
        joints: whose maps go on as they were.
        new: joints, and arrays of the body, that start from random numbers.
        ignored: joints and arrays of the other network that have no place in this one.
    """

    body: float
    joints: tuple[str, ...]
    new: tuple[str, ...]
    ignored: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Finetuned:
    """What came of it.

    Args:
        file: the network.
        loaded: what it took over.
        scores: in [0, 1] by name and when (`before`: None where a joint is new, `after`), of who was not trained on.
        sheet: where some of them are shown.
    """

    file: Path
    loaded: Loaded
    scores: Mapping[str, Mapping[str, float | None]]
    sheet: Path


def finetune(options: TrainOptions, init: str, tell: Callable[[str], None]) -> Finetuned | None:
    """Trains from the network `init`, a name or file, and measures; None on all processes but the first.

    Without sets to validate on a fifth of the pictures is held out; without a length there is a usual one.
    """
    check_folder(options.out, options.resume)
    ranks = join_ranks()
    say = tell if ranks.first else lambda _sentence: None
    start = read_checkpoint(model_path(init, "torch"))
    if not isinstance(start.spec, ModelSpec):
        raise InputError(f"{init} is a person detector, and this command trains pose networks", "Name one of those.")
    skeleton = open_skeleton(options.skeleton) if options.skeleton else start.spec.skeleton
    spec = replace(start.spec, skeleton=skeleton)
    torch.manual_seed(options.seed)  # of what is new: the same in every process
    grafted, loaded = transplanted(start, spec)
    new, ignored = (", ".join(names) or "none" for names in (loaded.new, loaded.ignored))
    say(f"Loaded: {100 * loaded.body:.0f} % of the body, {len(loaded.joints)} joints; new: {new}; ignored: {ignored}.")
    train_sets, val_sets = ranks.in_turn(lambda: _sets(options, skeleton, say))
    file = train(_with_defaults(options, train_sets, val_sets, skeleton), grafted, say)
    if file is None:
        return None
    if loaded.new:
        networks = {"after": read_checkpoint(file)}
    else:
        networks = {"before": grafted, "after": between(grafted, read_checkpoint(file))}
        write_checkpoint(file, networks["after"])
    judge, place = Judge(spec, val_sets, lambda _sentence: None), options.out / _SHEET
    judged = {when: judge.judged(network) for when, network in networks.items()}
    sheet = comparison_sheet({when: persons for when, (_, persons) in judged.items()}, spec)
    if sheet is not None:
        write_picture(place, sheet)
    before = judged["before"][0] if "before" in judged else {}
    scores = {name: {"before": before.get(name), "after": after} for name, after in judged["after"][0].items()}
    return Finetuned(file, loaded, scores, place)


def between(start: Checkpoint, trained: Checkpoint) -> Checkpoint:
    """The trained network moved back by a quarter towards the one that it began as.

    Means of the weights before and after a fine-tuning read the new pictures as well as those after it, and forget
    less of the old ones (Wortsman et al., Robust fine-tuning of zero-shot models).
    """
    state = {name: (1 - _TRAINED) * start.state[name] + _TRAINED * array for name, array in trained.state.items()}
    return replace(trained, state={name: array.astype(np.float32) for name, array in state.items()})


def split_set(one: KeypointSet, skeleton: Skeleton, folder: Path) -> tuple[KeypointSet, KeypointSet]:
    """The set without, and only with, the fifth of its pictures of persons that is held out.

    A picture's fate hangs on its name: who adds some keeps nearly the same ones out.

    Both are written below `folder` as sets of their own, pictures linked beside them. InputError where the file is
    none of `skeleton`, or has too few pictures to hold any out.
    """
    truth = read_annotations(one.annotations, skeleton)
    teaching = ~truth.crowd & (truth.labelled > 0)
    shown = np.isin(truth.image_ids, truth.owners[teaching])
    if shown.sum() < _FEWEST:
        raise InputError(
            f"{one.annotations} has labelled persons in {shown.sum()} pictures, too few to hold some out",
            f"Label at least {_FEWEST}, or name others to measure on with --val.",
        )
    names = dict(zip(truth.image_ids.tolist(), truth.file_names, strict=True))
    ranked = sorted(truth.image_ids[shown].tolist(), key=lambda number: hashlib.sha256(names[number].encode()).digest())
    held = set(ranked[: max(2, round(len(ranked) / _ONE_OF))])
    parts = {f"{one.name}-train": set(names) - held, f"{one.name}-held-out": held}
    train, measure = (_written(one, image_ids, folder / name) for name, image_ids in parts.items())
    return train, measure


def transplanted(start: Checkpoint, spec: ModelSpec) -> tuple[Checkpoint, Loaded]:
    """The network `spec` with the weights of `start` that fit, the rest from torch's global generator.

    Joints of the same name are the same. ArtefactError where less than 95 % of the body would be loaded, or the
    weights are not those of their own network.
    """
    fresh, old = network_state(build_network(spec)), start.state
    check_shapes(state_shapes(start.spec), {name: array.shape for name, array in old.items()}, "weights are not whole")
    body = {name: array for name, array in fresh.items() if _HEAD not in name}
    kept = {name: old[name] for name, array in body.items() if name in old and old[name].shape == array.shape}
    share = sum(array.size for array in kept.values()) / sum(array.size for array in body.values())
    if share < _LEAST_BODY or not isinstance(start.spec, ModelSpec):
        raise ArtefactError(
            f"only {100 * share:.0f} % of the body of {spec.variant} would come from weights of {start.spec.variant}",
            "Start from weights of the same network.",
        )
    known, wanted = start.spec.skeleton.joints, spec.skeleton.joints
    joints = tuple(joint for joint in wanted if joint in known)
    taken, places = [known.index(joint) for joint in joints], [wanted.index(joint) for joint in joints]
    heads = {}
    for name, array in fresh.items():
        if name not in body:
            heads[name] = array * (_FRESH_GAIN * np.abs(old[name]).mean() if name.endswith(_GAIN) else 1)
            heads[name][places] = old[name][taken]
    loaded = Loaded(
        body=share,
        joints=joints,
        new=(*_others(wanted, joints), *_others(body, kept)),
        ignored=(*_others(known, joints), *_others(old, fresh)),
    )
    return Checkpoint(spec, body | kept | heads, start.notes), loaded


def _sets(
    options: TrainOptions, skeleton: Skeleton, say: Callable[[str], None]
) -> tuple[list[KeypointSet], list[KeypointSet]]:
    """Whom to train on, and whom to measure on."""
    train_sets = [options.training_set(text, skeleton) for text in options.data]
    if options.val:
        return train_sets, options.validation_sets(skeleton)
    parts = [split_set(one, skeleton, options.out / f"set-{number}") for number, one in enumerate(train_sets, 1)]
    for _, held in parts:
        say(f"Held out of the training, to measure on: a fifth of the pictures, those of {held.annotations}.")
    return [kept for kept, _ in parts], [held for _, held in parts]


def _with_defaults(
    options: TrainOptions, train_sets: Sequence[KeypointSet], val_sets: Sequence[KeypointSet], skeleton: Skeleton
) -> TrainOptions:
    """The same sets by file, and a length."""
    if not options.val:
        data = tuple(f"{one.annotations}@{one.weight:f}" for one in train_sets)
        options = replace(options, data=data, val=tuple(str(one.annotations) for one in val_sets))
    truths = [read_annotations(one.annotations, skeleton) for one in train_sets]
    persons = max(1, sum(len(rows) for truth in truths for rows in annotated_rows(truth)))
    usual = min(max(_LEAST_SEEN, _TIMES_SEEN * persons), _MOST_SEEN) / persons
    epochs = options.epochs or (None if options.minutes else usual)
    return replace(options, skeleton=None, epochs=epochs)  # the grafted network brings its joints along


def _written(one: KeypointSet, image_ids: set[int], folder: Path) -> KeypointSet:
    """The part of the set that shows these pictures."""
    content = read_json(one.annotations)
    annotations, pictures = folder / "person_keypoints.json", folder / "images"
    images = [image for image in content["images"] if image["id"] in image_ids]
    persons = [person for person in content["annotations"] if person.get("image_id") in image_ids]
    write_text(annotations, json.dumps({**content, "images": images, "annotations": persons}))
    with named_failures(pictures):
        if not pictures.exists():
            pictures.symlink_to(one.pictures.resolve(), target_is_directory=True)
    return KeypointSet(annotations, pictures, one.weight)


def _others(names: Mapping[str, Any] | tuple[str, ...], but: Mapping[str, Any] | tuple[str, ...]) -> list[str]:
    return [name for name in names if name not in but]
