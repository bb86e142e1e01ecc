"""The learning curve as a CSV file that is whole at every moment."""

import csv
import io
from collections.abc import Mapping, Sequence
from pathlib import Path

from rsn_edge.artefact.writing import write_text

from .training import Step

_COLUMNS = ("iteration", "minutes", "height", "width", "rate", "loss", "loader_share")


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

    def add(self, step: Step, seconds: float, loss: float, loader_share: float, scores: Mapping[str, float]) -> None:
        """One row: the mean loss since the last one, and scores in [0, 1]."""
        height, width = step.input_hw
        values = (step.iteration, seconds / 60, height, width, step.rate, loss, loader_share)
        row = {name: f"{value:.6g}" for name, value in zip(_COLUMNS, values, strict=True)}
        self._rows.append(row | {name: f"{score:.4f}" for name, score in scores.items()})
        text = io.StringIO()
        writer = csv.DictWriter(text, self._columns, lineterminator="\n", extrasaction="ignore")
        writer.writeheader()
        writer.writerows(self._rows)
        write_text(self._path, text.getvalue())
