"""What one sees while a run goes on: a bar for files, a status line for cameras, plain lines where no terminal is."""

import time

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TimeRemainingColumn

from rsn_edge.commands.printing import counted, say
from rsn_edge.pipeline.serial import RunTally
from rsn_edge.source.protocol import SourceFacts

_PLAIN_LINE_EVERY_S = 10.0


class RunProgress:
    """Shows a RunTally after each frame; everything goes to stderr."""

    def __init__(self, facts: SourceFacts, limit: int | None) -> None:
        counts = [count for count in (facts.frames, limit) if count is not None]
        self._total = min(counts) if counts else None
        self._name = facts.name
        self._next_line_s = time.monotonic() + _PLAIN_LINE_EVERY_S
        console = Console(stderr=True)
        columns = (BarColumn(), TaskProgressColumn(), TimeRemainingColumn()) if self._total else ()
        bar = Progress("{task.description}", *columns, "{task.fields[rate]}", console=console, transient=True)
        self._bar = bar if console.is_terminal else None

    def __enter__(self) -> "RunProgress":
        if self._bar:
            self._bar.start()
            self._task = self._bar.add_task(self._name, total=self._total, rate="")
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar:
            self._bar.stop()

    def show(self, tally: RunTally) -> None:
        """Brings the display up to date."""
        done = f"{tally.frames} of {self._total}" if self._total else str(tally.frames)
        state = f"{done} frames, {counted(tally.persons, 'person')}, {tally.frames_per_second:.1f} frames/s"
        if self._bar:
            self._bar.update(self._task, completed=tally.frames, rate=state)
        elif time.monotonic() >= self._next_line_s:
            self._next_line_s = time.monotonic() + _PLAIN_LINE_EVERY_S
            say(f"{self._name}: {state}")
