"""The wheel: what it holds, and that it is the same program wherever it is called."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from rsn_edge.cli import COMMANDS
from tests.program import ROOT


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    subprocess.run(command, check=True, capture_output=True)
    return next(folder.glob("*.whl"))


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The program in a fresh environment whose dependencies are those of this one."""
    folder = tmp_path_factory.mktemp("installed")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True)
    site = next((folder / "lib").glob("python*/site-packages"))
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)
    own = [path for path in sys.path if path.endswith("site-packages")]
    (site / "dependencies.pth").write_text("\n".join(own) + "\n")
    return folder / "bin" / "python"


def test_the_wheel_holds_the_library_and_nothing_beside_it(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        top = {name.partition("/")[0] for name in archive.namelist()}

    assert {name.partition("-")[0] for name in top} == {"rsn_edge"}


@pytest.mark.parametrize(
    "name",
    [
        "train/command.py",
        "export/command.py",
        "benchmarks/__init__.py",
        "py.typed",
        "zoo_scores.csv",
        "zoo_sizes.csv",
        "source/sample.jpg",
        "models/rsn-nano.onnx",
        "models/rsn-nano.onnx.json",
        "models/rsn-nano.safetensors",
        "models/rsn-nano.md",
        "models/person-nano.onnx",
        "models/person-nano.safetensors",
        "models/person-nano.md",
    ],
)
def test_the_wheel_holds(wheel: Path, name: str) -> None:
    with zipfile.ZipFile(wheel) as archive:
        assert f"rsn_edge/{name}" in archive.namelist()


def test_no_test_and_no_script_is_in_the_wheel(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        assert not [name for name in archive.namelist() if "tests/" in name or "scripts/" in name]


@pytest.mark.parametrize("command", COMMANDS)
def test_help_works_beside_a_file_that_is_called_like_a_folder_of_ours(
    installed: Path, tmp_path: Path, command: str
) -> None:
    for name in ("train.py", "export.py", "benchmarks.py"):
        (tmp_path / name).write_text("raise SystemExit('the wrong file was imported')\n")

    call = [str(installed), "-c", "from rsn_edge.cli import main; main()", command, "--help"]
    clean = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    finished = subprocess.run(call, capture_output=True, text=True, cwd=tmp_path, env=clean, check=False)

    assert finished.returncode == 0, finished.stderr


def test_exactly_one_package_owns_cv2() -> None:
    from importlib.metadata import packages_distributions

    assert len(set(packages_distributions()["cv2"])) == 1
