"""A reference, and the sets on which candidates are compared with it: a backend in, its answers out.

Every network must also stay finite on pictures that no photograph is like.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np

from rsn_edge.backend.function import FunctionBackend
from rsn_edge.backend.protocol import Backend, Tensors
from rsn_edge.coco import boxes_json, read_annotations
from rsn_edge.detector.cells import CellDetector
from rsn_edge.evaluate import box_matches, coco_matches, pose_results
from rsn_edge.frame import Frame
from rsn_edge.keypoints.confidence import confidence_from_scores
from rsn_edge.people import Float32, Poses
from rsn_edge.poser import CropPoser
from rsn_edge.reading import annotated_rows
from rsn_edge.source.decode import read_picture
from rsn_edge.spec import DetectorSpec, ModelSpec, Spec

from ..crop_set import AS_IT_IS, CropSet
from .judging import Answers, judge
from .verdict import Verdict

_FAINTEST = 0.0  # score of a box: average precision counts them all
_GRAIN = 8  # pixels, of the saturated squares


@dataclass(frozen=True, slots=True)
class LabelledSet:
    """A COCO annotation file and the folder of its pictures."""

    name: str
    annotations: Path
    pictures: Path


Material = CropSet | LabelledSet


class Gate:
    """Judges candidates; the reference is asked once.

    Args:
        reference: the float network; may be closed afterwards.
        spec: of it and of every candidate.
        material: sets with labels, or sets of crops without; the mean over them counts.
        limit, threshold: as in `judge`.
    """

    def __init__(
        self, reference: Backend, spec: Spec, material: Sequence[Material], limit: float, threshold: float
    ) -> None:
        self._spec, self._material, self._limit, self._threshold = spec, material, limit, threshold
        self._reference = [ask(reference, spec, one) for one in material]

    def verdict(self, candidate: Backend) -> Verdict:
        """The verdict on a network, which stays open."""
        answers = [ask(candidate, self._spec, one) for one in self._material]
        extremes = ask(candidate, self._spec, extreme_crops(self._spec.input_hw))
        return judge(self._reference, answers, self._limit, self._threshold, [extremes])


def ask(backend: Backend, spec: Spec, material: Material) -> Answers:
    """What the network in `backend`, which stays open, says of a set; InputError where a picture cannot be read.

    Poses of a labelled set are read from its annotated boxes. Crops are read as they are, at least one.
    """
    strange: list[int] = []
    watched = _watched(backend, strange)
    if isinstance(spec, DetectorSpec):
        answers = _boxes(CellDetector(watched, spec, _FAINTEST), material)
    elif isinstance(material, CropSet):
        answers = _poses_of_crops(CropPoser(watched, spec), spec, material)
    else:
        answers = _poses_of_pictures(CropPoser(watched, spec), spec, material)
    return replace(answers, non_finite=sum(strange))


def _watched(backend: Backend, non_finite: list[int]) -> Backend:
    """The same network; each call appends how many numbers of its outputs are none."""

    def infer(feed: Tensors) -> Tensors:
        given = backend.infer(feed)
        non_finite.append(sum(int(np.count_nonzero(~np.isfinite(array))) for array in given.values()))
        return given

    return FunctionBackend(backend.inputs, backend.outputs, infer)


def _boxes(detector: CellDetector, material: Material) -> Answers:
    if isinstance(material, CropSet):
        found = tuple(detector.detect(Frame(canvas)) for canvas in material.pixels_nhwc)
        return Answers(material.source, material.names, found, material.areas)
    truth = read_annotations(material.annotations, skeleton=None)
    found = tuple(detector.detect(Frame(read_picture(material.pictures / name))) for name in truth.file_names)
    ids = truth.image_ids.tolist()
    boxes = [box for i, own in zip(ids, found, strict=True) for box in boxes_json(i, own, truth.category_id)]
    nobody = np.zeros(len(found), np.float32)
    matches = box_matches(material.annotations, boxes, ids)
    return Answers(material.name, truth.file_names, found, nobody, matches=matches)


def _poses_of_crops(poser: CropPoser, spec: ModelSpec, crops: CropSet) -> Answers:
    read = [poser.keypoints_at(Frame(crop), AS_IT_IS) for crop in crops.pixels_nhwc]
    triples = np.concatenate([np.concatenate([xy, scores[..., None]], axis=2) for xy, scores in read])
    boxes = np.tile(np.array([0, 0, *spec.input_hw[::-1]], np.float32), (len(crops), 1))
    poses = _poses(triples.astype(np.float32), boxes, spec)
    return Answers(crops.source, crops.names, poses, crops.areas, spec.skeleton.sigmas)


def _poses_of_pictures(poser: CropPoser, spec: ModelSpec, labelled: LabelledSet) -> Answers:
    truth = read_annotations(labelled.annotations, spec.skeleton)
    results = pose_results(poser, truth, labelled.pictures)
    owned = annotated_rows(truth)
    rows = np.concatenate(owned)
    names = tuple(name for name, own in zip(truth.file_names, owned, strict=True) for _ in own)
    triples = np.array([result["keypoints"] for result in results], np.float32).reshape(-1, spec.joints, 3)
    sigmas, ids = spec.skeleton.sigmas, truth.image_ids.tolist()
    matches = coco_matches(labelled.annotations, results, sigmas, ids)
    poses = _poses(triples, truth.boxes_xyxy[rows], spec)
    return Answers(labelled.name, names, poses, truth.areas[rows], sigmas, matches)


def _poses(triples: Float32, boxes_xyxy: Float32, spec: ModelSpec) -> Poses:
    """From x, y, score (n, k, 3)."""
    confidence = confidence_from_scores(triples[..., 2], spec.confidence)
    return Poses(triples[..., :2], triples[..., 2], confidence, boxes_xyxy, np.ones(len(triples), np.float32))


def extreme_crops(input_hw: tuple[int, int]) -> CropSet:
    """Black, white, pure colours, noise, squares of pure colours, a person of one pixel; always the same."""
    rng, (height, width) = np.random.default_rng(0), input_hw
    levels = np.zeros(3), np.full(3, 255), *(255 * np.eye(3))
    flat = [np.full((height, width, 3), bgr, np.uint8) for bgr in levels]
    noise = rng.integers(0, 256, (height, width, 3), np.uint8)
    squares = np.kron(noise[::_GRAIN, ::_GRAIN] // 128 * 255, np.ones((_GRAIN, _GRAIN, 1), np.uint8))
    pixel = cv2.resize(noise[:3, :3], (width, height))  # and those around it
    names = "black", "white", "blue", "green", "red", "noise", "saturated", "one pixel"
    nobody = np.zeros(len(names), np.float32)
    return CropSet(np.stack([*flat, noise, squares, pixel]), names, nobody, "extreme pictures")
