"""The end of a training: maps become scores, and no keypoint moves."""

from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from rsn_edge.backend.torch import TorchBackend
from rsn_edge.keypoints.heatmap import decode_heatmaps
from rsn_edge.network.build import build_network
from rsn_edge.skeleton import COCO17
from rsn_edge.spec import ModelSpec
from tests.train.small import TINY, drawn_crops
from train.data.batch import Augmenter, Batch
from train.finish import finished, normalised, score_affine
from train.loss import gaussian_cells

SAMPLES, AREA = 40, 9000.0
GAINS, OFFSET = np.linspace(0.5, 3, 17), -2.0  # of what the drawn maps were made with


@pytest.fixture(name="batch")
def _batch(tmp_path: Path) -> Batch:
    return Augmenter(drawn_crops(tmp_path), TINY, modern=True, seed=0).batch(np.arange(8), np.arange(8), (64, 64))


def _weights() -> dict[str, torch.Tensor]:
    torch.manual_seed(0)
    return build_network(TINY).state_dict()


def _maps(batch: Batch, scale_maps: bool) -> NDArray[np.float32]:
    backend = TorchBackend(finished(TINY, _weights(), [batch], scale_maps))
    crops = normalised(batch.pixels_nhwc, TINY, torch.device("cpu")).numpy()
    return np.asarray(backend.infer({"crops": crops})["heatmaps"])


def _drawn(error: float) -> tuple[NDArray[np.float32], NDArray[np.float64]]:
    """Maps whose peaks lie `error` pixels off their joints, and the joints (SAMPLES, 17, 3)."""
    joints = np.full((SAMPLES, 17, 3), 2.0)
    joints[..., :2] = np.random.default_rng(0).uniform(20, 44, (SAMPLES, 17, 2))
    cells = gaussian_cells(torch.from_numpy(joints[..., :2] + (error, 0)), (16, 16), (64, 64), sigma=1.0).numpy()
    return (cells * 6 * GAINS[:, None, None] + OFFSET).astype(np.float32), joints


@pytest.mark.parametrize("error", [0.0, 4.0])
def test_the_background_is_nothing_and_a_peak_the_mean_closeness(error: float) -> None:
    heatmaps, joints = _drawn(error)

    gain, shift = score_affine(heatmaps, joints, np.full(SAMPLES, AREA), TINY)

    scaled = (heatmaps * gain[:, None, None] + shift[:, None, None]).astype(np.float32)
    _, scores = decode_heatmaps(scaled, TINY.decode, TINY.blur)
    closeness = np.exp(-(error**2) / (2 * AREA * (2 * np.array(COCO17.sigmas)) ** 2))
    assert np.abs(np.median(scaled, axis=(0, 2, 3))).max() < 4
    assert (scores - 0.5).mean(axis=0) == pytest.approx(closeness, abs=0.1)


def test_a_joint_that_nobody_has_keeps_finite_maps() -> None:
    heatmaps, joints = _drawn(0.0)
    joints[:, 3, 2] = 0

    gain, shift = score_affine(heatmaps, joints, np.full(SAMPLES, AREA), TINY)

    assert np.isfinite([gain, shift]).all()


def test_the_scale_is_folded_into_the_network(batch: Batch) -> None:
    raw, scaled = _maps(batch, scale_maps=False), _maps(batch, scale_maps=True)

    for joint in range(17):
        gain, shift = np.polyfit(raw[:, joint].ravel(), scaled[:, joint].ravel(), 1)
        assert scaled[:, joint] == pytest.approx(gain * raw[:, joint] + shift, abs=1e-3)


def test_confidence_is_fitted(batch: Batch) -> None:
    spec = finished(TINY, _weights(), [batch], scale_maps=True).spec

    assert isinstance(spec, ModelSpec)
    assert spec.confidence[0] == (0.0, 0.0)


def test_without_scaling_the_weights_stay(batch: Batch) -> None:
    state = finished(TINY, _weights(), [batch], scale_maps=False).state

    assert all(np.array_equal(state[name], tensor) for name, tensor in _weights().items() if name in state)
