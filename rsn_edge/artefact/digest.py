"""SHA-256 of files and of weights: what names an artefact, whatever its file is called."""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray


def file_sha256(path: Path) -> str:
    """Hex digest of a file's bytes."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(1 << 20):
            digest.update(chunk)
    return digest.hexdigest()


def weights_sha256(state: Mapping[str, NDArray[Any]]) -> str:
    """Hex digest over the sorted (name, dtype, shape, little-endian bytes) of a network's tensors.

    `num_batches_tracked` counts training steps and changes no output: it is left out.
    """
    digest = hashlib.sha256()
    for name in sorted(state):
        if name.endswith("num_batches_tracked"):
            continue
        array = np.asarray(state[name])
        little = array.astype(array.dtype.newbyteorder("<"), copy=False)
        digest.update(f"{name}|{array.dtype.name}|{array.shape}|".encode())
        digest.update(little.tobytes())
    return digest.hexdigest()
