"""What a file is follows from its bytes; its name may lie."""

import io
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.numpy import save

from rsn_edge.artefact.kind import artefact_kind
from rsn_edge.errors import ArtefactError
from tests.artefact.onnx_files import small_onnx


def _saved_by_torch(zipped: bool) -> bytes:
    buffer = io.BytesIO()
    torch.save({"weight": torch.zeros(2)}, buffer, _use_new_zipfile_serialization=zipped)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        pytest.param(save({"weight": np.zeros(2, np.float32)}), "checkpoint", id="safetensors"),
        pytest.param(_saved_by_torch(zipped=True), "torch", id="torch zip"),
        pytest.param(_saved_by_torch(zipped=False), "torch", id="torch pickle"),
        pytest.param(small_onnx(), "onnx", id="onnx"),
        pytest.param(b"ftrt" + bytes(60), "tensorrt", id="TensorRT"),
        pytest.param(b"vtrt" + bytes(60), "tensorrt-rtx", id="TensorRT-RTX"),
    ],
)
def test_the_kind_follows_from_the_bytes(content: bytes, kind: str, tmp_path: Path) -> None:
    path = tmp_path / "model.jpg"
    path.write_bytes(content)

    assert artefact_kind(path) == kind


@pytest.mark.parametrize(
    ("content", "says"),
    [
        pytest.param(b"", "is empty", id="empty"),
        pytest.param(b"\xff\xd8\xff\xe0JFIF", "not a model file", id="a picture"),
        pytest.param(b"PK\x03\x04" + b"arr_0.npy" * 9, "a zip file that torch.save did not write", id="another zip"),
        pytest.param(b"version https://git-lfs.github.com/spec/v1\n", "git lfs pull", id="a Git LFS pointer"),
        pytest.param(b"<!DOCTYPE html><html>", "a web page", id="a web page"),
        pytest.param(b'<?xml version="1.0"?><net name="a">', "not a model file", id="XML"),
        pytest.param(save({"weight": np.zeros(2, np.float32)})[:20], "not a model file", id="a head of safetensors"),
        pytest.param(b"\x80", "not a model file", id="one byte"),
    ],
)
def test_anything_else_is_one_sentence(content: bytes, says: str, tmp_path: Path) -> None:
    path = tmp_path / "model.onnx"
    path.write_bytes(content)

    with pytest.raises(ArtefactError, match=says):
        artefact_kind(path)


def test_a_missing_file_and_a_folder_are_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(ArtefactError, match=r"cannot be read: No such file or directory\. Check"):
        artefact_kind(tmp_path / "none.onnx")
    with pytest.raises(ArtefactError, match="is a folder"):
        artefact_kind(tmp_path)
