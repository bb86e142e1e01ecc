"""The exception tree is what its docstring draws, and a message is one sentence and a remedy."""

import inspect
import re

import pytest

from rsn_edge import errors
from rsn_edge.errors import MissingPackageError, OutputError, RsnEdgeError, SourceTimeout, Verdict

CLASSES = [
    value for _, value in inspect.getmembers(errors, inspect.isclass) if issubclass(value, RsnEdgeError)
]  # in no particular order


def _drawn_parents() -> dict[str, str]:
    """Name of each class in the docstring's tree -> name of the class that it hangs on."""
    parents: dict[str, str] = {}
    path: list[str] = []
    for line in (errors.__doc__ or "").splitlines():
        drawn = re.match(r"    ((?:│   |    )*)([├└]── )?(\w+) {2,}", line)
        if drawn is None:
            continue
        depth = len(drawn[1]) // 4 + bool(drawn[2])
        path = [*path[:depth], drawn[3]]
        parents[drawn[3]] = path[depth - 1] if depth else "Exception"
        for name in re.findall(r"\((\w+):", line):
            parents[name] = drawn[3]
    return parents


def test_the_drawn_tree_is_the_tree_of_classes() -> None:
    assert _drawn_parents() == {kind.__name__: kind.__bases__[0].__name__ for kind in CLASSES}


@pytest.mark.parametrize("kind", CLASSES, ids=lambda kind: kind.__name__)
def test_exit_codes_are_three_for_verdicts_and_one_for_the_rest(kind: type[RsnEdgeError]) -> None:
    assert kind.exit_code == (3 if issubclass(kind, Verdict) else 1)


@pytest.mark.parametrize(
    ("happened", "remedy", "message"),
    [("the file is gone", "Look elsewhere.", "the file is gone. Look elsewhere."),
     ("the file is gone.", "Look elsewhere.", "the file is gone. Look elsewhere."),
     ("the file is gone", "", "the file is gone")],
    ids=["plain", "with-a-stop", "no-remedy"],
)  # fmt: skip
def test_a_message_is_what_happened_and_what_to_do(happened: str, remedy: str, message: str) -> None:
    assert str(OutputError(happened, remedy)) == message


def test_a_missing_package_is_told_with_the_extra_to_install() -> None:
    error = MissingPackageError("hotcoco", "counting", "bench")
    assert str(error) == (
        "the package 'hotcoco' is not installed, and counting needs it. Install it: pip install 'rsn-edge[bench]'"
    )


def test_a_silent_source_can_be_told_from_a_broken_one() -> None:
    assert issubclass(SourceTimeout, errors.SourceError)
