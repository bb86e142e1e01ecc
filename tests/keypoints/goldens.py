"""The stored arrays that the original RSN, MSPN and mmpose programs computed (tests/golden/pipeline_*.npz)."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

GOLDEN = Path(__file__).parents[1] / "golden"


def golden(name: str) -> dict[str, NDArray[Any]]:
    """All arrays of one file."""
    with np.load(GOLDEN / f"pipeline_{name}.npz") as arrays:
        return dict(arrays)
