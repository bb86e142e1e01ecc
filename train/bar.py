"""What one sees of a training on a terminal between its lines."""

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn


def training_bar(shown: bool) -> Progress:
    """A bar of one task, from 0 to 1, with its field `words`; disabled where it is not shown or no terminal is."""
    console = Console(stderr=True)
    description, words = TextColumn("{task.description}"), TextColumn("{task.fields[words]}")
    columns = description, BarColumn(12), TaskProgressColumn(), TimeRemainingColumn(), words
    hidden = not (shown and console.is_terminal)
    bar = Progress(*columns, console=console, transient=True, refresh_per_second=2, disable=hidden)
    bar.add_task("", total=1.0, words="")
    return bar
