"""Every backend keeps the same border, and says what really runs."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from rsn_edge.backend.function import FunctionBackend
from rsn_edge.backend.onnxruntime import OnnxRuntimeBackend
from rsn_edge.backend.openvino import OpenVinoBackend
from rsn_edge.backend.protocol import Backend, BackendChoice, Provider, Tensors, TensorSpec
from rsn_edge.errors import BackendError
from tests.artefact.onnx_files import small_onnx

X, Y = TensorSpec("x", (-1, 2), "float32"), TensorSpec("y", (-1, 2), "float32")


def _function(_: Path) -> Backend:
    def compute(feed: Tensors) -> Tensors:
        return {"y": np.maximum(feed["x"] + np.array([1, -1], np.float32), 0)}

    return FunctionBackend((X,), (Y,), compute)


def _onnxruntime(path: Path) -> Backend:
    return OnnxRuntimeBackend(path, BackendChoice())


def _openvino(path: Path) -> Backend:
    return OpenVinoBackend(path, BackendChoice())


every_backend = pytest.mark.parametrize("opener", [_function, _onnxruntime, _openvino])
Opener = Callable[[Path], Backend]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    (tmp_path / "net.onnx").write_bytes(small_onnx({"rsn_edge.precision": "fp32"}))
    return tmp_path / "net.onnx"


@every_backend
def test_inputs_and_outputs_are_told(opener: Opener, path: Path) -> None:
    backend = opener(path)
    assert (backend.inputs, backend.outputs) == ((X,), (Y,))


@every_backend
@pytest.mark.parametrize("batch", [0, 1, 5])
def test_any_batch_comes_back(batch: int, opener: Opener, path: Path) -> None:
    x = np.arange(batch * 2, dtype=np.float32).reshape(batch, 2)

    y = opener(path).infer({"x": x})["y"]

    assert y.shape == (batch, 2)
    assert np.array_equal(y, np.maximum(x + np.array([1, -1]), 0))


@every_backend
@pytest.mark.parametrize(
    ("feed", "says"),
    [
        pytest.param({}, "takes x, but was given nothing", id="nothing"),
        pytest.param({"z": np.zeros((1, 2), np.float32)}, "takes x, but was given z", id="another name"),
        pytest.param({"x": np.zeros((1, 3), np.float32)}, r"\(any, 2\), but was given float32 \(1, 3\)", id="shape"),
        pytest.param({"x": np.zeros(2, np.float32)}, r"\(any, 2\), but was given float32 \(2\)", id="axes"),
        pytest.param({"x": np.zeros((1, 2))}, r"float32 \(any, 2\), but was given float64 \(1, 2\)", id="type"),
    ],
)
def test_a_wrong_feed_is_told_with_expected_and_actual(
    feed: dict[str, NDArray[Any]], says: str, opener: Opener, path: Path
) -> None:
    with pytest.raises(BackendError, match=says):
        opener(path).infer(feed)


@pytest.mark.parametrize("opener", [_onnxruntime, _openvino])
def test_a_result_survives_the_next_call(opener: Opener, path: Path) -> None:
    backend = opener(path)
    first = backend.infer({"x": np.ones((1, 2), np.float32)})["y"]

    backend.infer({"x": np.full((1, 2), 9, np.float32)})

    assert first.tolist() == [[2, 0]]


@pytest.mark.parametrize("opener", [_onnxruntime, _openvino])
def test_the_facts_say_what_runs(opener: Opener, path: Path) -> None:
    assert str(opener(path).facts).endswith(", fp32")


@pytest.mark.parametrize("provider", ["cuda", "tensorrt", "rtx"])
def test_a_provider_that_is_not_there_is_an_error_and_no_fallback(provider: Provider, path: Path) -> None:
    with pytest.raises(BackendError, match=r"no \w+ExecutionProvider, only .*CPUExecutionProvider"):
        OnnxRuntimeBackend(path, BackendChoice(provider=provider))


@pytest.mark.parametrize(
    ("notes", "level"), [({}, "ORT_ENABLE_ALL"), ({"rsn_edge.optimise": "none"}, "ORT_DISABLE_ALL")]
)
def test_a_file_that_imitates_a_device_is_run_as_it_stands(notes: dict[str, str], level: str, tmp_path: Path) -> None:
    (tmp_path / "net.onnx").write_bytes(small_onnx(notes))

    backend = OnnxRuntimeBackend(tmp_path / "net.onnx", BackendChoice())

    assert backend._session.get_session_options().graph_optimization_level.name == level


def test_openvino_refuses_another_provider(path: Path) -> None:
    with pytest.raises(BackendError, match="not on 'cuda'"):
        OpenVinoBackend(path, BackendChoice(provider="cuda"))


def test_bfloat16_really_runs_or_is_refused(path: Path) -> None:
    try:
        precision = OpenVinoBackend(path, BackendChoice(bf16=True)).facts.precision
    except BackendError as error:
        assert "no bfloat16" in str(error)  # noqa: PT017 - which of the two depends on the processor
    else:
        assert precision == "bf16"


def test_a_home_that_cannot_be_written_means_no_cache(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("not a folder")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))

    assert OpenVinoBackend(path, BackendChoice()).infer({"x": np.zeros((1, 2), np.float32)})["y"].tolist() == [[1, 0]]
