"""Tensors out of files of others: never code, and damage is named."""

import os
import pickle
from pathlib import Path
from typing import Any

import pytest
import torch

from rsn_edge.errors import ArtefactError
from train.published.tensor_file import read_tensor_file


class Harmful:
    """Would leave a folder behind if it were ever unpickled."""

    def __init__(self, trace: Path) -> None:
        self.trace = trace

    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, (str(self.trace),)


@pytest.mark.parametrize("zipped", [True, False], ids=["new", "old"])
def test_a_file_that_asks_for_code_is_refused(tmp_path: Path, zipped: bool) -> None:
    path, trace = tmp_path / "x.pth", tmp_path / "trace"
    torch.save({"a": torch.ones(2), "b": Harmful(trace)}, path, _use_new_zipfile_serialization=zipped)

    with pytest.raises(ArtefactError, match=r"holds more than tensors \(\w+\.mkdir\).*could run code"):
        read_tensor_file(path)

    assert not trace.exists()


def test_a_pickled_module_is_refused(tmp_path: Path) -> None:
    torch.save(torch.nn.Linear(1, 1), tmp_path / "x.pth")

    with pytest.raises(ArtefactError, match=r"torch\.nn\.modules\.linear\.Linear.*state_dict\(\)"):
        read_tensor_file(tmp_path / "x.pth")


def test_a_plain_pickle_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.pkl").write_bytes(pickle.dumps({"a": 1}, protocol=4))

    with pytest.raises(ArtefactError, match=r"x\.pkl"):
        read_tensor_file(tmp_path / "x.pkl")


@pytest.mark.parametrize("zipped", [True, False], ids=["new", "old"])
@pytest.mark.parametrize("left", [3, 100, 0.5, -10])
def test_a_file_cut_off_anywhere_is_refused(tmp_path: Path, zipped: bool, left: float) -> None:
    path = tmp_path / "x.pth"
    torch.save({"a": torch.ones(500)}, path, _use_new_zipfile_serialization=zipped)
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * left) if left == 0.5 else int(left)])

    with pytest.raises(ArtefactError, match=r"x\.pth is (cut off or damaged|not a model file)"):
        read_tensor_file(path)


def test_what_lies_beside_the_tensors_is_named(tmp_path: Path) -> None:
    torch.save({"a": torch.ones(2), "epoch": 3, "lr": 0.1}, tmp_path / "x.pth")

    file = read_tensor_file(tmp_path / "x.pth")

    assert list(file.arrays) == ["a"]
    assert file.ignored == ("epoch", "lr")


@pytest.mark.parametrize("payload", [[torch.ones(1)], torch.ones(1), 7], ids=["list", "tensor", "number"])
def test_tensors_without_names_are_refused(tmp_path: Path, payload: Any) -> None:
    torch.save(payload, tmp_path / "x.pth")

    with pytest.raises(ArtefactError, match=r"holds no tensors by name"):
        read_tensor_file(tmp_path / "x.pth")


def test_a_file_without_tensors_is_refused(tmp_path: Path) -> None:
    torch.save({"state_dict": {}, "epoch": 1}, tmp_path / "x.pth")

    with pytest.raises(ArtefactError, match=r"holds no tensors, only epoch"):
        read_tensor_file(tmp_path / "x.pth")


def test_an_onnx_file_is_no_checkpoint(tmp_path: Path) -> None:
    (tmp_path / "x.onnx").write_bytes(b"\x08\x07\x12\x07pytorch")

    with pytest.raises(ArtefactError, match=r"kind onnx"):
        read_tensor_file(tmp_path / "x.onnx")
