"""COCO accuracy of a model file: the runtime's own crop, backend and decode on a set of pictures, and its figures."""

import json
import math
import zipfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from rsn_edge.artefact.description import pose_spec
from rsn_edge.artefact.digest import file_sha256
from rsn_edge.artefact.writing import whole_file, write_text
from rsn_edge.backend.choice import BackendChoice
from rsn_edge.coco import Result
from rsn_edge.commands.assembly import joint_threshold
from rsn_edge.errors import InputError
from rsn_edge.evaluate import Evaluator, box_ap, coco_matches, coco_numbers
from rsn_edge.poser import Poser, open_ensemble
from rsn_edge.reading import Protocol, Reading, read_picture
from rsn_edge.spec import ModelSpec

from .boxes import Boxes, open_boxes
from .coco_set import CocoSet, open_set
from .finding import Finding, find
from .interval import interval95
from .joints import joint_angle_errors, joint_similarity, limb_length_error, swap_rate
from .partial import PartialReadings
from .subject import subject_row

# Of the detector's score: the mean of which joint scores a person's score is (neither protocol suppresses poses).
_PERSON_SCORE = {"official": "box score x mean of all joint scores", "mmpose": "box score x mean of joint scores > 0.2"}


@dataclass(frozen=True, slots=True)
class Request:
    """What to measure, on what.

    Args:
        models: pose networks; the heat-maps of several are averaged.
        split: a split in `root`, COCO's layout, or an annotation file.
        boxes: `gt`, `detector` or a file; None: the annotated ones where there are any.
        limit: only the first pictures.
        report: folder for the results and for what a cut-off run has read.
    """

    models: tuple[Path, ...]
    split: str
    root: Path
    boxes: str | None
    detector: Path
    protocol: Protocol
    flip_test: bool
    evaluator: Evaluator
    limit: int | None
    report: Path | None
    choice: BackendChoice


@dataclass(frozen=True, slots=True, eq=False)
class Measured:
    """Figures by name (JSON has no NaN: null), what could not be read, and sentences for the user."""

    figures: dict[str, Any]
    missing: tuple[str, ...]
    notes: tuple[str, ...]
    results: list[Result]
