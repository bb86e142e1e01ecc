"""A checkpoint runs in PyTorch under the tensor names of its ONNX file."""

from dataclasses import replace

import numpy as np
import pytest

from rsn_edge.artefact.checkpoint import Checkpoint
from rsn_edge.backend.protocol import BackendChoice, Provider
from rsn_edge.backend.torch import TorchBackend
from rsn_edge.errors import ArtefactError, BackendError
from rsn_edge.network.build import build_network, network_state
from rsn_edge.spec import DETECTORS, VARIANTS, Spec

POSE = replace(VARIANTS["rsn-nano"], input_hw=(64, 32), stages=2)
DETECTOR = replace(DETECTORS["person-nano"], input_hw=(64, 32))


def _checkpoint(spec: Spec) -> Checkpoint:
    return Checkpoint(spec, network_state(build_network(spec)))


@pytest.mark.parametrize(
    ("spec", "takes", "gives"),
    [
        (POSE, "crops", {"heatmaps": (2, 17, 16, 8)}),
        (DETECTOR, "canvas", {"scores": (2, 1, 8, 4), "ltrb": (2, 4, 8, 4)}),
    ],
    ids=["pose", "detector"],
)
def test_a_network_gives_what_its_outputs_say(spec: Spec, takes: str, gives: dict[str, tuple[int, ...]]) -> None:
    backend = TorchBackend(_checkpoint(spec))

    results = backend.infer({takes: np.zeros((2, 3, 64, 32), np.float32)})

    assert {name: array.shape for name, array in results.items()} == gives
    assert {tensor.name: (2, *tensor.shape[1:]) for tensor in backend.outputs} == gives


def test_batch_norms_use_their_stored_statistics() -> None:
    backend = TorchBackend(_checkpoint(POSE))
    crops = np.random.default_rng(0).standard_normal((3, 3, 64, 32), np.float32)

    together, alone = backend.infer({"crops": crops})["heatmaps"], backend.infer({"crops": crops[1:2]})["heatmaps"]

    np.testing.assert_allclose(together[1:2], alone, atol=1e-4 * together.std())


@pytest.mark.parametrize(
    ("provider", "says"),
    [("tensorrt", "0 devices for 'tensorrt'"), ("cuda", r"devices for 'cuda', and number 99.*Run")],
)
def test_a_device_that_is_not_there_is_an_error(provider: Provider, says: str) -> None:
    with pytest.raises(BackendError, match=says):
        TorchBackend(_checkpoint(POSE), BackendChoice(provider=provider, device=99))


def test_weights_of_another_network_are_refused() -> None:
    with pytest.raises(ArtefactError):
        TorchBackend(Checkpoint(POSE, network_state(build_network(DETECTOR))))
