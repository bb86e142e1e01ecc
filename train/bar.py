"""What one sees of a training on a terminal between its lines."""

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn


def training_bar(shown: bool) -> Progress:
    """A bar of one task, from 0 to 1, with its field `words`; disabled where it is not shown or no terminal is."""
    console = Console(stderr=True)
    columns = TextColumn("{task.description}"), BarColumn(12), TaskProgressColumn(), TextColumn("{task.fields[words]}")
    hidden = not (shown and console.is_terminal)
    bar = Progress(*columns, console=console, transient=True, refresh_per_second=2, disable=hidden)
    bar.add_task("", total=1.0, words="")
    return bar
