"""Pictures from files: each stands alone, and a broken one does not stop the others."""

import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

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
        self.skipped = list(skipped)
        self.facts = SourceFacts(name, "pictures", frames=len(self._paths), paths=self._paths)

    def __enter__(self) -> "PicturesSource":
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def __iter__(self) -> Iterator[Frame]:
        errors: list[InputError] = []
        for index, path in enumerate(self._paths):
            try:
                content = read_content(path)
                image = decode_picture(content, path)
            except InputError as error:
                errors.append(error)
                if len(self._paths) > 1:  # of a single one the error itself is the news
                    self.skipped.append(str(error))
                continue
            if is_animated(content):
                self.skipped.append(f"{path} is animated: only its first picture is used")
            yield Frame(image, index, time.monotonic_ns(), source=self._called.get(path, str(path)))
        if len(errors) == 1 == len(self._paths):
            raise errors[0]
        if len(errors) == len(self._paths):
            sentence = f"none of the {len(errors)} pictures of {self.facts.name} could be read"
            raise InputError(sentence, f"First: {errors[0]}")
