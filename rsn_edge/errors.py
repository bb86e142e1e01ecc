"""What can go wrong, as one tree; every message is a sentence for the person at the terminal.

    RsnEdgeError                 exit code 1
    ├── InputError               a picture, video, folder or annotation file that cannot be used
    │   └── SourceError          a source that fails while it runs (SourceTimeout: it stays silent)
    ├── OutputError              a file or folder that cannot be written
    ├── ArtefactError            a model file that is foreign, broken, or does not fit
    ├── BackendError             a runtime that refuses a model or fails while it computes
    ├── MissingPackageError      a package of an extra that is not installed
    └── Verdict                  a gate, verify, compare or audit that says no (exit code 3)

A message says what happened, then the facts, then what to do next.
"""


class RsnEdgeError(Exception):
    """Anything that went wrong with files, machines, models or data.

    `happened` is the sentence with the facts, `remedy` what to do next (a command where there is one).
    """

    exit_code = 1

    def __init__(self, happened: str, remedy: str = "") -> None:
        super().__init__(happened, remedy)
        self.happened = happened.rstrip(". ")
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.happened}. {self.remedy}" if self.remedy else self.happened


class InputError(RsnEdgeError):
    """A picture, video, folder or annotation file that cannot be used."""


class SourceError(InputError):
    """A source that fails while it runs."""


class SourceTimeout(SourceError):  # noqa: N818 - named after what happened, as TimeoutError's siblings are
    """A source that gave no frame in time; it may come back."""


class OutputError(RsnEdgeError):
    """A file or folder that cannot be written."""


class ArtefactError(RsnEdgeError):
    """A model file that is foreign, broken, or does not fit."""


class BackendError(RsnEdgeError):
    """A runtime that refuses a model or fails while it computes."""


class MissingPackageError(RsnEdgeError):
    """A package that belongs to an extra and is not installed."""

    def __init__(self, package: str, purpose: str, extra: str) -> None:
        super().__init__(
            f"the package '{package}' is not installed, and {purpose} needs it",
            f"Install it: pip install 'rsn-edge[{extra}]'",
        )


class Verdict(RsnEdgeError):  # noqa: N818 - a judgement, not a failure
    """A gate, verify, compare or audit that says no."""

    exit_code = 3
