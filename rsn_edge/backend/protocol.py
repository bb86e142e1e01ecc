"""The seam between arrays and a runtime: tensors in, tensors out, no knowledge of persons."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from numpy.typing import NDArray

from rsn_edge.errors import BackendError

Runtime = Literal["auto", "onnxruntime", "openvino", "torch"]
Provider = Literal["cpu", "cuda", "tensorrt", "rtx"]

Tensors = Mapping[str, NDArray[Any]]


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


@dataclass(frozen=True, slots=True)
class TensorSpec:
    """Name, shape and numpy type name of one tensor; -1 marks an axis that may have any length."""

    name: str
    shape: tuple[int, ...]
    dtype: str

    def __str__(self) -> str:
        return f"{self.name} {self.dtype} {shape_text(self.shape)}"

    def takes(self, array: NDArray[Any]) -> bool:
        """Whether `array` is of this type and fits this shape."""
        lengths = zip(array.shape, self.shape, strict=False)
        fits = array.ndim == len(self.shape) and all(want in (-1, have) for have, want in lengths)
        return fits and array.dtype.name == self.dtype


def shape_text(shape: tuple[int, ...]) -> str:
    """A shape for people: `(any, 3, 256, 192)`."""
    return f"({', '.join('any' if length == -1 else str(length) for length in shape)})"


def check_feed(feed: Tensors, inputs: Sequence[TensorSpec]) -> None:
    """The border of every backend: BackendError with expected and actual where names, types or shapes differ."""
    names = [tensor.name for tensor in inputs]
    if feed.keys() != set(names):
        raise BackendError(f"the network takes {', '.join(names)}, but was given {', '.join(feed) or 'nothing'}")
    for tensor in inputs:
        if not tensor.takes(array := feed[tensor.name]):
            raise BackendError(
                f"the network's input '{tensor.name}' is {tensor.dtype} {shape_text(tensor.shape)}, but was given "
                f"{array.dtype.name} {shape_text(array.shape)}"
            )


@dataclass(frozen=True, slots=True)
class BackendFacts:
    """What really runs: runtime and version, the provider or device in use, and the precision it computes in."""

    runtime: str
    version: str
    provider: str
    precision: str

    def __str__(self) -> str:
        return f"{self.runtime} {self.version} on {self.provider}, {self.precision}"


class Backend(Protocol):
    """A loaded network."""

    @property
    def inputs(self) -> tuple[TensorSpec, ...]:
        """The tensors to feed."""

    @property
    def outputs(self) -> tuple[TensorSpec, ...]:
        """The tensors that come back."""

    @property
    def facts(self) -> BackendFacts:
        """What really runs."""

    def infer(self, feed: Tensors) -> Tensors:
        """Outputs by name; they are valid until the next call. BackendError where the runtime fails."""

    def close(self) -> None:
        """Frees the network."""
