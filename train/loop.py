"""The training loop: steps until the end, and beside them what is said, saved and validated on the way."""

import json
import signal
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from types import FrameType
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from rsn_edge.artefact.checkpoint import Checkpoint, write_checkpoint
from rsn_edge.artefact.writing import write_bytes

from .bar import training_bar
from .curve import Point
from .record import Record
from .state import State, write_state
from .training import Signal, Step, Training

_LINE_EVERY_S = 30.0


@dataclass(frozen=True, slots=True, eq=False)
class Judgement:
    """How good a network is: scores in [0, 1] by name, the higher the better, and a picture of where it fails worst.

    Args:
        scores: those that could be told; without the others.
        sheet: (h, w, 3) BGR; None where there is nothing to show.
        chosen_by: names of the scores whose mean says which network is best; none: all.
    """

    scores: Mapping[str, float]
    sheet: NDArray[np.uint8] | None = None
    chosen_by: tuple[str, ...] = ()

    @property
    def quality(self) -> float:
        """The mean that the best network is chosen by; -1 where there is no score."""
        chosen = [score for name, score in self.scores.items() if not self.chosen_by or name in self.chosen_by]
        return float(np.mean(chosen)) if chosen else -1.0


Validate = Callable[[Checkpoint], Judgement]


@dataclass(frozen=True, slots=True)
class Length:
    """How long a training lasts: so many iterations, or so many minutes of the clock, all of its runs together."""

    iterations: int = 0
    minutes: float = 0.0

    def progress(self, iteration: int, seconds: float) -> float:
        """Share in [0, 1] that is done."""
        return min(1.0, seconds / (60 * self.minutes) if self.minutes else iteration / self.iterations)

    def expected(self, iteration: int, progress: float) -> int:
        """Iterations from beginning to end, as far as can be told now."""
        return max(iteration, round(iteration / max(progress, 1e-6))) if self.minutes else self.iterations


@dataclass(frozen=True, slots=True)
class Habits:
    """What happens beside the steps.

    Args:
        folder: where everything is written.
        identity: what makes this run another than one with other options; kept in its states.
        score_names: of what `validate` returns.
        validate: judges a finished network.
        save_minutes, validate_minutes: how often.
        say: told a sentence.
    """

    folder: Path
    identity: Mapping[str, str]
    score_names: tuple[str, ...]
    validate: Validate
    save_minutes: float
    validate_minutes: float
    say: Callable[[str], None]


class Run:
    """One training from its start, or from where it was left, to its end."""

    def __init__(self, training: Training[Any], length: Length, habits: Habits, resumed: State | None) -> None:
        self._training, self._length, self._habits = training, length, habits
        self._seconds, self._best = 0.0, -1.0
        if resumed:
            training.restore(resumed)
            self._seconds, self._best = float(resumed["seconds"]), float(resumed["best"])
        self._first = training.first_of_ranks
        self._record = Record(habits.folder, habits.score_names, training.iteration, habits.say)
        self._bar = training_bar(shown=self._first)
        self._line, self._saving = _Timer(_LINE_EVERY_S), _Timer(60 * habits.save_minutes)
        self._validation = _Timer(60 * habits.validate_minutes)
        self._began = 0.0
        self._recent: list[Step] = []

    def to_end(self) -> Checkpoint | None:
        """Steps until the end; the finished network on the first process, None on the others.

        SIGINT and SIGTERM are obeyed after the step that they fall into, once the state is saved.
        """
        if self._first and not self._training.iteration:
            self._write_picture("sheet.jpg", self._training.sheet())
        self._began = time.monotonic() - self._seconds
        with self._bar, closing(self._record):
            progress = self._step_by_step()
            return self._end() if self._first and progress >= 1 else None

    def _step_by_step(self) -> float:
        """Until the end or a signal, and saves; how far it came."""
        training = self._training
        with _caught_signals() as caught:
            while (progress := self._length.progress(training.iteration, self._seconds)) < 1:
                clock = Signal(time.monotonic() - self._began, bool(caught))
                step, heard = training.step(progress, self._length.expected(training.iteration, progress), clock)
                self._seconds = heard.clock_s
                if heard.stop:
                    break
                if self._first:
                    self._recent.append(step)
                    self._beside()
            if self._first:
                self._save()
        return progress

    def _beside(self) -> None:
        """What is due after a step; after the last one nothing is, since the end does it all."""
        progress = self._length.progress(self._training.iteration, self._seconds)
        self._show(progress)
        if progress >= 1:
            return
        validating = bool(self._habits.score_names) and self._validation.due()
        # Before the validation, so that whatever goes wrong there costs no step.
        if saving := self._saving.due() or validating:
            self._save()
        if validating:
            self._report(progress, self._judge()[1])
        elif self._line.due():
            self._report(progress, {})
        if saving:
            self._record.draw()

    def _end(self) -> Checkpoint:
        checkpoint, scores = self._judge()
        self._report(1.0, scores)
        self._record.draw()
        return checkpoint

    def _show(self, progress: float) -> None:
        """Brings the bar up to date."""
        step = self._recent[-1]
        left = timedelta(seconds=round(self._left_s(progress)))
        speed = self._training.batch / max(step.loading_s + step.computing_s, 1e-9)
        words = f"loss {step.loss:.4f}, {speed:.0f} persons/s, {left} left"
        self._bar.update(self._bar.task_ids[0], completed=progress, description=f"step {step.iteration}", words=words)

    def _left_s(self, progress: float) -> float:
        return (time.monotonic() - self._began) * (1 / max(progress, 1e-6) - 1)

    def _report(self, progress: float, scores: Mapping[str, float]) -> None:
        """One line and one row, of the steps since the last."""
        steps, self._recent = self._recent, []
        told = "".join(f", {name} {100 * score:.1f}" for name, score in scores.items())
        if not steps:  # a run that was at its end already
            self._habits.say(f"No step is left{told}.")
            return
        loss = float(np.mean([step.loss for step in steps]))
        loading, computing = sum(step.loading_s for step in steps), sum(step.computing_s for step in steps)
        last, share = steps[-1], loading / max(loading + computing, 1e-9)
        self._record.add(Point(last, self._seconds, loss, share, scores))
        speed = len(steps) * self._training.batch / max(loading + computing, 1e-9)
        if scores or progress >= 1 or self._bar.disable:
            self._habits.say(
                f"{100 * progress:5.1f} % step {last.iteration}: loss {loss:.4f}, "
                f"{last.input_hw[0]}x{last.input_hw[1]}, rate {last.rate:.2g}, {speed:.0f} persons/s, "
                f"loader {100 * share:.0f} % of the time, {self._left_s(progress) / 60:.0f} min left{told}"
            )

    def _judge(self) -> tuple[Checkpoint, Mapping[str, float]]:
        """The network as it would be handed over now, and its scores; the best is kept as best.safetensors."""
        self._bar.update(self._bar.task_ids[0], words="validating")
        checkpoint = self._training.finished()
        judgement = self._habits.validate(checkpoint)
        if judgement.sheet is not None:
            self._write_picture("worst.jpg", judgement.sheet)
        if judgement.quality > self._best:
            self._best = judgement.quality
            write_checkpoint(self._habits.folder / "best.safetensors", checkpoint)
            self._save()  # a run that goes on from here must know what the best one reached
        return checkpoint, judgement.scores

    def _save(self) -> None:
        facts = {"plan": json.dumps(dict(self._habits.identity)), "seconds": self._seconds, "best": self._best}
        write_state(self._habits.folder, self._training.iteration, self._training.state() | facts)

    def _write_picture(self, name: str, picture: NDArray[np.uint8]) -> None:
        write_bytes(self._habits.folder / name, cv2.imencode(Path(name).suffix, picture)[1].tobytes())


class _Timer:
    """Due every so many seconds."""

    def __init__(self, seconds: float) -> None:
        self._every, self._next = seconds, time.monotonic() + seconds

    def due(self) -> bool:
        """Whether the time has come; then it begins anew."""
        now = time.monotonic()
        if now < self._next:
            return False
        self._next = now + self._every
        return True


@contextmanager
def _caught_signals() -> Iterator[list[int]]:
    """SIGINT and SIGTERM are noted in the list, and raised again at the end as they would have been."""
    caught: list[int] = []

    def note(number: int, _frame: FrameType | None) -> None:
        caught.append(number)

    before = {number: signal.signal(number, note) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield caught
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    if caught:
        signal.raise_signal(caught[0])
