"""Pictures from files: each stands alone, and a broken one does not stop the others."""

import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType

from rsn_edge.errors import InputError
from rsn_edge.frame import Frame
from rsn_edge.source.decode import decode_picture, is_animated, read_content
from rsn_edge.source.protocol import SourceFacts


class PicturesSource:
    """The pictures of `paths`, in their order; a frame's index is its place in that list.

    A picture that cannot be read is left out, with its sentence in `skipped`; so are all but the first picture of an
    animation. If none could be read, the iteration ends with an InputError.

    Args:
        called: what frames call their source where that is not the path.
        skipped: a sentence for each thing that was left out before.
    """

    def __init__(
        self, paths: Sequence[Path], name: str, called: Mapping[Path, str] | None = None, skipped: Sequence[str] = ()
    ) -> None:
        self._paths = tuple(paths)
        self._called = called or {}
        self._skipped = list(skipped)
        self._facts = SourceFacts(name, "pictures", frames=len(self._paths), paths=self._paths)

    @property
    def facts(self) -> SourceFacts:
        """What is known of it."""
        return self._facts

    @property
    def skipped(self) -> tuple[str, ...]:
        """A sentence for each picture that was left out so far."""
        return tuple(self._skipped)

    def __enter__(self) -> "PicturesSource":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        pass

    def __iter__(self) -> Iterator[Frame]:
        errors: list[InputError] = []
        for index, path in enumerate(self._paths):
            frame = self._frame(index, path)
            if isinstance(frame, Frame):
                yield frame
            else:
                errors.append(frame)
        if len(errors) == len(self._paths):
            raise self._nothing(errors)

    def _frame(self, index: int, path: Path) -> Frame | InputError:
        try:
            content = read_content(path)
            image = decode_picture(content, path)
        except InputError as error:
            if len(self._paths) > 1:  # of a single one the error itself is the news
                self._skipped.append(str(error))
            return error
        if is_animated(content):
            self._skipped.append(f"{path} is animated: only its first picture is used")
        return Frame(image, index, time.monotonic_ns(), source=self._called.get(path, str(path)))

    def _nothing(self, errors: Sequence[InputError]) -> InputError:
        if len(errors) == 1:
            return errors[0]
        name = self._facts.name
        return InputError(f"none of the {len(errors)} pictures of {name} could be read", f"First: {errors[0]}")
