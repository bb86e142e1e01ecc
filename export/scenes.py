"""Pictures and who is on them, for calibration: from an annotated set, a camera or files, drawings, or what we bring.

Boxes are pixels of their picture, x1, y1, x2, y2.
"""

import hashlib
import re
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from rsn_edge.backend.protocol import BackendChoice
from rsn_edge.coco import AREA_OF_BOX, find_set, read_annotations
from rsn_edge.detector.opening import open_detector, person_threshold
from rsn_edge.embedded import DETECTOR, model_path
from rsn_edge.figures import draw_scene
from rsn_edge.people import Float32
from rsn_edge.reading import annotated_frame
from rsn_edge.source.decode import read_picture
from rsn_edge.source.opening import SAMPLE, open_source
from rsn_edge.source.protocol import SourceFacts

Tell = Callable[[str], None]  # takes a sentence for each thing that had to be left out

DEMONSTRATION = "demonstration"

_SYNTHETIC = re.compile(r"synthetic(?::([1-9]\d{0,6}))?")
_USUAL_FIGURES = 400
_USUAL_SPLIT = "train2017"
_FIGURES_HW = (320, 320)
_MOST_FRAMES = 512  # that are looked at
_STEP_OF_UNKNOWN = 5  # of a camera or a video of unknown length, each so many-th frame
_SAMPLE_PERSON = np.array([116, 170, 278, 676])  # the woman of sample.jpg
# Left, top, right, bottom of parts of sample.jpg: near and far, with her in the middle and cut on every side.
_WINDOWS = (
    (0, 0, 492, 676), (49, 140, 390, 676), (70, 140, 350, 440), (98, 140, 310, 340), (49, 370, 390, 676),
    (180, 70, 492, 676), (0, 0, 246, 400), (98, 200, 492, 600), (0, 140, 220, 676), (110, 150, 290, 560),
)  # fmt: skip
_GAINS = (1.0, 0.3, 2.0)  # of brightness


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """A picture and its n persons.

    Args:
        image_bgr: (h, w, 3) uint8.
        name: of its file or source.
        boxes_xyxy: (n, 4).
        areas: (n,) square pixels that they fill.
        joints: (n,) number of labelled joints, -1 where nobody labelled them.
    """

    image_bgr: NDArray[np.uint8]
    name: str
    boxes_xyxy: Float32
    areas: Float32
    joints: NDArray[np.int64]


def open_scenes(source: str, tell: Tell) -> Iterator[Scene]:
    """The scenes of what a user names, the same in the same order whatever the order within a file or folder.

    `source` is `DIR[:SPLIT]` or a JSON with COCO's annotations, anything that `run` takes, `synthetic[:N]` or
    `demonstration`. InputError where it is none of these, or nothing in it can be read.
    """
    figures = _SYNTHETIC.fullmatch(source)
    if source == DEMONSTRATION:
        return _demonstration()
    if figures:
        return _drawn(int(figures[1] or _USUAL_FIGURES))
    annotated = find_set(source, _USUAL_SPLIT)
    return _annotated(*annotated, tell) if annotated else _watched(source, tell)


def _annotated(annotations: Path, pictures: Path, tell: Tell) -> Iterator[Scene]:
    """In an order that is mixed, and the same for equal names."""
    truth = read_annotations(annotations, skeleton=None)
    joints = truth.labelled if truth.labelled.any() else np.full_like(truth.labelled, -1)
    rows_of, missing = truth.rows_by_picture(), []
    mixed = sorted(range(len(rows_of)), key=lambda row: hashlib.sha256(truth.file_names[row].encode()).digest())
    for row in mixed:
        rows = rows_of[row][~truth.crowd[rows_of[row]]]
        rows = rows[np.lexsort(truth.boxes_xyxy[rows].T)]
        frame = annotated_frame(truth, row, pictures)
        if frame is None:
            missing.append(truth.file_names[row])
            continue
        name = Path(truth.file_names[row]).name
        yield Scene(frame.image_bgr, name, truth.boxes_xyxy[rows], truth.areas[rows], joints[rows])
    if missing:
        tell(f"{len(missing)} of {len(mixed)} pictures are missing in {pictures} or broken, such as {missing[0]}")


def _watched(source: str, tell: Tell) -> Iterator[Scene]:
    """Frames spread over all of a source, with the boxes that a run would pass on to the pose network."""
    with open_source(source) as opened:
        step = _step(opened.facts)
        path = model_path(DETECTOR)
        with closing(open_detector(path, BackendChoice())) as detector:
            for frame in islice(opened, 0, step * _MOST_FRAMES, step):
                persons = detector.detect(frame)
                persons = persons[persons.scores >= person_threshold(path)]
                name = Path(frame.source).name if opened.facts.kind == "pictures" else f"frame {frame.index}"
                yield _scene(frame.image_bgr, name, persons.boxes_xyxy)
        for sentence in opened.skipped:
            tell(sentence)


def _step(facts: SourceFacts) -> int:
    return _STEP_OF_UNKNOWN if facts.frames is None else -(-facts.frames // _MOST_FRAMES)


def _drawn(pictures: int) -> Iterator[Scene]:
    """Pictures of nobody to three figures."""
    for index in range(pictures):
        rng = np.random.default_rng((0, index))
        drawn = draw_scene(rng, int(rng.integers(4)), _FIGURES_HW)
        yield _scene(drawn.image_bgr, f"figures {index}", drawn.boxes_xyxy, (drawn.visibility > 0).sum(axis=1))


def _demonstration() -> Iterator[Scene]:
    """The free photograph that comes with the package, from near and far, and drawn figures."""
    image = read_picture(SAMPLE)
    for index, (left, top, right, bottom) in enumerate(_WINDOWS):
        part = cv2.convertScaleAbs(image[top:bottom, left:right], alpha=_GAINS[index % len(_GAINS)]).astype(np.uint8)
        box = np.clip(_SAMPLE_PERSON - (left, top, left, top), 0, (right - left, bottom - top) * 2)
        yield _scene(part, SAMPLE.name, box[None].astype(np.float32))
    yield from _drawn(_USUAL_FIGURES)


def _scene(
    image_bgr: NDArray[np.uint8], name: str, boxes_xyxy: Float32, joints: NDArray[np.int64] | None = None
) -> Scene:
    """Of persons whose outlines nobody knows."""
    areas = np.asarray(AREA_OF_BOX * np.prod(boxes_xyxy[:, 2:] - boxes_xyxy[:, :2], axis=1), np.float32)
    return Scene(image_bgr, name, boxes_xyxy, areas, np.full(len(areas), -1) if joints is None else joints)
