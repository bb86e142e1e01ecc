"""A trained network goes on with a user's pictures, and is compared with what it was on others of them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
import torch

from rsn_edge.artefact.checkpoint import Checkpoint, read_checkpoint, write_checkpoint
from rsn_edge.artefact.writing import write_bytes
from rsn_edge.coco import read_annotations
from rsn_edge.embedded import model_path
from rsn_edge.errors import InputError
from rsn_edge.reading import annotated_rows
from rsn_edge.skeleton import Skeleton, open_skeleton
from rsn_edge.spec import ModelSpec

from ..assembly import train
from ..data.keypoint_set import KeypointSet
from ..job import TrainOptions
from ..judged import comparison_sheet
from ..ranks import join_ranks
from ..state import check_folder
from ..validate import Judge
from .split import split_set
from .transplant import Loaded, transplanted

_SHEET = "before-after.jpg"
_TRAINED = 0.75  # share of the trained network in the one that is handed over
# How many crops are learnt from: of few persons more than they need, of many each so often.
_LEAST_SEEN, _TIMES_SEEN, _MOST_SEEN = 4_000, 10, 40_000


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
        write_bytes(place, cv2.imencode(place.suffix, sheet)[1].tobytes())
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
