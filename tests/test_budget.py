"""The program stays small: lines of code are counted, and no file grows beyond one sitting's reading."""

import io
import tokenize
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FILES = sorted(
    path for folder in ("rsn_edge", "train", "export", "benchmarks") for path in (ROOT / folder).rglob("*.py")
)
MOST_CODE_LINES = 12_000
MOST_LINES_OF_A_FILE = 400

_NO_CODE = {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER}


def code_lines(source: str) -> int:
    """Lines that hold code; comments, blank lines and strings that stand alone (docstrings) do not count."""
    lines: set[int] = set()
    statement: list[tokenize.TokenInfo] = []
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type not in _NO_CODE:
            statement.append(token)
        elif token.type in (tokenize.NEWLINE, tokenize.ENDMARKER):
            if any(part.type != tokenize.STRING for part in statement):
                lines.update(line for part in statement for line in range(part.start[0], part.end[0] + 1))
            statement = []
    return len(lines)


@pytest.mark.parametrize(
    ("source", "lines"),
    [("", 0), ("x = 1\n", 1), ("# why\n\nx = 1  # that\n", 1), ('"""Words\nand words."""\n', 0),
     ('def f():\n    """Words."""\n    return 1\n', 2), ("x = (\n    1,\n    # why\n    2,\n)\n", 4),
     ('x = """a\nb"""\n', 2), ("x = 1; y = 2", 1), ("if x:\n    pass", 2)],
    ids=["empty", "one", "comments", "docstring", "function", "over-lines", "text", "two-on-one", "no-last-newline"],
)  # fmt: skip
def test_lines_of_code_are_counted(source: str, lines: int) -> None:
    assert code_lines(source) == lines


def test_the_program_keeps_its_budget() -> None:
    assert sum(code_lines(path.read_text(encoding="utf-8")) for path in FILES) <= MOST_CODE_LINES


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_file_can_be_read_in_one_sitting(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= MOST_LINES_OF_A_FILE
