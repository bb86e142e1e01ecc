"""The end of a training: maps that say how sure they are, and a checkpoint for exchange.

Cross-entropy leaves maps whose height means nothing. An affine map a joint, folded into the last batch norm, brings the
background to 0 and the mean peak to 255 times the mean closeness, so that a peak reads as the expected similarity
(OKS of that joint alone) with the truth; no peak moves.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from rsn_edge.artefact.checkpoint import Checkpoint
from rsn_edge.keypoints.confidence import fit_knots
from rsn_edge.keypoints.heatmap import FULL_EVIDENCE, NO_EVIDENCE, decode_heatmaps
from rsn_edge.network.build import build_network, network_state
from rsn_edge.spec import ModelSpec, Spec

from .data.batch import Batch
from .loss import gaussian_cells, target_sigma

Float64 = NDArray[np.float64]

_FINEST = 3  # level of the last head
_EMPTY = 0.01  # of the target's peak: cells below it are background
_HIT = 0.5  # similarity from which a joint counts as right
_LEAST_PEAK = 1e-3  # mean height above the background; a joint that was never learnt has none


def last_norm(spec: ModelSpec) -> str:
    """Name of the batch norm that ends the map which inference reads."""
    return f"stage{spec.stages - 1}.upsample.up4.res_conv2.bn"


def finished(spec: ModelSpec, weights: Mapping[str, Tensor], batches: Sequence[Batch], scale_maps: bool) -> Checkpoint:
    """A checkpoint of the weights, its confidence fitted on augmented crops, and its maps too if `scale_maps`."""
    network = build_network(spec)
    network.load_state_dict(dict(weights))
    network.eval()
    heatmaps = np.concatenate([_last_maps(network, batch, spec) for batch in batches])
    joints = np.concatenate([batch.joints_xyv for batch in batches])
    areas = np.concatenate([batch.areas for batch in batches])
    state = network_state(network)
    if scale_maps:
        gain, shift = score_affine(heatmaps, joints, areas, spec)
        norm = last_norm(spec)
        state[f"{norm}.weight"] = (state[f"{norm}.weight"] * gain).astype(np.float32)
        state[f"{norm}.bias"] = (state[f"{norm}.bias"] * gain + shift).astype(np.float32)
        heatmaps = (heatmaps * gain[:, None, None] + shift[:, None, None]).astype(np.float32)
    peaks, closeness = _read(heatmaps, joints, areas, spec)
    labelled = joints[..., 2] > 0
    knots = fit_knots(peaks[labelled] / FULL_EVIDENCE, closeness[labelled] >= _HIT)
    return Checkpoint(replace(spec, confidence=knots), state)


def score_affine(
    heatmaps: NDArray[np.float32], joints: Float64, areas: Float64, spec: ModelSpec
) -> tuple[Float64, Float64]:
    """Gain and shift (k,) that make scores of maps (s, k, h, w): see above; `joints` (s, k, 3), `areas` (s,) px."""
    sigma = target_sigma(_FINEST, spec.heatmap_hw[0], spec.input_hw[0])
    targets = gaussian_cells(torch.from_numpy(joints[..., :2]), spec.heatmap_hw, spec.input_hw, sigma).numpy()
    labelled = joints[..., 2] > 0
    empty = (targets < _EMPTY * targets.max(axis=(2, 3), keepdims=True)) & labelled[..., None, None]
    background = np.where(empty, heatmaps, 0).sum(axis=(0, 2, 3)) / np.maximum(empty.sum(axis=(0, 2, 3)), 1)
    # The decode takes what lies beyond a map for 0, so the background must be 0 before any peak is read.
    cleared = (heatmaps - background[:, None, None]).astype(np.float32)
    peaks, closeness = _read(cleared, joints, areas, spec)
    count = np.maximum(labelled.sum(axis=0), 1)
    peak = np.where(labelled, peaks, 0).sum(axis=0) / count
    near = np.where(labelled, closeness, 0).sum(axis=0) / count
    gain = FULL_EVIDENCE * near / np.maximum(peak, _LEAST_PEAK)
    return gain, -gain * background


def normalised(pixels_nhwc: NDArray[np.uint8], spec: Spec, device: torch.device) -> Tensor:
    """Network input (b, 3, h, w) of BGR pixels: what the runtime's own preprocessing gives, channels last in memory."""
    pixels = torch.from_numpy(pixels_nhwc).to(device, torch.float32)
    if spec.colour == "rgb":
        pixels = pixels.flip(-1)
    mean, std = torch.tensor(spec.mean, device=device), torch.tensor(spec.std, device=device)
    return ((pixels - mean) / std).permute(0, 3, 1, 2)


def _last_maps(network: torch.nn.Module, batch: Batch, spec: ModelSpec) -> NDArray[np.float32]:
    with torch.inference_mode():
        maps = network(normalised(batch.pixels_nhwc, spec, torch.device("cpu")))[-1][-1]
    return np.asarray(maps.numpy(), np.float32)


def _read(heatmaps: NDArray[np.float32], joints: Float64, areas: Float64, spec: ModelSpec) -> tuple[Float64, Float64]:
    """Height (s, k) of each map's peak as the decode sees it, and its similarity with the truth."""
    input_xy, scores = decode_heatmaps(heatmaps, spec.decode, spec.blur)
    squared = ((input_xy - joints[..., :2]) ** 2).sum(axis=2)
    variance = (2 * np.array(spec.skeleton.sigmas)) ** 2
    return (scores - NO_EVIDENCE) * FULL_EVIDENCE, np.exp(-squared / (2 * variance * areas[:, None]))
