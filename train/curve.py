"""The learning curve as a CSV file that is whole at every moment."""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from rsn_edge.artefact.writing import write_text

from .training import Step

_COLUMNS = ("iteration", "minutes", "height", "width", "rate", "loss", "loader_share")


@dataclass(frozen=True, slots=True)
class Point:
    """How far a training is: its last step, and since the point before the mean loss and the loader's share of time.

    `scores` in [0, 1] where there was a validation.
    """

    step: Step
    seconds: float
    loss: float
    loader_share: float
    scores: Mapping[str, float]

    def numbers(self) -> dict[str, float]:
        """By the name of their column."""
        step, (height, width) = self.step, self.step.input_hw
        values = (step.iteration, self.seconds / 60, height, width, step.rate, self.loss, self.loader_share)
        return dict(zip(_COLUMNS, values, strict=True)) | dict(self.scores)


class Curve:
    """Rows of losses, and of scores where there was a validation; goes on from a file that is there.

    Args:
        scores: names of the further columns.
        after: rows of later iterations are dropped: a run that went on from an older state repeats them.
    """

    def __init__(self, path: Path, scores: Sequence[str], after: int) -> None:
        self._path = path
        self._columns = (*_COLUMNS, *scores)
        self._rows: list[dict[str, str]] = []
        if path.is_file() and after:
            with path.open(encoding="utf-8", newline="") as file:
                self._rows = [row for row in csv.DictReader(file) if int(row["iteration"]) <= after]

    def add(self, point: Point) -> None:
        """One row."""
        form = dict.fromkeys(point.scores, ".4f")
        self._rows.append({name: format(value, form.get(name, ".6g")) for name, value in point.numbers().items()})
        text = io.StringIO()
        writer = csv.DictWriter(text, self._columns, lineterminator="\n", extrasaction="ignore")
        writer.writeheader()
        writer.writerows(self._rows)
        write_text(self._path, text.getvalue())

    def columns(self) -> dict[str, NDArray[np.float64]]:
        """(rows,) numbers by the name of their column; NaN where there was no validation."""
        return {name: np.array([float(row.get(name) or "nan") for row in self._rows]) for name in self._columns}
