"""How a training went, in its folder: curve.csv, and what is made of it where the packages for that are there."""

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from rsn_edge.artefact.writing import whole_file, write_bytes, write_text

_COLUMNS = ("iteration", "minutes", "height", "width", "rate", "loss", "loader_share")
_INCHES, _DOTS_PER_INCH = (8, 7), 110


class Record:
    """Keeps the points of a training; goes on from what is there, without anything of later iterations than `after`.

    Args:
        folder: of curve.csv, which is whole at every moment, curve.png, and tensorboard/ with a curve for each column.
        scores: names of the columns that only some points have.
        say: told once what is left out.
    """

    def __init__(self, folder: Path, scores: tuple[str, ...], after: int, say: Callable[[str], None]) -> None:
        self._folder, self._scores, self._after, self._say = folder, scores, after, say
        self._path, self._rows = folder / "curve.csv", list[dict[str, str]]()
        if after and self._path.is_file():
            with self._path.open(encoding="utf-8", newline="") as file:
                self._rows = [row for row in csv.DictReader(file) if int(row["iteration"]) <= after]
        self._board: Any = None  # a SummaryWriter
        self._left_out: set[str] = set()

    def add(self, point: Mapping[str, float]) -> None:
        """A point's numbers by their columns; OutputError where the CSV file cannot be written."""
        self._rows.append({name: format(x, ".4f" if name in self._scores else ".6g") for name, x in point.items()})
        text = io.StringIO()
        writer = csv.DictWriter(text, (*_COLUMNS, *self._scores), lineterminator="\n", extrasaction="ignore")
        writer.writeheader()
        writer.writerows(self._rows)
        write_text(self._path, text.getvalue())
        self._unless_impossible("tensorboard", lambda: self._add_to_board(point))

    def columns(self) -> dict[str, NDArray[np.float64]]:
        """(rows,) numbers by the name of their column; NaN where there was no validation."""
        names = (*_COLUMNS, *self._scores)
        return {name: np.array([float(row.get(name) or "nan") for row in self._rows]) for name in names}

    def draw(self) -> None:
        """Draws curve.png anew."""
        path = self._folder / "curve.png"
        self._unless_impossible(path.name, lambda: draw_curve(path, self.columns(), self._scores))

    def close(self) -> None:
        """Frees the files."""
        if self._board and "tensorboard" not in self._left_out:
            self._board.close()

    def _add_to_board(self, point: Mapping[str, float]) -> None:
        if self._board is None:
            from torch.utils.tensorboard import SummaryWriter

            # TensorBoard forgets what an older run wrote after the state that this one goes on from.
            self._board = SummaryWriter(str(self._folder / "tensorboard"), purge_step=self._after + 1)
        for name in point.keys() - {"iteration"}:
            self._board.add_scalar(name, point[name], int(point["iteration"]))
        self._board.flush()

    def _unless_impossible(self, what: str, write: Callable[[], None]) -> None:
        """Where a package is missing or the disk refuses, there is no `what` from now on; the training goes on."""
        if what in self._left_out:
            return
        try:
            write()
        except (ImportError, OSError) as error:
            self._left_out.add(what)
            self._say(f"{self._folder / what} is left out ({error}); curve.csv has the same numbers.")


def training_bar(shown: bool) -> Progress:
    """A bar of one task, from 0 to 1, with its field `words`; disabled where it is not shown or no terminal is."""
    console = Console(stderr=True)
    description, words = TextColumn("{task.description}"), TextColumn("{task.fields[words]}")
    columns = description, BarColumn(12), TaskProgressColumn(), TimeRemainingColumn(), words
    hidden = not (shown and console.is_terminal)
    bar = Progress(*columns, console=console, transient=True, refresh_per_second=2, disable=hidden)
    bar.add_task("", total=1.0, words="")
    return bar


def write_picture(path: Path, picture: NDArray[np.uint8]) -> None:
    """Writes (h, w, 3) BGR in the format of the name; OutputError where the file system refuses."""
    write_bytes(path, cv2.imencode(path.suffix, picture)[1].tobytes())


def draw_curve(path: Path, columns: Mapping[str, NDArray[np.float64]], scores: Sequence[str]) -> None:
    """Writes a PNG of `Curve.columns`; ImportError where matplotlib is missing."""
    from matplotlib.figure import Figure

    figure = Figure(_INCHES, layout="constrained")
    panels = figure.subplots(2 if scores else 1, 1, sharex=True, squeeze=False)[:, 0]
    minutes = columns["minutes"]
    panels[0].plot(minutes, columns["loss"], ".-", markersize=3)
    panels[0].set(ylabel="loss", xlim=(0, None))
    for name in scores:
        known = np.isfinite(columns[name])
        panels[1].plot(minutes[known], 100 * columns[name][known], "o-", label=name, clip_on=False)
    if scores:
        panels[1].set(ylabel="per cent", ylim=(0, 100))
        panels[1].legend()
    panels[-1].set_xlabel("minutes")
    with whole_file(path) as temporary:
        figure.savefig(temporary, dpi=_DOTS_PER_INCH)
