"""Model files as detectors: real ONNX files, opened by ONNX Runtime."""

from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from rsn_edge.artefact.kind import file_sha256
from rsn_edge.artefact.manifest import Manifest, Thresholds, write_manifest
from rsn_edge.backend.protocol import BackendChoice
from rsn_edge.detector.cells import CellDetector
from rsn_edge.detector.opening import ForeignDetector, open_detector, person_threshold
from rsn_edge.errors import ArtefactError
from rsn_edge.frame import Frame
from rsn_edge.spec import DETECTORS, Spec, pose_variant, spec_to_json
from tests.detector.networks import rows_of_yolov8

CHOICE = BackendChoice(threads=1)
FRAME = Frame(np.zeros((320, 320, 3), np.uint8))
PERSON = (100.0, 120.0, 180.0, 280.0)


def save(
    path: Path, takes: str, size: int, gives: dict[str, np.ndarray[tuple[int, ...], np.dtype[np.float32]]]
) -> Path:
    """A network that gives the same tensors whatever it sees (plus 0 x its mean, so that it does see it)."""
    picture = helper.make_tensor_value_info(takes, TensorProto.FLOAT, [1, 3, size, size])
    nodes = [
        helper.make_node("ReduceMean", [takes], ["mean"], keepdims=0),
        helper.make_node("Mul", ["mean", "zero"], ["nothing"]),
        *(helper.make_node("Add", [f"{name}_values", "nothing"], [name]) for name in gives),
    ]
    outputs = [helper.make_tensor_value_info(name, TensorProto.FLOAT, array.shape) for name, array in gives.items()]
    constants = [numpy_helper.from_array(array, f"{name}_values") for name, array in gives.items()]
    zero = numpy_helper.from_array(np.zeros((), np.float32), "zero")
    graph = helper.make_graph(nodes, "fixed", [picture], outputs, [zero, *constants])
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), path)
    return path


def describe_as(path: Path, spec: Spec, **notes: str) -> Path:
    model = onnx.load(path)
    helper.set_model_props(model, {"rsn_edge.spec": spec_to_json(spec), **notes})
    onnx.save(model, path)
    return path


def ours(path: Path) -> Path:
    scores, ltrb = np.zeros((1, 1, 40, 40), np.float32), np.full((1, 4, 40, 40), 30, np.float32)
    scores[0, 0, 12, 10] = 0.9  # its middle is (84, 100)
    return save(path, "canvas", 320, {"scores": scores, "ltrb": ltrb})


def yolov8(path: Path) -> Path:
    return save(path, "images", 320, {"output0": rows_of_yolov8(PERSON, (320, 320), 84).T[None].copy()})


def test_a_file_with_our_description_is_a_cell_detector(tmp_path: Path) -> None:
    path = describe_as(ours(tmp_path / "file.onnx"), DETECTORS["person-nano"])

    detector = open_detector(path, CHOICE)

    assert isinstance(detector, CellDetector)
    np.testing.assert_allclose(detector.detect(FRAME).boxes_xyxy, [[54, 70, 114, 130]], atol=1e-4)


def test_a_file_of_another_project_is_recognised_by_its_tensors(tmp_path: Path) -> None:
    detector = open_detector(yolov8(tmp_path / "file.onnx"), CHOICE)

    assert isinstance(detector, ForeignDetector)
    np.testing.assert_allclose(detector.detect(FRAME).boxes_xyxy, [PERSON], atol=1e-3)


@pytest.mark.parametrize(("threshold", "persons"), [(0.79, 1), (0.81, 0)])
def test_the_threshold_is_passed_on(tmp_path: Path, threshold: float, persons: int) -> None:
    detector = open_detector(yolov8(tmp_path / "file.onnx"), CHOICE, threshold)

    assert len(detector.detect(FRAME)) == persons


@pytest.mark.parametrize(("threshold", "persons"), [(0.44, 1), (0.46, 0)])
def test_the_threshold_is_passed_on_to_a_detector_of_ours(tmp_path: Path, threshold: float, persons: int) -> None:
    path = describe_as(ours(tmp_path / "file.onnx"), DETECTORS["person-nano"])  # one cell of 0.9: its support is 0.45

    assert len(open_detector(path, CHOICE, threshold).detect(FRAME)) == persons


def test_a_pose_network_given_as_a_detector_is_one_sentence(tmp_path: Path) -> None:
    path = describe_as(ours(tmp_path / "file.onnx"), pose_variant("rsn-nano"))

    with pytest.raises(ArtefactError, match=r"is a pose network, not a person detector. Give it with --model"):
        open_detector(path, CHOICE)


def test_a_network_that_is_no_detector_is_one_sentence(tmp_path: Path) -> None:
    path = save(tmp_path / "file.onnx", "images", 64, {"probabilities": np.zeros((1, 1000), np.float32)})

    with pytest.raises(ArtefactError, match=r"gives probabilities float32 \(1, 1000\), which is no known detector"):
        open_detector(path, CHOICE)


def test_a_detector_says_itself_from_which_certainty_on_somebody_is_there(tmp_path: Path) -> None:
    path = ours(tmp_path / "file.onnx")

    describe_as(path, DETECTORS["person-nano"], **{"rsn_edge.person_threshold": "0.42"})

    assert person_threshold(path) == 0.42


def test_a_detector_says_itself_from_which_score_on_the_pose_network_is_asked(tmp_path: Path) -> None:
    path = ours(tmp_path / "file.onnx")
    describe_as(path, DETECTORS["person-nano"], **{"rsn_edge.pass_on_threshold": "0.5"})  # its one support is 0.45

    assert len(open_detector(path, CHOICE).detect(FRAME)) == 0


def test_the_manifest_beside_a_detector_goes_before_its_notes(tmp_path: Path) -> None:
    spec = DETECTORS["person-nano"]
    path = describe_as(ours(tmp_path / "file.onnx"), spec, **{"rsn_edge.person_threshold": "0.42"})
    digest, thresholds = file_sha256(path), Thresholds(person=0.35)
    write_manifest(path, Manifest("onnx", spec.variant, "fp32", "measured", spec, digest, "", (), (), thresholds))

    assert person_threshold(path) == 0.35


def test_a_detector_of_another_project_needs_less_certainty_than_ours(tmp_path: Path) -> None:
    own = describe_as(ours(tmp_path / "own.onnx"), DETECTORS["person-nano"])

    assert 0 < person_threshold(yolov8(tmp_path / "other.onnx")) < person_threshold(own)


def test_a_threshold_that_is_no_number_is_one_sentence(tmp_path: Path) -> None:
    path = ours(tmp_path / "file.onnx")
    describe_as(path, DETECTORS["person-nano"], **{"rsn_edge.person_threshold": "high"})

    with pytest.raises(ArtefactError, match=r"names a threshold that is none: .*'high'"):
        person_threshold(path)
