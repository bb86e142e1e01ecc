"""ONNX files in OpenVINO, on the processor: float32 unless bfloat16 was asked for by name."""

import os
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rsn_edge.backend.protocol import BackendChoice, BackendFacts, Tensors, TensorSpec, check_feed
from rsn_edge.device.machine import usable_cores
from rsn_edge.errors import BackendError, MissingPackageError

_ELSEWHERE = "Run with --backend onnxruntime."
_PRECISIONS = {"f32": "fp32", "bf16": "bf16", "f16": "fp16"}


class OpenVinoBackend:
    """A network compiled for this processor. Calls must not overlap; outputs belong to the caller."""

    def __init__(self, path: Path, choice: BackendChoice) -> None:
        """BackendError where OpenVINO refuses the file, or cannot compute as asked."""
        if choice.provider != "cpu":
            raise BackendError(
                f"OpenVINO runs on the processor here, not on '{choice.provider}'", "Run with --provider cpu."
            )
        compiled, self.facts = _compile(path, choice)
        self._request = compiled.create_infer_request()
        self.inputs = tuple(_spec(port) for port in compiled.inputs)
        self.outputs = tuple(_spec(port) for port in compiled.outputs)

    def infer(self, feed: Tensors) -> Tensors:
        """Outputs by name, arrays of the caller."""
        check_feed(feed, self.inputs)
        if not all(len(array) for array in feed.values()):  # OpenVINO refuses an empty batch
            return {tensor.name: _nothing(tensor) for tensor in self.outputs}
        try:
            results = self._request.infer(dict(feed))
        except RuntimeError as error:
            raise BackendError(f"{self.facts} failed while it computed: {_reason(error)}", _ELSEWHERE) from error
        return {tensor.name: results[index] for index, tensor in enumerate(self.outputs)}

    def close(self) -> None:
        """Frees the network; the backend cannot be used any more."""
        self._request = None


def _nothing(tensor: TensorSpec) -> NDArray[np.generic]:
    return np.zeros((0, *(max(length, 0) for length in tensor.shape[1:])), tensor.dtype)


def _reason(error: RuntimeError) -> str:
    # The last line; those above it tell where in OpenVINO the error passed.
    lines = str(error).strip().splitlines()
    return lines[-1] if lines else "no reason given"


def _compile(path: Path, choice: BackendChoice) -> tuple[Any, BackendFacts]:
    try:
        import openvino
    except ImportError as error:
        raise MissingPackageError("openvino", "the openvino backend", "openvino") from error
    asked = "bf16" if choice.bf16 else "f32"
    settings = {
        "INFERENCE_PRECISION_HINT": asked,  # left alone, OpenVINO rounds to bf16 wherever the processor can
        "INFERENCE_NUM_THREADS": choice.threads or usable_cores(),
        "ENABLE_CPU_PINNING": False,  # other stages share the cores
        **_cache(),
    }
    try:
        core = openvino.Core()
        able = core.get_property("CPU", "OPTIMIZATION_CAPABILITIES")
        if choice.bf16 and "BF16" not in able:
            raise BackendError(f"this processor has no bfloat16 (it has {', '.join(able)})", "Run without --bf16.")
        compiled = core.compile_model(core.read_model(str(path)), "CPU", settings)
        really = compiled.get_property("INFERENCE_PRECISION_HINT").get_type_name()
    except RuntimeError as error:
        raise BackendError(f"OpenVINO refuses {path}: {_reason(error)}", _ELSEWHERE) from error
    if really != asked:
        raise BackendError(f"OpenVINO was asked to compute in {asked}, but computes in {really}", _ELSEWHERE)
    return compiled, BackendFacts("openvino", openvino.__version__.partition("-")[0], "CPU", _PRECISIONS[really])


def _cache() -> dict[str, str]:
    # Compiled networks, half the time of a second start. A home that cannot be written means no cache.
    from platformdirs import user_cache_path

    folder = user_cache_path("rsn-edge") / "openvino"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return {}
    return {"CACHE_DIR": str(folder)} if os.access(folder, os.W_OK) else {}


def _spec(port: Any) -> TensorSpec:
    shape = tuple(-1 if axis.is_dynamic else axis.get_length() for axis in port.get_partial_shape())
    return TensorSpec(port.get_any_name(), shape, np.dtype(port.get_element_type().to_dtype()).name)
