"""An ONNX header is read without packages, and whatever a file holds, it is a header or a sentence."""

import random
from pathlib import Path

import pytest

from rsn_edge.artefact.onnx_header import OnnxHeader, read_onnx_header
from rsn_edge.backend.protocol import TensorSpec
from rsn_edge.errors import ArtefactError
from tests.artefact.onnx_files import small_onnx


def _write(folder: Path, content: bytes) -> Path:
    path = folder / "net.onnx"
    path.write_bytes(content)
    return path


def test_a_header_says_what_the_file_says(tmp_path: Path) -> None:
    header = read_onnx_header(_write(tmp_path, small_onnx({"a": "1", "rsn_edge.precision": "fp32"})))

    assert header == OnnxHeader(
        opset=17,
        metadata={"a": "1", "rsn_edge.precision": "fp32"},
        inputs=(TensorSpec("x", (-1, 2), "float32"),),
        outputs=(TensorSpec("y", (-1, 2), "float32"),),
    )


@pytest.mark.parametrize(
    ("content", "says"),
    [
        pytest.param(b"", "is empty", id="empty"),
        pytest.param(small_onnx()[:-1], "only a part", id="one byte short"),
        pytest.param(small_onnx()[:40], "only a part", id="a head"),
        pytest.param(b"\x08\x08", "no graph", id="a version and nothing else"),
        pytest.param(b"\x3a\x00", "no version", id="a graph and nothing else"),
        pytest.param(b"\xff" * 64, "does not end", id="a number without end"),
        pytest.param(b"\x89PNG\r\n\x1a\n" + bytes(64), "not an ONNX file", id="a picture"),
    ],
)
def test_a_file_that_is_no_onnx_is_one_sentence(content: bytes, says: str, tmp_path: Path) -> None:
    with pytest.raises(ArtefactError, match=says):
        read_onnx_header(_write(tmp_path, content))


def test_a_missing_file_and_a_folder_are_one_sentence(tmp_path: Path) -> None:
    for path in (tmp_path / "none.onnx", tmp_path):
        with pytest.raises(ArtefactError, match="cannot be read"):
            read_onnx_header(path)


def test_two_hundred_mutations_give_a_header_or_a_sentence(tmp_path: Path) -> None:
    dice, whole, refused = random.Random(7), small_onnx({"note": "value"}), 0
    for _ in range(200):
        content = bytearray(whole[: dice.choice([len(whole), dice.randrange(1, len(whole))])])
        for _ in range(dice.randrange(4)):
            content[dice.randrange(len(content))] = dice.randrange(256)
        try:
            assert isinstance(read_onnx_header(_write(tmp_path, bytes(content))), OnnxHeader)
        except ArtefactError:
            refused += 1
    assert 50 < refused < 200
