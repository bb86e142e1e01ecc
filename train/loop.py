"""The training loop: steps until the end, and beside them what is said, saved and validated on the way."""

import json
import signal
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from types import FrameType
from typing import Any

import numpy as np

from rsn_edge.artefact.checkpoint import Checkpoint, write_checkpoint

from .job import Job, TrainOptions
from .record import Record, training_bar, write_picture
from .state import newest_state, write_state
from .training import Step, Training

_LINE_EVERY_S = 30.0


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


class Run:
    """One training from its start, or from where it was left, to its end."""

    def __init__(
        self, training: Training[Any], length: Length, job: Job, options: TrainOptions, say: Callable[[str], None]
    ) -> None:
        self._training, self._length, self._job, self._folder, self._say = training, length, job, options.out, say
        self._identity = training.identity | {"data": job.data}
        self._seconds, self._best, self._first = 0.0, -1.0, training.ranks.first
        if options.resume:
            self._resume()
        self._record = Record(options.out, job.score_names, training.iteration, say)
        self._bar = training_bar(shown=self._first)
        self._line, self._saving = _Timer(_LINE_EVERY_S), _Timer(60 * options.save_minutes)
        self._validation = _Timer(60 * options.val_minutes)
        self._began = 0.0
        self._recent: list[Step] = []

    def to_end(self) -> Checkpoint | None:
        """Steps until the end; the finished network on the first process, None on the others.

        SIGINT and SIGTERM are obeyed after the step that they fall into, once the state is saved.
        """
        if self._first and not self._training.iteration:
            write_picture(self._folder / "sheet.jpg", self._training.task.sheet())
        self._began = time.monotonic() - self._seconds
        with self._bar, closing(self._record):
            progress = self._step_by_step()
            return self._end() if self._first and progress >= 1 else None

    def _resume(self) -> None:
        state = newest_state(self._folder, self._identity)
        if state is None:
            self._say(f"There is no training in {self._folder} to go on with: it starts anew.")
            return
        self._training.restore(state)
        self._seconds, self._best = float(state["seconds"]), float(state["best"])
        self._say(f"Goes on after step {self._training.iteration}.")

    def _step_by_step(self) -> float:
        """Until the end or a signal, and saves; how far it came."""
        training = self._training
        with _caught_signals() as caught:
            while (progress := self._length.progress(training.iteration, self._seconds)) < 1:
                iterations = self._length.expected(training.iteration, progress)
                step = training.step(progress, iterations, time.monotonic() - self._began, bool(caught))
                self._seconds = step.clock_s
                if step.stop:
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
        validating = bool(self._job.score_names) and self._validation.due()
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
        speed = self._training.plan.batch / max(step.loading_s + step.computing_s, 1e-9)
        words = f"loss {step.loss:.4f}, {speed:.0f} persons/s"
        self._bar.update(self._bar.task_ids[0], completed=progress, description=f"step {step.iteration}", words=words)

    def _report(self, progress: float, scores: Mapping[str, float]) -> None:
        """One line and one row, of the steps since the last."""
        steps, self._recent = self._recent, []
        told = "".join(f", {name} {100 * score:.1f}" for name, score in scores.items())
        if not steps:  # a run that was at its end already
            self._say(f"No step is left{told}.")
            return
        loss = float(np.mean([step.loss for step in steps]))
        loading, computing = sum(step.loading_s for step in steps), sum(step.computing_s for step in steps)
        last, share = steps[-1], loading / max(loading + computing, 1e-9)
        (height, width), minutes = last.input_hw, self._seconds / 60
        point = {"iteration": last.iteration, "minutes": minutes, "height": height, "width": width, "rate": last.rate}
        self._record.add({**point, "loss": loss, "loader_share": share, **scores})
        speed = len(steps) * self._training.plan.batch / max(loading + computing, 1e-9)
        minutes_left = minutes * (1 / max(progress, 1e-6) - 1)
        if scores or progress >= 1 or self._bar.disable:
            self._say(
                f"{100 * progress:5.1f} % step {last.iteration}: loss {loss:.4f}, "
                f"{height}x{width}, rate {last.rate:.2g}, {speed:.0f} persons/s, "
                f"loader {100 * share:.0f} % of the time, {minutes_left:.0f} min left{told}"
            )

    def _judge(self) -> tuple[Checkpoint, Mapping[str, float]]:
        """The network as it would be handed over now, and its scores; the best is kept as best.safetensors."""
        self._bar.update(self._bar.task_ids[0], words="validating")
        checkpoint = self._training.finished()
        judgement = self._job.validate(checkpoint)
        if judgement.sheet is not None:
            write_picture(self._folder / "worst.jpg", judgement.sheet)
        if judgement.quality > self._best:
            self._best = judgement.quality
            write_checkpoint(self._folder / "best.safetensors", checkpoint)
            self._save()  # a run that goes on from here must know what the best one reached
        return checkpoint, judgement.scores

    def _save(self) -> None:
        facts = {"plan": json.dumps(self._identity), "seconds": self._seconds, "best": self._best}
        write_state(self._folder, self._training.iteration, self._training.state() | facts)


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
