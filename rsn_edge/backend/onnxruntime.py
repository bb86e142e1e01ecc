"""ONNX files in ONNX Runtime: the embedded default, on the processor or an accelerator that was asked for by name."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rsn_edge.artefact.onnx_header import PRECISION_KEY, read_onnx_header
from rsn_edge.backend.protocol import BackendChoice, BackendFacts, Provider, Tensors, TensorSpec, check_feed
from rsn_edge.device.machine import usable_cores
from rsn_edge.errors import BackendError, MissingPackageError

OPTIMISE_KEY = "rsn_edge.optimise"  # `none` in files that imitate a device: fused, they would compute something else

_PROVIDERS: dict[Provider, str] = {
    "cpu": "CPUExecutionProvider",
    "cuda": "CUDAExecutionProvider",
    "tensorrt": "TensorrtExecutionProvider",
    "rtx": "NvTensorRTRTXExecutionProvider",
}
_FATAL = 4  # of ONNX Runtime's log levels; what goes wrong comes as an exception too
_DTYPES = {"float": "float32", "double": "float64", "string": "str"}


class OnnxRuntimeBackend:
    """An ONNX file, loaded. Calls from several threads run side by side; outputs belong to the caller."""

    def __init__(self, path: Path, choice: BackendChoice) -> None:
        """BackendError where ONNX Runtime or the provider that was asked for refuses the file."""
        self._choice = choice
        self._session, self.facts = _open(path, choice)
        self.inputs = tuple(_spec(tensor) for tensor in self._session.get_inputs())
        self.outputs = tuple(_spec(tensor) for tensor in self._session.get_outputs())

    def infer(self, feed: Tensors) -> Tensors:
        """Outputs by name, arrays of the caller."""
        check_feed(feed, self.inputs)
        names = [tensor.name for tensor in self.outputs]
        try:
            return dict(zip(names, self._session.run(names, dict(feed)), strict=True))
        except Exception as error:  # its exceptions have no common class but this
            raise BackendError(
                f"{self.facts} failed while it computed: {_reason(error)}", _remedy(self._choice)
            ) from error

    def close(self) -> None:
        """Frees the session; the backend cannot be used any more."""
        self._session = None


def session_of_bytes(content: bytes) -> Any:
    """A session of one thread for a model in memory, to look inside a network with."""
    import onnxruntime

    options = _options(onnxruntime, {}, BackendChoice(threads=1))
    return onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])


def _open(path: Path, choice: BackendChoice) -> tuple[Any, BackendFacts]:
    try:
        import onnxruntime
    except ImportError as error:
        raise MissingPackageError("onnxruntime", "running an ONNX file", "all") from error
    header = read_onnx_header(path)
    provider = _PROVIDERS[choice.provider]
    present = onnxruntime.get_available_providers()
    if provider not in present:
        raise BackendError(
            f"this ONNX Runtime ({onnxruntime.__version__}) has no {provider}, only {', '.join(present)}",
            "Run with --provider cpu, or install a build of ONNX Runtime that has it.",
        )
    settings = {} if choice.provider == "cpu" else {"device_id": str(choice.device)}
    options = _options(onnxruntime, header.metadata, choice)
    try:
        session = onnxruntime.InferenceSession(str(path), options, providers=[(provider, settings)])
    except Exception as error:  # its exceptions have no common class but this
        raise BackendError(
            f"ONNX Runtime {onnxruntime.__version__} refuses {path} on {provider}: {_reason(error)}", _remedy(choice)
        ) from error
    session.disable_fallback()
    taken = session.get_providers()[0]
    if taken != provider:
        raise BackendError(f"{provider} did not start for {path}; ONNX Runtime offers {taken} instead", _remedy(choice))
    precision = header.metadata.get(PRECISION_KEY, "unknown")
    return session, BackendFacts("onnxruntime", onnxruntime.__version__, provider, precision)


def _reason(error: Exception) -> str:
    # The first line: below it some providers print a stack.
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__


def _options(onnxruntime: Any, notes: Mapping[str, str], choice: BackendChoice) -> Any:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = choice.threads or usable_cores()
    options.inter_op_num_threads = 1
    options.log_severity_level = _FATAL
    # A spinning pool burns the time of the other stages, and collapses where others share the cores.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    if choice.provider != "cpu":  # a graph of which a part would run on the processor is refused, not slow
        options.add_session_config_entry("session.disable_cpu_ep_fallback", "1")
    if notes.get(OPTIMISE_KEY) == "none":
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    return options


def _remedy(choice: BackendChoice) -> str:
    return "Check the file: rsn-edge inspect FILE." if choice.provider == "cpu" else "Run with --provider cpu."


def _spec(tensor: Any) -> TensorSpec:
    element = tensor.type.removeprefix("tensor(").removesuffix(")")
    shape = tuple(length if isinstance(length, int) and length >= 0 else -1 for length in tensor.shape)
    return TensorSpec(tensor.name, shape, _DTYPES.get(element, element))
