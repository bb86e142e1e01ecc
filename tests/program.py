"""Runs the program as a user does: `python cli.py ...` in a process of its own."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def rsn_edge(*arguments: str | Path, cwd: Path | None = None) -> "subprocess.CompletedProcess[str]":
    """The finished process, with what it printed."""
    command = [sys.executable, str(ROOT / "cli.py"), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, cwd=cwd, timeout=300, check=False)
