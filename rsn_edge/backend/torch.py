"""Checkpoints in PyTorch: the reference that every other backend is compared with."""

from typing import TYPE_CHECKING

import numpy as np

from rsn_edge.artefact.checkpoint import Checkpoint
from rsn_edge.backend.protocol import BackendChoice, BackendFacts, Tensors, TensorSpec, check_feed
from rsn_edge.errors import BackendError, MissingPackageError
from rsn_edge.spec import DETECTOR_STRIDE, ModelSpec, Spec

if TYPE_CHECKING:
    import torch


class TorchBackend:
    """A checkpoint's network in evaluation mode, with the tensor names that its exported ONNX file has."""

    def __init__(self, checkpoint: Checkpoint, choice: BackendChoice | None = None) -> None:
        """ArtefactError where the weights do not fit the spec, BackendError where the device is not there."""
        choice = choice or BackendChoice()
        try:
            import torch

            from rsn_edge.network.build import load_network
        except ModuleNotFoundError as error:
            if error.name != "torch":
                raise
            raise MissingPackageError("torch", "running a checkpoint", "train") from error
        self._device = _device(choice)
        self._network = load_network(checkpoint.spec, checkpoint.state).to(self._device)
        self._last_only = isinstance(checkpoint.spec, ModelSpec)
        self.inputs, self.outputs = interface(checkpoint.spec)
        self.facts = BackendFacts("torch", torch.__version__, str(self._device), "fp32")

    def infer(self, feed: Tensors) -> Tensors:
        """Outputs by name, arrays of the caller."""
        import torch

        check_feed(feed, self.inputs)
        with torch.inference_mode():
            results = self._network(torch.from_numpy(np.ascontiguousarray(feed[self.inputs[0].name])).to(self._device))
        tensors = (results[-1][-1],) if self._last_only else results
        return {spec.name: tensor.cpu().numpy() for spec, tensor in zip(self.outputs, tensors, strict=True)}

    def close(self) -> None:
        """Frees the network; the backend cannot be used any more."""
        del self._network


def interface(spec: Spec) -> tuple[tuple[TensorSpec, ...], tuple[TensorSpec, ...]]:
    """Inputs and outputs of a network, the same in PyTorch and in its ONNX file."""
    height, width = spec.input_hw
    if isinstance(spec, ModelSpec):
        maps = TensorSpec("heatmaps", (-1, spec.joints, *spec.heatmap_hw), "float32")
        return (TensorSpec("crops", (-1, 3, height, width), "float32"),), (maps,)
    cells = (height // DETECTOR_STRIDE, width // DETECTOR_STRIDE)
    return (
        (TensorSpec("canvas", (-1, 3, height, width), "float32"),),
        (TensorSpec("scores", (-1, 1, *cells), "float32"), TensorSpec("ltrb", (-1, 4, *cells), "float32")),
    )


def _device(choice: BackendChoice) -> "torch.device":
    import torch

    if choice.provider == "cpu":
        return torch.device("cpu")
    count = torch.cuda.device_count() if choice.provider == "cuda" else 0
    if choice.device >= count:
        raise BackendError(
            f"PyTorch {torch.__version__} sees {count} devices for '{choice.provider}', and number {choice.device} was "
            "asked for (they count from 0)",
            "Run with --provider cpu, or name another one with --device.",
        )
    return torch.device("cuda", choice.device)
