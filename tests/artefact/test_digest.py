"""Digests: of a file's bytes, and of weights whatever holds them."""

import hashlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from rsn_edge.artefact.kind import file_sha256, weights_sha256

State = dict[str, NDArray[Any]]


def _state() -> State:
    return {"a.weight": np.arange(6, dtype=np.float32).reshape(2, 3), "b.bias": np.array([1.5], np.float32)}


@pytest.mark.parametrize("size", [0, 5, (1 << 20) + 1], ids=["empty", "small", "more-than-a-chunk"])
def test_the_digest_of_a_file_is_that_of_its_bytes(tmp_path: Path, size: int) -> None:
    content = bytes(range(256)) * (size // 256) + b"x" * (size % 256)
    (tmp_path / "file").write_bytes(content)
    assert file_sha256(tmp_path / "file") == hashlib.sha256(content).hexdigest()


def test_the_digest_of_weights_is_the_documented_one() -> None:
    text = hashlib.sha256(
        b"a.weight|float32|(2, 3)|" + np.arange(6, dtype="<f4").tobytes() + b"b.bias|float32|(1,)|"
        + np.array([1.5], "<f4").tobytes()
    )  # fmt: skip
    assert weights_sha256(_state()) == text.hexdigest()


def test_order_does_not_matter() -> None:
    state = _state()
    assert weights_sha256(dict(reversed(state.items()))) == weights_sha256(state)


def test_memory_layout_and_byte_order_do_not_matter() -> None:
    state = _state()
    other = {name: np.asfortranarray(array).astype(">f4") for name, array in state.items()}
    assert weights_sha256(other) == weights_sha256(state)


def test_the_counter_of_training_steps_does_not_matter() -> None:
    state = _state()
    assert weights_sha256({**state, "bn.num_batches_tracked": np.array(7)}) == weights_sha256(state)


@pytest.mark.parametrize(
    "change",
    [{"b.bias": np.array([1.25], np.float32)}, {"b.bias": np.array([1.5], np.float64)},
     {"b.bias": np.array(1.5, np.float32)}, {"c.bias": np.array([1.5], np.float32)}],
    ids=["value", "dtype", "shape", "one-more"],
)  # fmt: skip
def test_any_other_difference_matters(change: State) -> None:
    assert weights_sha256({**_state(), **change}) != weights_sha256(_state())
