"""A batch for the network: whose turn it is, and each person freshly cut out.

Everything depends on the seed and on the place in the stream of samples alone, so that a run that was interrupted, or
that is spread over processes, sees what the undisturbed one sees. Axes: b persons, k joints.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from rsn_edge.keypoints.crop import apply_affines, to_input
from rsn_edge.keypoints.targets import visibility_inside
from rsn_edge.spec import ModelSpec

from .augment import COCO_AUGMENTATION, MPII_AUGMENTATION, Augmentation, View, sample_view
from .crops import Crops
from .modern_view import Draws, Person, affine_of_view, modern_view
from .paint import disturb, surroundings, warp_part

Float64 = NDArray[np.float64]
_Cutting = tuple[NDArray[np.uint8], View, Float64]  # pixels, what was seen, and what the picture covers of the crop

_EPOCHS = 2**63  # the generators of the orders of epochs lie beyond those of all places
_AREA_OF_BOX = 0.53  # what a person fills of the box


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

    In each of its `epoch` places a sample is drawn in proportion to its weight: as often as that says, rounded up or
    down by chance. Equal weights give every sample once.
    """

    def __init__(self, weights: Float64, seed: int) -> None:
        self._steps = weights * (len(weights) / weights.sum())
        self._seed = seed
        self._order: tuple[int, NDArray[np.intp]] = (-1, np.zeros(0, np.intp))

    @property
    def epoch(self) -> int:
        """Places in an epoch: the number of samples."""
        return len(self._steps)

    def rows(self, positions: NDArray[np.int64]) -> NDArray[np.intp]:
        """Indices of the samples at these places of the stream."""
        epochs, places = np.divmod(positions, self.epoch)
        rows = np.empty(len(positions), np.intp)
        for epoch in np.unique(epochs).tolist():
            here = epochs == epoch
            rows[here] = self._epoch_order(epoch)[places[here]]
        return rows

    def _epoch_order(self, epoch: int) -> NDArray[np.intp]:
        if self._order[0] != epoch:
            rng = _generator(self._seed, _EPOCHS + epoch)
            mixed = rng.permutation(self.epoch)
            ends = np.floor(np.cumsum(self._steps[mixed]) + rng.random()).astype(np.intp)
            order = np.repeat(mixed, np.diff(ends, prepend=0))
            # Rounding may leave one place too many or too few.
            self._order = epoch, np.resize(rng.permutation(order), self.epoch)
        return self._order[1]


class Augmenter:
    """Cuts samples out anew, by chance that depends on the seed and on each one's place in the stream.

    `modern` chooses between the augmentations of the two recipes.
    """

    def __init__(self, crops: Crops, spec: ModelSpec, modern: bool, seed: int) -> None:
        self._crops, self._spec, self._seed = crops, spec, seed
        self._cut_out = self._modern if modern else self._published
        self._body = augmentation_of(spec)

    def batch(self, rows: NDArray[np.intp], positions: NDArray[np.int64], input_hw: tuple[int, int]) -> Batch:
        """The samples `rows` (b,) at `positions` (b,) of the stream, `input_hw` pixels high and wide."""
        pixels = np.empty((len(rows), *input_hw, 3), np.uint8)
        joints = np.empty((len(rows), self._spec.joints, 3))
        areas = np.empty(len(rows))
        for index, (row, position) in enumerate(zip(rows.tolist(), positions.tolist(), strict=True)):
            rng = _generator(self._seed, position)
            pixels[index], view, covered = self._cut_out(row, input_hw, rng)
            joints[index], areas[index] = self._mapped(row, view, covered, input_hw)
        joints[..., 2] = visibility_inside(joints, input_hw)
        return Batch(pixels, joints, self._crops.known[rows], areas)

    def _modern(self, row: int, input_hw: tuple[int, int], rng: np.random.Generator) -> _Cutting:
        crops, other = self._crops, int(rng.integers(len(self._crops)))
        aspect = input_hw[1] / input_hw[0]
        view, covered = modern_view(_person(crops, row), self._spec.padding, aspect, self._body, rng)
        canvas = surroundings(input_hw, crops.pixels[other], rng)
        affine = affine_of_view(view, crops.pixels.shape[2], input_hw)
        image = warp_part(crops.pixels[row], covered, affine, canvas)
        return disturb(image, crops.pixels[other], crops.boxes_xyxy[other], rng), view, covered

    def _published(self, row: int, input_hw: tuple[int, int], rng: np.random.Generator) -> _Cutting:
        person, aspect = _person(self._crops, row), input_hw[1] / input_hw[0]
        box_xywh = np.concatenate([person.box_xyxy[:2], person.box_xyxy[2:] - person.box_xyxy[:2]])
        view = sample_view(box_xywh, person.joints_xy, person.visibility, aspect, self._body, Draws(rng))
        affine = affine_of_view(view, self._crops.pixels.shape[2], input_hw)
        canvas = np.zeros((*input_hw, 3), np.uint8)
        return warp_part(self._crops.pixels[row], person.picture_xyxy, affine, canvas), view, person.picture_xyxy

    def _mapped(self, row: int, view: View, covered: Float64, input_hw: tuple[int, int]) -> tuple[Float64, float]:
        """Joints (k, 3) in the view, not labelled where the picture was cut away; the area that the person fills."""
        person = _person(self._crops, row)
        affine = affine_of_view(view, self._crops.pixels.shape[2], input_hw)
        inside = ((person.joints_xy >= covered[:2]) & (person.joints_xy <= covered[2:])).all(axis=1)
        xy = apply_affines(to_input(affine[None]), person.joints_xy[None])[0]
        joints = np.concatenate([xy, np.where(inside, person.visibility, 0.0)[:, None]], axis=1)
        area = _AREA_OF_BOX * np.prod(person.box_xyxy[2:] - person.box_xyxy[:2]) / abs(np.linalg.det(affine[:, :2]))
        return joints[list(self._spec.skeleton.mirrored)] if view.mirrored else joints, float(area)


def augmentation_of(spec: ModelSpec) -> Augmentation:
    """The published augmentation for the skeleton; of unknown joints none are the upper half of a body."""
    if spec.skeleton.name == "mpii16":
        return MPII_AUGMENTATION
    return COCO_AUGMENTATION if spec.skeleton.name == "coco17" else replace(COCO_AUGMENTATION, half_body_chance=0.0)


def _generator(seed: int, place: int) -> np.random.Generator:
    return np.random.Generator(np.random.Philox(key=np.array((seed, place), np.uint64)))


def _person(crops: Crops, row: int) -> Person:
    return Person(crops.boxes_xyxy[row], crops.picture_xyxy[row], crops.joints_xy[row], crops.visibility[row])
