"""A detector's training put together: pictures, canvases, task and scores."""

import hashlib
from collections.abc import Callable
from pathlib import Path

import numpy as np

from rsn_edge.errors import InputError
from rsn_edge.spec import DetectorSpec, spec_to_json

from ..data.keypoint_set import KeypointSet
from ..job import Job, TrainOptions
from ..loop import Judgement
from ..ranks import Ranks
from ..recipe import DETECTOR_RECIPE
from .boxes import BoxedPictures, annotated_pictures, joined, pictures_of_nobody
from .canvas import CanvasMaker
from .judge import box_scores, check_judges
from .pictures import keep_pictures
from .sets import annotated_set, unpeopled_pictures
from .task import DetectorTask

_TRAIN_SPLIT, _VAL_SPLIT = "train2017", "val2017"
_UNSEEN = 10_000  # added to the seed for synthetic pictures to validate on


def detector_job(options: TrainOptions, spec: DetectorSpec, *, ranks: Ranks, say: Callable[[str], None]) -> Job:
    """Reads the boxes and keeps the pictures; InputError where they do not make a training."""
    cache = options.cache or options.out / "cache"
    boxed, val_sets = ranks.in_turn(lambda: (_read(options, cache, say), _opened(options, cache)))
    kept = ranks.in_turn(lambda: keep_pictures(boxed, cache, say))
    maker = CanvasMaker(boxed, kept, spec.pad_value, options.seed)
    data = hashlib.sha256(boxed.boxes_xyxy.tobytes() + boxed.weights.tobytes() + kept.sizes_hw.tobytes())
    per_step = options.batch or DETECTOR_RECIPE.batch
    return Job(
        task=DetectorTask(spec, DETECTOR_RECIPE, maker, per_step, options.seed),
        samples=len(boxed),
        identity={
            "network": hashlib.sha256(spec_to_json(spec).encode()).hexdigest()[:12],
            "data": f"{len(boxed)} pictures {data.hexdigest()[:12]}",
        },
        score_names=tuple(f"{number} {one.name}" for one in val_sets for number in ("AP50", "AP")),
        validate=lambda checkpoint: Judgement(box_scores(checkpoint, val_sets)),
    )


def _read(options: TrainOptions, cache: Path, say: Callable[[str], None]) -> BoxedPictures:
    parts = [_part(text, cache) for text in options.data]
    for text, part in zip(options.data, parts, strict=True):
        say(f"{text}: {_in_words(part)}.")
    return joined(parts)


def _part(text: str, cache: Path) -> BoxedPictures:
    pictures, weight = unpeopled_pictures(text)
    if pictures:
        return pictures_of_nobody(pictures, weight)
    return annotated_pictures(annotated_set(text, _TRAIN_SPLIT, cache))


def _in_words(part: BoxedPictures) -> str:
    """What a user should know to have been understood."""
    counts = {
        "pictures": len(part),
        "persons": np.count_nonzero(~part.ignored),
        "pictures without persons": np.count_nonzero(part.complete & ~part.peopled),
        "pictures in which others may be without a box": np.count_nonzero(~part.complete),
        "regions to ignore": np.count_nonzero(part.ignored),
    }
    return ", ".join(f"{count} {name}" for name, count in counts.items() if count)


def _opened(options: TrainOptions, cache: Path) -> list[KeypointSet]:
    for text in options.val:
        if unpeopled_pictures(text)[0]:
            raise InputError(f"{text} has no boxes of persons to judge a detector by", "Name an annotated set (--val).")
    sets = [annotated_set(text, _VAL_SPLIT, cache, _UNSEEN) for text in options.val]
    for one in sets:
        check_judges(one)
    return sets
