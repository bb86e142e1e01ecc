"""The persons of one frame as parallel arrays: boxes (Persons), skeletons (Poses), identities (Tracks).

Axes: n persons, k joints. Coordinates are pixels of the frame, a pixel's coordinate being its integer index.
A missing joint is NaN. No persons is the normal empty case: arrays of length 0 through every function.
"""

from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rsn_edge.keypoints.confidence import person_certainty

Float32 = NDArray[np.float32]
Selection = NDArray[np.bool_] | NDArray[np.intp] | slice


@dataclass(frozen=True, slots=True, eq=False)
class Persons:
    """Detected persons: boxes_xyxy (n, 4) float32 and scores (n,) float32 in [0, 1]."""

    boxes_xyxy: Float32
    scores: Float32

    def __post_init__(self) -> None:
        _check("boxes_xyxy", self.boxes_xyxy, (len(self.scores), 4))
        _check("scores", self.scores, (len(self.scores),))

    def __len__(self) -> int:
        return len(self.scores)

    def __getitem__(self, selection: Selection) -> "Persons":
        return Persons(self.boxes_xyxy[selection], self.scores[selection])

    @classmethod
    def empty(cls) -> "Persons":
        """No persons."""
        return cls(np.zeros((0, 4), np.float32), np.zeros(0, np.float32))


@dataclass(frozen=True, slots=True, eq=False)
class Poses:
    """Skeletons, one a person.

    Args:
        keypoints_xy: (n, k, 2) float32 pixels; NaN where a joint is missing.
        scores: (n, k) float32, the network family's own joint score (RSN and MSPN: 0.5 + peak / 255,
            so 0.5 means no evidence); protocols need it.
        confidence: (n, k) float32 in [0, 1], what to draw and to threshold by.
        boxes_xyxy: (n, 4) float32, the boxes that the poses were read from.
        person_scores: (n,) float32, the detector's score of each box.
    """

    keypoints_xy: Float32
    scores: Float32
    confidence: Float32
    boxes_xyxy: Float32
    person_scores: Float32

    def __post_init__(self) -> None:
        n, k = self.scores.shape if self.scores.ndim == 2 else (-1, -1)
        _check("keypoints_xy", self.keypoints_xy, (n, k, 2))
        _check("scores", self.scores, (n, k))
        _check("confidence", self.confidence, (n, k))
        _check("boxes_xyxy", self.boxes_xyxy, (n, 4))
        _check("person_scores", self.person_scores, (n,))

    def __len__(self) -> int:
        return len(self.person_scores)

    def __getitem__(self, selection: Selection) -> "Poses":
        return Poses(*(getattr(self, field.name)[selection] for field in fields(self)))

    @property
    def joints(self) -> int:
        """Number of joints, k."""
        return int(self.scores.shape[1])

    @classmethod
    def empty(cls, joints: int) -> "Poses":
        """No skeletons of `joints` joints."""
        none = np.zeros((0, joints), np.float32)
        return cls(np.zeros((0, joints, 2), np.float32), none, none, np.zeros((0, 4), np.float32), none[:, 0])

    @property
    def certainty(self) -> Float32:
        """(n,) float32 in [0, 1]: the detector's score with the pose network's second opinion."""
        return person_certainty(self.person_scores, self.confidence)

    def visible(self, threshold: float) -> NDArray[np.bool_]:
        """(n, k): joints that are present and at least `threshold` sure."""
        return np.isfinite(self.keypoints_xy).all(axis=2) & (self.confidence >= threshold)


@dataclass(frozen=True, slots=True, eq=False)
class Tracks:
    """Skeletons with identities: ids (n,) int64, -1 where nobody is followed; ages (n,) int64 in frames."""

    poses: Poses
    ids: NDArray[np.int64]
    ages: NDArray[np.int64]

    def __post_init__(self) -> None:
        _check("ids", self.ids, (len(self.poses),), np.int64)
        _check("ages", self.ages, (len(self.poses),), np.int64)

    def __len__(self) -> int:
        return len(self.poses)

    @classmethod
    def untracked(cls, poses: Poses) -> "Tracks":
        """Poses of a frame that stands alone."""
        return cls(poses, np.full(len(poses), -1, np.int64), np.zeros(len(poses), np.int64))


def _check(name: str, array: NDArray[Any], shape: tuple[int, ...], dtype: Any = np.float32) -> None:
    if array.shape != shape or array.dtype != dtype:
        wanted = np.dtype(dtype).name
        raise ValueError(f"{name} must be {shape} {wanted}, got {array.shape} {array.dtype}")
