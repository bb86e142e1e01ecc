"""The seam between skeletons and where they go: pictures, videos, lines of JSON."""

from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Protocol

from rsn_edge.frame import Frame
from rsn_edge.people import Tracks


class ViewerLeft(Exception):  # noqa: N818 - no error: somebody closed the window
    """Whoever looked at a sink has seen enough: the run ends as if its source had."""


class Sink(Protocol):
    """Takes frames with their skeletons while it is open.

    Leaving the `with` block closes the outputs properly, also after an interrupt; after an OutputError of the sink
    itself the part file stays where it is.
    """

    @property
    def written(self) -> Sequence[Path]:
        """The finished files, in the order in which they were finished; empty before the end for growing files."""

    def __enter__(self) -> "Sink": ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None: ...

    def write(self, frame: Frame, tracks: Tracks) -> None:
        """Takes one frame; OutputError where it cannot be stored, ViewerLeft where nobody wants more."""
