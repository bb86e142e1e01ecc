"""How a training went, in its folder: curve.csv, and what is made of it where the packages for that are there."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from .curve import Curve, Point
from .curve_picture import draw_curve


class Record:
    """Keeps the points of a training; goes on from what is there, without anything of later iterations than `after`.

    Args:
        folder: of curve.csv, curve.png and tensorboard/, whose curves are named as the columns are.
        scores: names of the points' scores.
        say: told once what is left out.
    """

    def __init__(self, folder: Path, scores: tuple[str, ...], after: int, say: Callable[[str], None]) -> None:
        self._folder, self._scores, self._after, self._say = folder, scores, after, say
        self._curve = Curve(folder / "curve.csv", scores, after)
        self._board: Any = None  # a SummaryWriter
        self._left_out: set[str] = set()

    def add(self, point: Point) -> None:
        """One point more; OutputError where the CSV file cannot be written."""
        self._curve.add(point)
        self._unless_impossible("tensorboard", lambda: self._add_to_board(point))

    def draw(self) -> None:
        """Draws curve.png anew."""
        path, columns = self._folder / "curve.png", self._curve.columns()
        self._unless_impossible(path.name, lambda: draw_curve(path, columns, self._scores))

    def close(self) -> None:
        """Frees the files."""
        if self._board and "tensorboard" not in self._left_out:
            self._board.close()

    def _add_to_board(self, point: Point) -> None:
        if self._board is None:
            from torch.utils.tensorboard import SummaryWriter

            # TensorBoard forgets what an older run wrote after the state that this one goes on from.
            self._board = SummaryWriter(str(self._folder / "tensorboard"), purge_step=self._after + 1)
        numbers = point.numbers()
        step = int(numbers.pop("iteration"))
        for name, number in numbers.items():
            self._board.add_scalar(name, number, step)
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
