"""What the pages say is so: links lead somewhere, commands and options exist, the Python of the README runs."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import click
import pytest

from rsn_edge.cli import COMMANDS, command_named
from rsn_edge.source.opening import SAMPLE
from tests.program import ROOT

PAGES = sorted(
    path
    for pattern in ("*.md", "docs/**/*.md", "rsn_edge/models/*.md", "examples/**/*.md")
    for path in ROOT.glob(pattern)
)
CALL = re.compile(r"(?:`|^|&& )rsn-edge ([a-z][a-z-]+[^`\n;#]*)", re.MULTILINE)  # in code, not in prose
every_page = pytest.mark.parametrize("page", PAGES, ids=[str(page.relative_to(ROOT)) for page in PAGES])


@every_page
def test_links_lead_somewhere(page: Path) -> None:
    links = re.findall(r"\]\(([^)#\s]+)[^)]*\)", page.read_text(encoding="utf-8"))

    assert [link for link in links if "://" not in link and not (page.parent / link).exists()] == []


@every_page
def test_commands_and_options_exist(page: Path) -> None:
    unknown = []
    for call in CALL.findall(page.read_text(encoding="utf-8")):
        name, *words = call.split()
        options = {word for word in words if re.fullmatch(r"--[a-z][a-z-]*", word)}
        unknown += [call] if name not in COMMANDS or options - _options(command_named(name)) else []

    assert unknown == []


def test_the_python_of_the_readme_runs(tmp_path: Path) -> None:
    (code,) = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), re.DOTALL)
    shutil.copy(SAMPLE, tmp_path / "street.jpg")

    check = f"import sys; sys.path.insert(0, {str(ROOT)!r})\n{code}\nassert len(poses) == 1, poses"
    subprocess.run([sys.executable, "-c", check], check=True, cwd=tmp_path)


def test_every_command_is_in_the_readme_or_a_page() -> None:
    told = "\n".join(page.read_text(encoding="utf-8") for page in PAGES)

    assert [name for name in COMMANDS if f"rsn-edge {name}" not in told] == []


def _options(command: click.Command) -> set[str]:
    return {name for parameter in command.params for name in (*parameter.opts, *parameter.secondary_opts)} | {"--help"}
