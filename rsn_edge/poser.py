"""From a frame's persons to their skeletons: the seam (Poser) and the crop-by-crop form of it (CropPoser)."""

from collections.abc import Sequence
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from rsn_edge.artefact.description import pose_spec
from rsn_edge.backend.function import MeanBackend
from rsn_edge.backend.opening import open_backend
from rsn_edge.backend.protocol import Backend, BackendChoice, BackendFacts, shape_text
from rsn_edge.errors import ArtefactError
from rsn_edge.frame import Frame
from rsn_edge.keypoints.confidence import confidence_from_scores
from rsn_edge.keypoints.crop import Cropper, Float64, affines_from_boxes, apply_affines
from rsn_edge.keypoints.heatmap import decode_heatmaps, flip_back, merge_flipped
from rsn_edge.people import Persons, Poses
from rsn_edge.skeleton import Skeleton
from rsn_edge.spec import ModelSpec

_LARGEST_BATCH = 64  # crops at a time: bounds memory (64 crops of 256x192 are 38 MB, their 17 maps 13 MB)
# What networks must have in common for their heat-maps to be averaged and read.
_SHARED = ("input_hw", "skeleton", "colour", "mean", "std", "padding", "decode", "blur")


class Poser(Protocol):
    """Reads the skeletons of the persons of one frame; what needs poses takes a Poser, never a Backend."""

    @property
    def skeleton(self) -> Skeleton:
        """The joints that it reads."""
        ...

    def poses(self, frame: Frame, persons: Persons) -> Poses:
        """Poses of all persons, in their order; the result belongs to the caller."""
        ...

    def close(self) -> None:
        """Frees what the poser holds."""
        ...


class CropPoser:
    """Cuts each person out, runs the crops of the frame in batches (of 64 at most), reads keypoints off the heat-maps.

    Args:
        backend: takes `crops` (n, 3, h, w) float32, gives `heatmaps` (n, k, h / 4, w / 4); closed with the poser.
        spec: the network in the backend.
        flip_test: also runs the mirrored crops and averages the maps (twice the work).
    """

    def __init__(self, backend: Backend, spec: ModelSpec, flip_test: bool = False) -> None:
        _check_network(backend, spec)
        self._backend = backend
        self._spec = spec
        self._flip_test = flip_test
        self._cropper = Cropper(spec)
        self._mirrored = np.array(spec.skeleton.mirrored)

    @property
    def skeleton(self) -> Skeleton:
        """The joints that it reads."""
        return self._spec.skeleton

    @property
    def facts(self) -> BackendFacts:
        """What really runs."""
        return self._backend.facts

    def poses(self, frame: Frame, persons: Persons) -> Poses:
        """Poses of all persons, in their order."""
        if not len(persons):
            return Poses.empty(self._spec.joints)
        to_frame = affines_from_boxes(persons.boxes_xyxy, self._spec.input_hw, self._spec.padding)
        keypoints_xy, scores = self.keypoints_at(frame, to_frame)
        return Poses(
            keypoints_xy=keypoints_xy.astype(np.float32),
            scores=scores.astype(np.float32),
            confidence=confidence_from_scores(scores, self._spec.confidence),
            boxes_xyxy=persons.boxes_xyxy,
            person_scores=persons.scores,
        )

    def keypoints_at(self, frame: Frame, to_frame: Float64) -> tuple[Float64, Float64]:
        """Keypoints (n, k, 2) in frame pixels and scores (n, k) of crops at given affines (n, 2, 3), such as MPII's."""
        batches = [to_frame[start : start + _LARGEST_BATCH] for start in range(0, len(to_frame), _LARGEST_BATCH)]
        keypoints_xy, scores = zip(*(self._read(frame, batch) for batch in batches or [to_frame]), strict=True)
        return np.concatenate(keypoints_xy), np.concatenate(scores)

    def close(self) -> None:
        """Frees the backend."""
        self._backend.close()

    def _read(self, frame: Frame, to_frame: Float64) -> tuple[Float64, Float64]:
        heatmaps = self._heatmaps(self._cropper.crops_at(frame.image_bgr, to_frame))
        input_xy, scores = decode_heatmaps(heatmaps, self._spec.decode, self._spec.blur)
        return apply_affines(to_frame, input_xy), scores

    def _heatmaps(self, crops: NDArray[np.float32]) -> NDArray[np.float32]:
        maps = self._infer(crops)
        if not self._flip_test:
            return maps
        mirrored = self._infer(np.ascontiguousarray(crops[..., ::-1]))
        return merge_flipped(maps, flip_back(mirrored, self._mirrored))

    def _infer(self, crops: NDArray[np.float32]) -> NDArray[np.float32]:
        # A copy: what a backend returns is valid until its next call only.
        return np.array(self._backend.infer({"crops": crops})["heatmaps"], np.float32)


def open_poser(path: Path, choice: BackendChoice, flip_test: bool = False) -> CropPoser:
    """The pose network in a model file; ArtefactError or BackendError where it cannot run here."""
    return open_ensemble((path,), choice, flip_test)


def open_ensemble(paths: Sequence[Path], choice: BackendChoice, flip_test: bool = False) -> CropPoser:
    """The pose networks of several files as one whose heat-maps are their mean, read as the first says.

    ArtefactError where one cannot run here, or they do not see the same crops or know the same joints.
    """
    specs = [pose_spec(path) for path in paths]
    for path, spec in zip(paths, specs, strict=True):
        differing = [name for name in _SHARED if getattr(spec, name) != getattr(specs[0], name)]
        if differing:
            raise ArtefactError(
                f"{paths[0]} and {path} differ in {', '.join(differing)}, so their heat-maps cannot be averaged",
                "Average networks of one input size and one line of weights.",
            )
    with ExitStack() as opened:
        backends = [opened.enter_context(closing(open_backend(path, choice))) for path in paths]
        poser = CropPoser(MeanBackend(backends) if len(backends) > 1 else backends[0], specs[0], flip_test)
        opened.pop_all()
    return poser


def _check_network(backend: Backend, spec: ModelSpec) -> None:
    takes = {tensor.name: tensor.shape[1:] for tensor in backend.inputs}
    gives = {tensor.name: tensor.shape[1:] for tensor in backend.outputs}
    wanted_in, wanted_out = (3, *spec.input_hw), (spec.joints, *spec.heatmap_hw)
    if takes.get("crops") != wanted_in or gives.get("heatmaps") != wanted_out:
        found_in, found_out = (", ".join(map(str, tensors)) for tensors in (backend.inputs, backend.outputs))
        raise ArtefactError(
            f"the network takes {found_in} and gives {found_out}, but its description says crops of "
            f"{shape_text(wanted_in)} and heatmaps of {shape_text(wanted_out)}",
            "Export it again: rsn-edge export CHECKPOINT.",
        )
