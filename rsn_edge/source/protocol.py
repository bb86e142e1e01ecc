"""The seam between a camera, a file or a generator and its frames."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Literal, Protocol

from rsn_edge.frame import Frame


@dataclass(frozen=True, slots=True)
class SourceFacts:
    """What is known of a source before its first frame.

    Args:
        name: what to call it: a path, `camera 0`, `test://persons=3`.
        kind: `pictures` are independent frames (never tracked or smoothed), a `video` ends, a `camera` does not.
        frames: how many will come, None where nobody knows.
        rate: frames per second, None where there is no clock.
        paths: the files that it reads; a run writes to none of them.
    """

    name: str
    kind: Literal["pictures", "video", "camera"]
    frames: int | None = None
    rate: Fraction | None = None
    paths: tuple[Path, ...] = ()


class Source(Protocol):
    """Gives frames while it is open.

    Its end is the end of the iteration, silence a SourceTimeout, a failure a SourceError: three different things.
    A frame's picture belongs to the caller. `skipped` holds one sentence for each picture that could not be read
    (a folder goes on without it) and for a video that broke off in the middle.
    """

    @property
    def facts(self) -> SourceFacts:
        """What is known of it."""

    @property
    def skipped(self) -> Sequence[str]:
        """A sentence for each thing that was left out so far."""

    def __enter__(self) -> "Source": ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None: ...

    def __iter__(self) -> Iterator[Frame]: ...
