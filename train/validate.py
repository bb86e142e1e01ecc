"""How good a network is while it is trained, by the crop, decode and evaluation that every later number comes from."""

from collections.abc import Sequence

from rsn_edge.artefact.checkpoint import Checkpoint
from rsn_edge.backend.torch import TorchBackend
from rsn_edge.coco import read_annotations
from rsn_edge.evaluate import coco_numbers, pose_results
from rsn_edge.poser import CropPoser
from rsn_edge.spec import ModelSpec

from .data.keypoint_set import KeypointSet


def average_precisions(checkpoint: Checkpoint, sets: Sequence[KeypointSet]) -> dict[str, float]:
    """COCO's AP (OKS 0.50 to 0.95, [0, 1]) on each set, by name, with annotated boxes and without a flip test."""
    spec = checkpoint.spec
    if not isinstance(spec, ModelSpec):
        raise ValueError(f"a pose network is needed, got {spec.variant}")  # noqa: TRY004 - the spec's kind, not its type
    poser = CropPoser(TorchBackend(checkpoint), spec)
    scores = {}
    for one in sets:
        results = pose_results(poser, read_annotations(one.annotations, spec.skeleton), one.pictures)
        scores[f"AP {one.name}"] = coco_numbers(one.annotations, results, spec.skeleton.sigmas).AP
    poser.close()
    return scores
