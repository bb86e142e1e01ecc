"""Running a network on a set: labelled pictures and crops, poses and boxes."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from export.crop_set import CropSet
from export.gate.gate import Gate, LabelledSet, ask
from rsn_edge.artefact.description import describe
from rsn_edge.backend.function import FunctionBackend
from rsn_edge.backend.onnxruntime import OnnxRuntimeBackend
from rsn_edge.backend.protocol import BackendChoice, Tensors, TensorSpec
from rsn_edge.embedded import DETECTOR, FOLDER
from rsn_edge.people import Poses
from rsn_edge.spec import DetectorSpec
from tests.benchmarks.drawn_set import write_split
from tests.export.gate.planted import LIMIT, SPEC, THRESHOLD, backend, figures, network
from tests.export.networks import NANO


def labelled(folder: Path) -> LabelledSet:
    return LabelledSet("drawn", write_split(folder), folder / "val2017")


def detector() -> tuple[OnnxRuntimeBackend, DetectorSpec]:
    path = FOLDER / f"{DETECTOR}.onnx"
    spec = describe(path).spec
    assert isinstance(spec, DetectorSpec)
    return OnnxRuntimeBackend(path, BackendChoice(threads=1)), spec


def peaks(value: float) -> FunctionBackend:
    """A network whose every joint lies in the cell (3, 5), and has this height."""

    def infer(feed: Tensors) -> Tensors:
        maps = np.zeros((len(feed["crops"]), NANO.joints, *NANO.heatmap_hw), np.float32)
        maps[:, :, 5, 3] = value
        return {"heatmaps": maps}

    takes = TensorSpec("crops", (-1, 3, *NANO.input_hw), "float32")
    return FunctionBackend((takes,), (TensorSpec("heatmaps", (-1, NANO.joints, *NANO.heatmap_hw), "float32"),), infer)


def grey(count: int) -> CropSet:
    pixels = np.full((count, *NANO.input_hw, 3), 128, np.uint8)
    return CropSet(pixels, ("grey",) * count, np.full(count, 900, np.float32), "grey crops")


def test_keypoints_of_crops_are_in_crop_pixels() -> None:
    answers = ask(peaks(255.0), NANO, grey(2))

    assert isinstance(answers.said, Poses)
    assert answers.said.keypoints_xy.shape == (2, NANO.joints, 2)
    assert np.abs(answers.said.keypoints_xy - [4 * 3.5, 4 * 5.5]).max() <= 1


def test_numbers_that_are_none_are_counted() -> None:
    assert ask(peaks(np.nan), NANO, grey(2)).non_finite == 2 * NANO.joints


def test_a_network_of_nan_fails() -> None:
    verdict = Gate(peaks(255.0), NANO, [grey(3)], LIMIT, THRESHOLD).verdict(peaks(np.nan))

    assert (verdict.drop, verdict.passed) == (1.0, False)
    assert verdict.non_finite == {"grey crops": 3 * NANO.joints, "extreme pictures": 8 * NANO.joints}


def test_persons_of_a_labelled_set_are_read_from_their_boxes(tmp_path: Path) -> None:
    answers = ask(backend(network()), SPEC, labelled(tmp_path))

    assert isinstance(answers.said, Poses)
    assert len(answers.said) == len(answers.areas) == 3
    assert answers.pictures == ("000000000011.png", "000000000012.png", "000000000012.png")
    assert answers.matches is not None
    assert answers.matches.persons.tolist() == [1, 2, 0]


def test_the_same_network_passes_by_labels(tmp_path: Path) -> None:
    same = backend(network())

    verdict = Gate(same, SPEC, [labelled(tmp_path)], LIMIT, THRESHOLD).verdict(same)

    assert (verdict.kind, verdict.drop, verdict.passed) == ("ap", 0.0, True)
    assert verdict.rows[0].reference > 0.2


def test_the_same_detector_passes_by_labels(tmp_path: Path) -> None:
    network_of_boxes, spec = detector()

    verdict = Gate(network_of_boxes, spec, [labelled(tmp_path)], 0.01, 0.36).verdict(network_of_boxes)

    assert (verdict.kind, verdict.drop, verdict.persons) == ("ap50", 0.0, 3)


def test_a_detector_that_sees_less_is_measured_on_pictures_without_labels() -> None:
    network_of_boxes, spec = detector()
    canvas = np.full((2, *spec.input_hw, 3), spec.pad_value, np.uint8)
    canvas[:, 32:288, 64:256] = figures().pixels_nhwc[:2]
    pictures = replace(figures()[:2], pixels_nhwc=canvas)

    def weaker(feed: Tensors) -> Tensors:
        given = network_of_boxes.infer(feed)
        return {"scores": given["scores"] * np.float32(0.3), "ltrb": given["ltrb"]}

    faint = FunctionBackend(network_of_boxes.inputs, network_of_boxes.outputs, weaker)
    verdict = Gate(network_of_boxes, spec, [pictures], 0.01, 0.4).verdict(faint)

    assert (verdict.kind, verdict.drop) == ("f1", 1.0)
    assert verdict.drift is not None
    assert verdict.drift.ratio == pytest.approx(0.3, rel=0.05)
