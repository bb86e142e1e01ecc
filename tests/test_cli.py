"""The command line as a whole: its table, its exit codes, and what it does not load."""

import json
import subprocess
import sys

import pytest

from rsn_edge import __version__
from rsn_edge.cli import COMMANDS
from tests.program import ROOT, rsn_edge

HEAVY = ("numpy", "cv2", "torch", "onnx", "onnxruntime", "openvino", "av", "rich", "tensorrt", "safetensors")


def _imported(*arguments: str) -> set[str]:
    command = [sys.executable, "-X", "importtime", *arguments]
    finished = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=True)
    return {line.rpartition("|")[2].strip().partition(".")[0] for line in finished.stderr.splitlines()}


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_with_an_example(command: str) -> None:
    finished = rsn_edge(command, "--help")

    examples = finished.stdout.partition("Example")[2]
    assert finished.returncode == 0
    assert f"rsn-edge {command}" in examples


@pytest.mark.parametrize("command", COMMANDS)
def test_help_loads_nothing_heavy(command: str) -> None:
    assert not _imported("cli.py", command, "--help") & set(HEAVY)


def test_importing_the_package_loads_nothing_heavy() -> None:
    assert not _imported("-c", "import rsn_edge") & {*HEAVY, "click"}


def test_the_program_names_its_version() -> None:
    assert rsn_edge("--version").stdout.strip() == f"rsn-edge {__version__}"


def test_an_unknown_command_is_a_wrong_command_line() -> None:
    finished = rsn_edge("fly")

    assert (finished.returncode, "No such command 'fly'" in finished.stderr) == (2, True)


def test_an_unknown_option_is_a_wrong_command_line() -> None:
    assert rsn_edge("run", "sample", "--fast").returncode == 2


def test_a_failure_is_one_line_without_traceback() -> None:
    finished = rsn_edge("inspect", "no-such-file.onnx")

    assert (finished.returncode, finished.stderr.count("\n"), "Traceback" in finished.stderr) == (1, 1, False)


def test_verbose_says_what_runs() -> None:
    told = rsn_edge("run", "test://persons=1,frames=1", "--jsonl", "-", "-v").stderr

    assert told.count("CPUExecutionProvider") == 2  # the detector and the pose network


def test_debug_shows_the_traceback() -> None:
    assert "Traceback" in rsn_edge("inspect", "no-such-file.onnx", "--debug").stderr


@pytest.mark.parametrize("command", [("models",), ("doctor",), ("inspect", "rsn_edge/models/rsn-nano.onnx")])
def test_json_is_one_document_with_schema_and_version(command: tuple[str, ...]) -> None:
    document = json.loads(rsn_edge(*command, "--json", cwd=ROOT).stdout)

    assert document["schema"] == f"rsn-edge/{command[0]}/1"
    assert document["version"] == __version__
    assert document["results"]


def test_tables_fit_a_terminal_of_80_columns() -> None:
    for command in ("models", "doctor"):
        assert max(map(len, rsn_edge(command).stdout.splitlines())) <= 80
