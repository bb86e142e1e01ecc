"""Which runtime and device are to run a network."""

from dataclasses import dataclass
from typing import Literal

Runtime = Literal["auto", "onnxruntime", "openvino", "torch"]
Provider = Literal["cpu", "cuda", "tensorrt", "rtx"]


@dataclass(frozen=True, slots=True)
class BackendChoice:
    """What the user asked for.

    Args:
        runtime: `auto` takes what fits the file: ONNX Runtime for ONNX, PyTorch for a checkpoint.
        provider: where ONNX Runtime or PyTorch computes; one that is not there is an error, never a silent fallback.
        device: index of the device.
        threads: 0: the cores that this process may use.
        bf16: lets OpenVINO round to bfloat16 (2x faster where the processor has it, 0.7 % error of the heat-maps).
    """

    runtime: Runtime = "auto"
    provider: Provider = "cpu"
    device: int = 0
    threads: int = 0
    bf16: bool = False
