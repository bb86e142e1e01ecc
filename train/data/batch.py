"""A batch for the network: whose turn it is, and each person freshly cut out. Axes: b persons, k joints."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from rsn_edge.coco import AREA_OF_BOX
from rsn_edge.keypoints.crop import apply_affines, to_input
from rsn_edge.keypoints.targets import visibility_inside
from rsn_edge.spec import ModelSpec

from ..chance import BEYOND, generator
from .augment import (
    COCO_AUGMENTATION,
    MPII_AUGMENTATION,
    Augmentation,
    Person,
    View,
    affine_of_view,
    modern_view,
    sample_view,
)
from .crops import Crops
from .paint import disturb, surroundings, warp_part

Float64 = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """b augmented crops.

    Args:
        pixels_nhwc: (b, h, w, 3) uint8 BGR.
        joints_xyv: (b, k, 3) pixels of the crop; visibility 0 where a joint is not labelled or not in the crop.
        known: (b, k) False for joints that the person's set never labels.
        areas: (b,) square pixels that each person fills.
    """

    pixels_nhwc: NDArray[np.uint8]
    joints_xyv: Float64
    known: NDArray[np.bool_]
    areas: Float64

    @property
    def input_hw(self) -> tuple[int, int]:
        """Height and width of the crops."""
        return self.pixels_nhwc.shape[1], self.pixels_nhwc.shape[2]


class Sampler:
    """An endless stream of sample indices, epoch after epoch; batches run over the end of an epoch.

    An epoch has as many places as there are samples. Each is drawn in it in proportion to its weight: as often as that
    says, rounded up or down by chance. Equal weights give every sample once.
    """

    def __init__(self, weights: Float64, seed: int) -> None:
        self._steps = weights * (len(weights) / weights.sum())
        self._seed = seed
        self._order: tuple[int, NDArray[np.intp]] = (-1, np.zeros(0, np.intp))

    def rows(self, positions: NDArray[np.int64]) -> NDArray[np.intp]:
        """Indices of the samples at these places of the stream."""
        epochs, places = np.divmod(positions, len(self._steps))
        rows = np.empty(len(positions), np.intp)
        for epoch in np.unique(epochs).tolist():
            here = epochs == epoch
            rows[here] = self._epoch_order(epoch)[places[here]]
        return rows

    def _epoch_order(self, epoch: int) -> NDArray[np.intp]:
        if self._order[0] != epoch:
            rng = generator(self._seed, BEYOND + epoch)
            mixed = rng.permutation(len(self._steps))
            ends = np.floor(np.cumsum(self._steps[mixed]) + rng.random()).astype(np.intp)
            order = np.repeat(mixed, np.diff(ends, prepend=0))
            # Rounding may leave one place too many or too few.
            self._order = epoch, np.resize(rng.permutation(order), len(self._steps))
        return self._order[1]


class Augmenter:
    """Cuts samples out anew, by chance that depends on the seed and on each one's place in the stream.

    `modern` chooses between the augmentations of the two recipes.
    """

    def __init__(self, crops: Crops, spec: ModelSpec, modern: bool, seed: int) -> None:
        self._crops, self._spec, self._modern, self._seed = crops, spec, modern, seed
        self._body = augmentation_of(spec)

    def batch(self, rows: NDArray[np.intp], positions: NDArray[np.int64], input_hw: tuple[int, int]) -> Batch:
        """The samples `rows` (b,) at `positions` (b,) of the stream, `input_hw` pixels high and wide."""
        pixels = np.empty((len(rows), *input_hw, 3), np.uint8)
        joints = np.empty((len(rows), self._spec.joints, 3))
        areas = np.empty(len(rows))
        for index, (row, position) in enumerate(zip(rows.tolist(), positions.tolist(), strict=True)):
            person = self._crops.person(row)
            view, covered, pixels[index] = self._seen(row, person, input_hw, generator(self._seed, position))
            affine = affine_of_view(view, self._crops.pixels.shape[2], input_hw)
            inside = ((person.joints_xy >= covered[:2]) & (person.joints_xy <= covered[2:])).all(axis=1)
            order = list(self._spec.skeleton.mirrored) if view.mirrored else slice(None)
            joints[index, :, :2] = apply_affines(to_input(affine[None]), person.joints_xy[None])[0][order]
            joints[index, :, 2] = np.where(inside, person.visibility, 0.0)[order]
            box_wh = person.box_xyxy[2:] - person.box_xyxy[:2]
            areas[index] = AREA_OF_BOX * np.prod(box_wh) / abs(np.linalg.det(affine[:, :2]))
        joints[..., 2] = visibility_inside(joints, input_hw)
        return Batch(pixels, joints, self._crops.known[rows], areas)

    def _seen(
        self, row: int, person: Person, input_hw: tuple[int, int], rng: np.random.Generator
    ) -> tuple[View, Float64, NDArray[np.uint8]]:
        """A view of a person, what the picture covers there of the crop (4,), and its pixels."""
        crops, aspect = self._crops, input_hw[1] / input_hw[0]
        if not self._modern:
            view, covered = sample_view(person, aspect, self._body, rng), person.picture_xyxy
            affine = affine_of_view(view, crops.pixels.shape[2], input_hw)
            return view, covered, warp_part(crops.pixels[row], covered, affine, np.zeros((*input_hw, 3), np.uint8))
        other = int(rng.integers(len(crops)))
        view, covered = modern_view(person, self._spec.padding, aspect, self._body, rng)
        canvas = surroundings(input_hw, crops.pixels[other], rng)
        affine = affine_of_view(view, crops.pixels.shape[2], input_hw)
        image = warp_part(crops.pixels[row], covered, affine, canvas)
        return view, covered, disturb(image, crops.pixels[other], crops.boxes_xyxy[other], rng)


def augmentation_of(spec: ModelSpec) -> Augmentation:
    """The published augmentation for the skeleton; of unknown joints none are the upper half of a body."""
    if spec.skeleton.name == "mpii16":
        return MPII_AUGMENTATION
    return COCO_AUGMENTATION if spec.skeleton.name == "coco17" else replace(COCO_AUGMENTATION, half_body_chance=0.0)
