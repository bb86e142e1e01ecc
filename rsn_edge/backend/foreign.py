"""A model file of unknown origin is first opened in a child process: native parsers crash on files made to do so."""

import os
import subprocess
import sys
from pathlib import Path

from rsn_edge.backend.protocol import BackendChoice, Runtime
from rsn_edge.errors import ArtefactError, RsnEdgeError

TIME_S = 20
# Of address space. ONNX Runtime and OpenVINO take 0.2 and 0.7 GiB of it for a network of 7 MB; large ones need more.
SPACE_BYTES = 4 << 30

# The parent's search path is handed over, so that nothing is imported from the folder that the user stands in.
_CHILD = """
import sys
runtime, model, *sys.path = sys.argv[1:]
from rsn_edge.backend.foreign import _try
_try(runtime, model)
"""


def survive_opening(path: Path, runtime: Runtime, time_s: float = TIME_S) -> None:
    """Opens `path` in a child of limited time and memory; ArtefactError where the child fails, hangs or dies."""
    one_thread = {**os.environ, "OMP_NUM_THREADS": "1"}  # numpy's pool reserves address space for every core
    command = [sys.executable, "-c", _CHILD, runtime, str(path.absolute()), *sys.path]
    try:
        child = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, timeout=time_s, check=False, env=one_thread
        )
    except subprocess.TimeoutExpired as error:
        raise _refused(path, f"{runtime} was not done opening it after {time_s:g} s") from error
    if child.returncode:
        raise _refused(path, why_it_failed(runtime, child.returncode, child.stderr.decode("utf-8", "replace")))


def why_it_failed(runtime: str, returncode: int, stderr: str) -> str:
    """What became of the child, in words; a negative code is the signal that it died of."""
    if returncode < 0:
        return f"{runtime} died of signal {-returncode} while it opened the file"
    lines = stderr.strip().splitlines()
    return lines[-1] if lines else f"{runtime} ended with {returncode} and gave no reason"


def _refused(path: Path, why: str) -> ArtefactError:
    return ArtefactError(
        f"{path} has no manifest of rsn-edge, was therefore tried in a process of its own, and cannot be used: {why}",
        f"See what it holds: rsn-edge inspect {path}",
    )


def _try(runtime: Runtime, model: str) -> None:
    # In the child.
    import resource

    resource.setrlimit(resource.RLIMIT_AS, (SPACE_BYTES, SPACE_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    from rsn_edge.backend.opening import open_trusted

    try:
        open_trusted(Path(model), BackendChoice(runtime, threads=1))
    except RsnEdgeError as error:
        sys.exit(str(error))
