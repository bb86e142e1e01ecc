"""How good the poses of a set of pictures are: COCO's ten numbers of a list of results, as pycocotools has them."""

import contextlib
import io
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from rsn_edge.coco import CocoKeypoints, Result, read_json
from rsn_edge.detector.protocol import Detector
from rsn_edge.errors import InputError, MissingPackageError
from rsn_edge.poser import Poser
from rsn_edge.reading import annotated_persons, read_poses

# hotcoco computes what pycocotools computes, thirty times as fast; pycocotools is the judge.
Evaluator = Literal["hotcoco", "pycocotools"]
Annotations = Path | Mapping[str, Any]  # a COCO annotation file, or its content

_ANY_AREA = [0.0, 1e10]


@dataclass(frozen=True, slots=True)
class CocoNumbers:
    """COCO's ten keypoint numbers in [0, 1], over OKS 0.50 to 0.95; -1 where the set has nobody to find.

    AP is average precision, AR average recall with at most 20 persons a picture; M are persons of 32^2 to 96^2 square
    pixels, L larger ones.
    """

    AP: float
    AP50: float
    AP75: float
    APM: float
    APL: float
    AR: float
    AR50: float
    AR75: float
    ARM: float
    ARL: float


@dataclass(frozen=True, slots=True, eq=False)
class Matches:
    """Which of d results, by falling score, are right, for t = 10 thresholds of OKS and p pictures.

    Args:
        owners: (d,) place of each result's picture among the p.
        hits: (t, d) the result is the match of a person who counts.
        counted: (t, d) False where the result is neither right nor wrong, such as on a crowd.
        persons: (p,) number of persons who count.
    """

    owners: NDArray[np.intp]
    hits: NDArray[np.bool_]
    counted: NDArray[np.bool_]
    persons: NDArray[np.int64]


def coco_numbers(
    annotations: Annotations,
    results: Sequence[Result],
    sigmas: Sequence[float],
    image_ids: Sequence[int] | None = None,
    evaluator: Evaluator = "hotcoco",
) -> CocoNumbers:
    """The ten numbers of `results`, entries as `results_json` writes them.

    Args:
        annotations: every person needs an `area`, and a skeleton of len(sigmas) joints.
        results: of these pictures.
        sigmas: the skeleton's per-joint constants.
        image_ids: the only pictures that count; None: all.
        evaluator: who computes them.
    """
    judge = _judge(annotations, results, "keypoints", image_ids, evaluator)
    judge.params.kpt_oks_sigmas = list(sigmas) if evaluator == "hotcoco" else np.array(sigmas)
    try:
        return CocoNumbers(*_numbers(judge))
    except KeyError as error:  # hotcoco does without iscrowd and num_keypoints
        raise InputError(f"the annotations lack {error}, which pycocotools needs", "Let hotcoco judge them.") from error


def box_precisions(
    annotations: Annotations, boxes: Sequence[Result], image_ids: Sequence[int] | None = None
) -> tuple[float, float]:
    """COCO's AP of person boxes in [0, 1], over IoU 0.50 to 0.95, and at 0.50 alone.

    The first tells what a top-down pose network was given to work on.
    """
    precision, at_half = _numbers(_judge(annotations, boxes, "bbox", image_ids))[:2]
    return precision, at_half


def coco_matches(
    annotations: Annotations, results: Sequence[Result], sigmas: Sequence[float], image_ids: Sequence[int]
) -> Matches:
    """What AP is made of, for persons of any size, picture by picture."""
    judge = _judge(annotations, results, "keypoints", image_ids)
    judge.params.kpt_oks_sigmas = list(sigmas)
    return _matches(judge, image_ids)


def box_matches(annotations: Annotations, boxes: Sequence[Result], image_ids: Sequence[int]) -> Matches:
    """The same for the AP of person boxes at an IoU of 0.50."""
    judge = _judge(annotations, boxes, "bbox", image_ids)
    judge.params.iou_thrs = [0.5]
    return _matches(judge, image_ids)


def pose_results(poser: Poser, truth: CocoKeypoints, pictures: Path, detector: Detector | None = None) -> list[Result]:
    """COCO results of every person in a set.

    Without `detector` the boxes are the annotated ones (the protocol "ground-truth boxes": persons with at least one
    labelled joint, no crowd regions, score 1). InputError where a picture is missing or is not the annotated one.
    """
    boxes = detector or annotated_persons(truth)
    results: list[Result] = []
    for row, name in enumerate(truth.file_names):
        reading = read_poses(poser, truth, row, pictures, boxes)
        if reading is None:
            path = pictures / name
            raise InputError(
                f"the picture {path} is missing or cannot be read", "Is this the folder of the annotations?"
            )
        results += reading.results
    return results


def _judge(
    annotations: Annotations, results: Sequence[Result], kind: str, ids: Sequence[int] | None, by: Evaluator = "hotcoco"
) -> Any:
    """A COCOeval of either package; `kind` is keypoints or bbox."""
    judge = (_hotcoco if by == "hotcoco" else _pycocotools)(annotations, results, kind)
    if ids is not None:
        judge.params.imgIds = sorted(ids)
    return judge


def _hotcoco(annotations: Annotations, results: Sequence[Result], kind: str) -> Any:
    try:
        from hotcoco import COCO, COCOeval
    except ImportError as error:
        raise MissingPackageError("hotcoco", "computing COCO's numbers", "bench") from error
    try:
        truth = COCO(str(annotations) if isinstance(annotations, Path) else dict(annotations))
    except (OSError, ValueError) as error:
        raise InputError(f"{annotations} is no COCO annotation file: {error}") from error
    _check_images(truth.get_img_ids(), results)
    return COCOeval(truth, truth.load_res(list(results)), kind)


def _pycocotools(annotations: Annotations, results: Sequence[Result], kind: str) -> Any:
    try:
        from pycocotools.coco import COCO
        from pycocotools.cocoeval import COCOeval
    except ImportError as error:
        raise MissingPackageError("pycocotools", "computing COCO's numbers with it", "bench") from error
    with _silence():
        truth, found = COCO(), COCO()
        truth.dataset = read_json(annotations) if isinstance(annotations, Path) else dict(annotations)
        truth.createIndex()
        _check_images(list(truth.imgs), results)
        found.dataset = {**truth.dataset, "annotations": []}
        found.createIndex()  # it has no way of its own to load an empty list
        return COCOeval(truth, truth.loadRes([dict(result) for result in results]) if results else found, kind)


def _matches(judge: Any, image_ids: Sequence[int]) -> Matches:
    judge.params.area_rng, judge.params.area_rng_lbl = [_ANY_AREA], ["all"]
    judge.evaluate()
    places = {image_id: place for place, image_id in enumerate(sorted(image_ids))}
    pictures = sorted((p for p in judge.eval_imgs if p), key=lambda picture: places[picture["image_id"]])
    thresholds = len(judge.params.iou_thrs)
    persons = np.zeros(len(places), np.int64)
    for picture in pictures:
        persons[places[picture["image_id"]]] = len(picture["gtIgnore"]) - sum(picture["gtIgnore"])
    owners = np.repeat([places[p["image_id"]] for p in pictures], [len(p["dtScores"]) for p in pictures])
    order = np.argsort([-score for p in pictures for score in p["dtScores"]], kind="stable")
    matched, ignored = (
        np.concatenate([np.zeros((thresholds, 0), np.bool_), *(np.array(p[key], np.bool_) for p in pictures)], axis=1)
        for key in ("dtMatched", "dtIgnore")
    )
    return Matches(owners[order], (matched & ~ignored)[:, order], ~ignored[:, order], persons)


def _check_images(known: Sequence[int], results: Sequence[Result]) -> None:
    strange = {result["image_id"] for result in results}.difference(known)
    if strange:
        raise InputError(
            f"{len(strange)} of the results' pictures are not among the annotations, such as image_id {min(strange)}",
            "Results and annotations must be of the same split.",
        )


def _numbers(judge: Any) -> list[float]:
    with _silence():
        judge.evaluate()
        judge.accumulate()
        judge.summarize()
    return [float(value) for value in judge.stats]


@contextlib.contextmanager
def _silence() -> Iterator[None]:
    """Both packages print tables, and hotcoco warns of every skeleton that is not COCO's."""
    with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        yield
