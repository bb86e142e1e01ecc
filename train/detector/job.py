"""A detector's training put together: pictures, canvases, task and scores."""

import hashlib
from collections.abc import Callable

from rsn_edge.errors import InputError
from rsn_edge.spec import DetectorSpec

from ..data.keypoint_set import KeypointSet
from ..job import Job, Judgement, TrainOptions
from ..ranks import Ranks
from ..recipe import DETECTOR_RECIPE
from .boxes import BoxedPictures, annotated_pictures, joined, pictures_of_nobody
from .canvas import CanvasMaker
from .judge import box_scores, check_judges
from .pictures import keep_pictures
from .sets import unpeopled_pictures
from .task import DetectorTask


def detector_job(options: TrainOptions, spec: DetectorSpec, ranks: Ranks, say: Callable[[str], None]) -> Job:
    """Reads the boxes and keeps the pictures; InputError where they do not make a training."""
    boxed = ranks.in_turn(lambda: joined([_boxed(options, text, say) for text in options.data]))
    val_sets = ranks.in_turn(lambda: _validation_sets(options))
    kept = ranks.in_turn(lambda: keep_pictures(boxed, options.cache_folder, say))
    maker = CanvasMaker(boxed, kept, spec.pad_value, options.seed)
    data = hashlib.sha256(boxed.boxes_xyxy.tobytes() + boxed.weights.tobytes() + kept.sizes_hw.tobytes())
    per_step = options.batch or DETECTOR_RECIPE.batch
    return Job(
        task=DetectorTask(spec, DETECTOR_RECIPE, maker, per_step, options.seed),
        samples=len(boxed),
        data=f"{len(boxed)} pictures {data.hexdigest()[:12]}",
        score_names=tuple(f"{number} {one.name}" for one in val_sets for number in ("AP50", "AP")),
        validate=lambda checkpoint: Judgement(box_scores(checkpoint, val_sets)),
    )


def _boxed(options: TrainOptions, text: str, say: Callable[[str], None]) -> BoxedPictures:
    """A set to train on; it is said how it was understood."""
    pictures, weight = unpeopled_pictures(text)
    if pictures:
        part = pictures_of_nobody(pictures, weight)
    else:
        part = annotated_pictures(options.training_set(text, skeleton=None))
    say(
        f"{text}: {len(part)} pictures, {(part.complete & ~part.peopled).sum()} of them without persons and "
        f"{(~part.complete).sum()} with persons who may have no box; {(~part.ignored).sum()} persons, "
        f"{part.ignored.sum()} regions to ignore."
    )
    return part


def _validation_sets(options: TrainOptions) -> list[KeypointSet]:
    for text in options.val:
        if unpeopled_pictures(text)[0]:
            raise InputError(f"{text} has no boxes of persons to judge a detector by", "Name an annotated set (--val).")
    sets = options.validation_sets(skeleton=None)
    for one in sets:
        check_judges(one)
    return sets
