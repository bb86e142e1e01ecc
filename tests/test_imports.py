"""Which part of the program may import which, read from the sources: the rules that keep the house in order.

The pure modules import the standard library, numpy, cv2 and each other, downwards; a third-party runtime lives in its
one file, inside the function that needs it; the pipeline and the evaluation know protocols, never implementations.
"""

import ast
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

from rsn_edge.cli import COMMANDS

ROOT = Path(__file__).parents[1]
FOLDERS = ("rsn_edge", "train", "export", "benchmarks")
FILES = sorted(path.relative_to(ROOT) for folder in FOLDERS for path in (ROOT / folder).rglob("*.py"))

PURE = (
    "errors", "spec", "skeleton", "frame", "people", "keypoints", "coco", "figures", "body", "outlines", "zoo",
)  # fmt: skip
PURE_PACKAGES = {*sys.stdlib_module_names, "numpy", "cv2", "tomllib", "tomli"}  # the last two read a user's skeleton

# Where a runtime may be imported: a file, or a folder.
HOMES = {
    "torch": ("rsn_edge/network", "rsn_edge/backend/torch.py", "train", "export"),
    "onnxruntime": ("rsn_edge/backend/onnxruntime.py",),
    "openvino": ("rsn_edge/backend/openvino.py",),
    "tensorrt": ("rsn_edge/device/tensorrt_library.py",),
    "tensorrt_rtx": ("rsn_edge/device/tensorrt_library.py",),
    "cuda": ("rsn_edge/device/cuda.py",),
    "pycuda": ("rsn_edge/device/cuda.py",),
    "av": ("rsn_edge/source/video.py", "rsn_edge/sink"),  # one reads, the other writes
    "hotcoco": ("rsn_edge/evaluate.py",),
    "onnx": ("export",),
    "onnxscript": ("export",),
}
MAY_BE_GLOBAL = ("rsn_edge/network", "train", "export")  # these have no other purpose than their runtime
LIGHT = {*sys.stdlib_module_names, *FOLDERS, "numpy", "cv2", "click", "rich", "safetensors", "platformdirs", "tomli"}

DEVICES = ("rsn_edge/device/cuda.py", "rsn_edge/device/tensorrt_library.py")
DEVICE_USERS = (
    *DEVICES, "rsn_edge/device/machine.py", "rsn_edge/backend/tensorrt.py", "export/engine.py", "benchmarks",
)  # fmt: skip
SEAMS = {f"rsn_edge.{seam}.protocol" for seam in ("backend", "detector", "source", "sink")}
ASKERS = ("rsn_edge/pipeline", "rsn_edge/evaluate.py", "rsn_edge/reading.py", "export/gate.py", "export/verify.py")
READERS = {"rsn_edge.source.decode"}  # a picture file to pixels: no Source
VAGUE_NAMES = {"util", "utils", "helper", "helpers", "manager", "common", "base", "misc"}


@dataclass(frozen=True)
class Import:
    """One imported name: absolute module, name in it ("" for a whole module), and when it is imported."""

    module: str
    name: str = ""
    relative: bool = False
    at_import_time: bool = False
    only_for_types: bool = False

    @property
    def package(self) -> str:
        """The top-level package."""
        return self.module.partition(".")[0]


def imports_of(source: str, module: str, is_package: bool = False) -> Iterator[Import]:
    """Every import of a file, wherever it stands."""
    yield from _imports_under(ast.parse(source), module.split(".")[: None if is_package else -1], True, False)


def _imports_under(node: ast.AST, parents: list[str], top: bool, types: bool) -> Iterator[Import]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Import):
            for alias in child.names:
                yield Import(alias.name, "", False, top and not types, types)
        elif isinstance(child, ast.ImportFrom):
            above = parents[: len(parents) - child.level + 1] if child.level else []
            target = ".".join([*above, *([child.module] if child.module else [])])
            for alias in child.names:
                yield Import(target, alias.name, child.level > 0, top and not types, types)
        elif isinstance(child, ast.If) and "TYPE_CHECKING" in ast.dump(child.test):
            yield from _imports_under(child, parents, top, True)
        else:
            inside = isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda))
            yield from _imports_under(child, parents, top and not inside, types)


def _module(path: Path) -> str:
    parts = path.with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _imports(path: Path) -> list[Import]:
    return list(imports_of((ROOT / path).read_text(encoding="utf-8"), _module(path), path.name == "__init__.py"))


def _lies_in(path: Path, homes: tuple[str, ...]) -> bool:
    return any(path == Path(home) or Path(home) in path.parents for home in homes)


def _is_pure(module: str) -> bool:
    library, *names = module.split(".")
    return library == "rsn_edge" and names[:1] != [] and names[0] in PURE


def _targets(imported: Import) -> set[str]:
    """The modules of ours that an import loads: `from a.b import c` may name a module c or something in b."""
    named = f"{imported.module}.{imported.name}" if imported.name else imported.module
    return {named} & MODULES or {imported.module} & MODULES


MODULES = {_module(path) for path in FILES}
IMPORTS = {path: _imports(path) for path in FILES}
EVERY_FILE = pytest.mark.parametrize("path", FILES, ids=str)
FRONT_DOOR = [
    "rsn_edge", "rsn_edge.errors", "rsn_edge.cli",
    *(f"rsn_edge.{row.folder}" for row in COMMANDS.values() if row.folder.startswith("commands.")),
]  # fmt: skip
PURE_FILES = [path for path in FILES if path.parts[0] == "rsn_edge" and path.parts[1].removesuffix(".py") in PURE]


def test_imports_are_found_wherever_they_stand() -> None:
    source = (
        "import a.b\nfrom . import c\nfrom ..d import e\n"
        "if TYPE_CHECKING:\n    import f\n"
        "def g():\n    from h import i\n"
        "try:\n    import j\nexcept ImportError: ...\n"
    )
    assert list(imports_of(source, "top.sub.file")) == [
        Import("a.b", "", False, True),
        Import("top.sub", "c", True, True),
        Import("top.d", "e", True, True),
        Import("f", "", False, False, True),
        Import("h", "i"),
        Import("j", "", False, True),
    ]


def test_the_tree_was_found() -> None:
    assert {Path("rsn_edge/errors.py"), Path("rsn_edge/keypoints/crop.py"), Path("train/loss.py")} <= set(FILES)


@pytest.mark.parametrize("path", PURE_FILES, ids=str)
def test_a_pure_module_imports_arithmetic_and_pure_modules_only(path: Path) -> None:
    strangers = {i.module for i in IMPORTS[path] if i.package not in PURE_PACKAGES and not _is_pure(i.module)}
    assert strangers == set()


def test_imports_point_downwards() -> None:
    graph = {
        _module(path): {m for i in found if i.at_import_time for m in _targets(i)} - {_module(path)}
        for path, found in IMPORTS.items()
        if path.name != "__init__.py"
    }
    try:
        list(TopologicalSorter(graph).static_order())
    except CycleError as error:
        pytest.fail(f"modules import each other in a circle: {' -> '.join(error.args[1])}")


@EVERY_FILE
def test_a_runtime_is_imported_in_its_home_only(path: Path) -> None:
    lost = {
        imported.package
        for imported in IMPORTS[path]
        if imported.package in HOMES and not _lies_in(path, HOMES[imported.package])
    }
    assert lost == set()


@EVERY_FILE
def test_a_runtime_is_not_imported_before_it_is_needed(path: Path) -> None:
    heavy = {i.package for i in IMPORTS[path] if i.at_import_time and i.package not in LIGHT}
    assert heavy == set() or _lies_in(path, MAY_BE_GLOBAL)


@EVERY_FILE
def test_the_networks_are_built_by_train_export_and_the_torch_backend_only(path: Path) -> None:
    builds = any(i.module.startswith("rsn_edge.network") for i in IMPORTS[path])
    assert not builds or _lies_in(path, HOMES["torch"])


@EVERY_FILE
def test_devices_are_touched_by_the_engine_side_only(path: Path) -> None:
    touched = {module for imported in IMPORTS[path] for module in _targets(imported)} & {
        _module(Path(device)) for device in DEVICES
    }
    assert not touched or _lies_in(path, DEVICE_USERS)


@pytest.mark.parametrize("path", [path for path in FILES if _lies_in(path, ASKERS)], ids=str)
def test_pipeline_and_evaluation_know_protocols_only(path: Path) -> None:
    for imported in IMPORTS[path]:
        is_poser = (imported.module, imported.name) == ("rsn_edge.poser", "Poser")
        is_own = imported.package != "rsn_edge" or imported.module.startswith("rsn_edge.pipeline.")
        is_asker = any(_lies_in(Path(f"{imported.module.replace('.', '/')}.py"), (asker,)) for asker in ASKERS)
        knows = is_own or is_poser or is_asker or imported.module in SEAMS | READERS or _is_pure(imported.module)
        assert knows, f"{imported.module} is an implementation"


@pytest.mark.parametrize("path", [path for path in FILES if path.parts[0] != "rsn_edge"], ids=str)
def test_siblings_are_imported_relatively_and_the_library_absolutely(path: Path) -> None:
    folder = path.parts[0]
    for imported in IMPORTS[path]:
        if imported.relative:
            assert imported.package == folder, f"{imported.module} is outside {folder}"
        else:
            assert imported.package not in FOLDERS[1:], f"{imported.module} must be imported relatively"
            assert imported.module.split(".")[:2] not in [["rsn_edge", other] for other in FOLDERS[1:]]


@pytest.mark.parametrize("path", [path for path in FILES if path.parts[0] == "rsn_edge"], ids=str)
def test_the_library_does_not_import_what_is_built_on_it(path: Path) -> None:
    above = {m for i in IMPORTS[path] for m in (i.module, f"{i.module}.{i.name}") if m.split(".")[0] in FOLDERS[1:]}
    assert above == set()


@EVERY_FILE
def test_a_module_is_named_after_a_concept(path: Path) -> None:
    assert not VAGUE_NAMES & {word for part in path.with_suffix("").parts for word in part.split("_")}


@pytest.mark.parametrize("module", FRONT_DOOR)
def test_the_front_door_loads_no_arithmetic(module: str) -> None:
    program = f"import sys, {module}; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert not {"numpy", "cv2", *HOMES} & set(loaded.stdout.split())
