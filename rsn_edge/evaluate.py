"""How good the poses of a set of pictures are: a Poser over a COCO set, and COCO's ten numbers of its results."""

import contextlib
import io
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from rsn_edge.coco import CocoKeypoints, Result, read_json, results_json
from rsn_edge.detector.protocol import Detector
from rsn_edge.errors import InputError, MissingPackageError
from rsn_edge.frame import Frame
from rsn_edge.people import Persons
from rsn_edge.poser import Poser


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


def coco_numbers(
    annotations: Path | Mapping[str, Any], results: Sequence[Result], sigmas: Sequence[float]
) -> CocoNumbers:
    """The ten numbers of `results` on an annotation file (or its content), as pycocotools computes them.

    Args:
        annotations: every person needs an `area`, and a skeleton of len(sigmas) joints.
        results: entries as `results_json` writes them.
        sigmas: the skeleton's per-joint constants.
    """
    try:
        from hotcoco import COCO, COCOeval
    except ImportError as error:
        raise MissingPackageError("hotcoco", "computing COCO's numbers", "bench") from error
    content = read_json(annotations) if isinstance(annotations, Path) else dict(annotations)
    _check_images(content, results)
    truth = COCO(content)
    judge = COCOeval(truth, truth.load_res(list(results)), "keypoints")
    judge.params.kpt_oks_sigmas = list(sigmas)
    judge.evaluate()
    judge.accumulate()
    with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
        # Filling `stats` prints a table, and warns of every skeleton that is not COCO's.
        warnings.simplefilter("ignore", UserWarning)
        judge.summarize()
    return CocoNumbers(*(float(value) for value in judge.stats))


def pose_results(poser: Poser, truth: CocoKeypoints, pictures: Path, detector: Detector | None = None) -> list[Result]:
    """COCO results of every person in a set.

    Without `detector` the boxes are the annotated ones (the protocol "ground-truth boxes": persons with at least one
    labelled joint, no crowd regions, score 1). InputError where a picture is missing or is not the annotated one.
    """
    results: list[Result] = []
    for row, annotations in enumerate(truth.rows_by_picture()):
        known = _annotated_persons(truth, annotations)
        if detector is None and not len(known):
            continue  # half of COCO's pictures have nobody: they need not be read
        frame = Frame(_picture(pictures, truth, row), index=row, source=str(pictures / truth.file_names[row]))
        persons = known if detector is None else detector.detect(frame)
        results += results_json(int(truth.image_ids[row]), poser.poses(frame, persons), truth.category_id)
    return results


def _check_images(content: Mapping[str, Any], results: Sequence[Result]) -> None:
    strange = {result["image_id"] for result in results} - {image["id"] for image in content["images"]}
    if strange:
        raise InputError(
            f"{len(strange)} of the results' pictures are not among the annotations, such as image_id {min(strange)}",
            "Results and annotations must be of the same split.",
        )


def _annotated_persons(truth: CocoKeypoints, rows: NDArray[np.intp]) -> Persons:
    people = rows[~truth.crowd[rows] & (truth.labelled[rows] > 0)]
    return Persons(truth.boxes_xyxy[people], np.ones(len(people), np.float32))


def _picture(folder: Path, truth: CocoKeypoints, row: int) -> NDArray[np.uint8]:
    path = folder / truth.file_names[row]
    image = cv2.imread(str(path), cv2.IMREAD_COLOR) if path.is_file() else None
    if image is None:
        raise InputError(f"the picture {path} is missing or cannot be read", "Is this the folder of the annotations?")
    annotated = tuple(truth.sizes_hw[row].tolist())
    if annotated != (0, 0) and image.shape[:2] != annotated:
        raise InputError(
            f"{path} is {image.shape[1]}x{image.shape[0]} pixels, but the annotations were made on "
            f"{annotated[1]}x{annotated[0]}",
            "Take the pictures that belong to the annotations.",
        )
    return np.asarray(image, np.uint8)
