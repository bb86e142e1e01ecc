"""COCO's ten numbers against pycocotools, and a poser over a set of pictures.

pipeline_coco_oks.json: synthetic annotations and results with a crowd, a person without a labelled joint and a picture
of more than 20 results, and the numbers that pycocotools gave: 1e-12.
"""

import contextlib
import io
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, get_args

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from rsn_edge.coco import Result, read_annotations
from rsn_edge.detector.fixed import WholeFrame
from rsn_edge.errors import InputError
from rsn_edge.evaluate import Evaluator, box_precisions, coco_numbers, pose_results
from rsn_edge.frame import Frame
from rsn_edge.people import Persons, Poses
from rsn_edge.skeleton import COCO17, MPII16, Skeleton

GOLDEN = json.loads((Path(__file__).parent / "golden" / "pipeline_coco_oks.json").read_text())


def judged_by_pycocotools(truth: dict[str, Any], results: list[Result], sigmas: tuple[float, ...]) -> list[float]:
    with contextlib.redirect_stdout(io.StringIO()):
        annotations = COCO()
        annotations.dataset = truth
        annotations.createIndex()
        judge = COCOeval(annotations, annotations.loadRes(results), "keypoints")
        judge.params.kpt_oks_sigmas = np.array(sigmas)
        judge.evaluate()
        judge.accumulate()
        judge.summarize()
    return [float(value) for value in judge.stats]


def generated(seed: int, joints: int = 17) -> tuple[dict[str, Any], list[Result]]:
    """A set of 12 pictures: some empty, crowds, persons without a labelled joint, small to large, tied scores."""
    rng = np.random.default_rng(seed)
    images = [{"id": i, "file_name": f"{i}.jpg", "height": 480, "width": 640} for i in range(1, 13)]
    annotations: list[dict[str, Any]] = []
    results: list[Result] = []
    for image in images[2:]:
        for _ in range(rng.integers(0, 4)):
            annotations.append(_person(rng, len(annotations) + 1, int(str(image["id"])), joints))
            results += [_guess(rng, annotations[-1]) for _ in range(rng.integers(0, 12))]
    results += [_guess(rng, annotations[0]) | {"image_id": 1} for _ in range(3)]  # in a picture without persons
    categories = [{"id": 1, "name": "person", "keypoints": [str(k) for k in range(joints)], "skeleton": []}]
    return {"images": images, "annotations": annotations, "categories": categories, "info": {}}, results


def _person(rng: np.random.Generator, number: int, image_id: int, joints: int) -> dict[str, Any]:
    x, y, side = rng.uniform(0, 400), rng.uniform(0, 200), float(rng.choice([20, 60, 90, 200]))
    visibility = rng.integers(0, 3, joints) * (rng.uniform() > 0.15)
    xy = np.stack([rng.uniform(x, x + side, joints), rng.uniform(y, y + side, joints)], axis=1).round(1)
    keypoints = np.concatenate([xy * (visibility[:, None] > 0), visibility[:, None]], axis=1)
    return {
        "id": number, "image_id": image_id, "category_id": 1, "bbox": [x, y, side, side], "area": 0.6 * side * side,
        "iscrowd": int(rng.uniform() < 0.2), "keypoints": keypoints.ravel().tolist(),
        "num_keypoints": int((visibility > 0).sum()),
    }  # fmt: skip


def _guess(rng: np.random.Generator, person: dict[str, Any]) -> Result:
    keypoints = np.array(person["keypoints"]).reshape(-1, 3).copy()
    keypoints[:, :2] += rng.normal(0, rng.choice([0.5, 3, 10]), (len(keypoints), 2))
    keypoints[:, 2] = 1
    score = round(float(rng.uniform()), 1)  # one decimal: many ties
    return {"image_id": person["image_id"], "category_id": 1, "keypoints": keypoints.ravel().tolist(), "score": score}


def test_the_golden_numbers() -> None:
    numbers = coco_numbers(GOLDEN["gt"], GOLDEN["dt"], COCO17.sigmas)

    assert list(asdict(numbers)) == GOLDEN["stat_names"]
    np.testing.assert_allclose(list(asdict(numbers).values()), GOLDEN["stats"], atol=1e-9)


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("skeleton", [COCO17, MPII16], ids=lambda skeleton: skeleton.name)
def test_the_numbers_are_those_of_pycocotools(seed: int, skeleton: Skeleton) -> None:
    truth, results = generated(seed, len(skeleton.joints))

    numbers = asdict(coco_numbers(truth, results, skeleton.sigmas))

    expected = judged_by_pycocotools(truth, results, skeleton.sigmas)
    np.testing.assert_allclose(list(numbers.values()), expected, rtol=0, atol=1e-12)


@pytest.mark.parametrize("evaluator", get_args(Evaluator))
def test_either_evaluator_takes_files_and_empty_results(tmp_path: Path, evaluator: Evaluator) -> None:
    path = tmp_path / "annotations.json"
    path.write_text(json.dumps(GOLDEN["gt"]))

    numbers = coco_numbers(path, GOLDEN["dt"], COCO17.sigmas, evaluator=evaluator)

    np.testing.assert_allclose(list(asdict(numbers).values()), GOLDEN["stats"], rtol=0, atol=1e-12)
    assert coco_numbers(path, [], COCO17.sigmas, evaluator=evaluator).AP == 0


@pytest.mark.parametrize("evaluator", get_args(Evaluator))
def test_only_the_pictures_that_were_read_count(evaluator: Evaluator) -> None:
    truth, results = generated(seed=2)
    ids = [5, 3, 4, 9]
    part = truth | {"images": [i for i in truth["images"] if i["id"] in ids],
                    "annotations": [a for a in truth["annotations"] if a["image_id"] in ids]}  # fmt: skip
    own = [result for result in results if result["image_id"] in ids]

    assert coco_numbers(truth, own, COCO17.sigmas, ids, evaluator) == coco_numbers(part, own, COCO17.sigmas)


def test_annotations_without_what_pycocotools_needs_are_one_sentence() -> None:
    lacking = GOLDEN["gt"] | {"annotations": [dict(a) for a in GOLDEN["gt"]["annotations"]]}
    for annotation in lacking["annotations"]:
        annotation.pop("num_keypoints")

    with pytest.raises(InputError, match="lack 'num_keypoints', which pycocotools needs"):
        coco_numbers(lacking, GOLDEN["dt"], COCO17.sigmas, evaluator="pycocotools")


@pytest.mark.parametrize("content", ["", "[]", '{"images": ['], ids=["empty", "list", "cut-off"])
@pytest.mark.parametrize("evaluator", get_args(Evaluator))
def test_a_file_that_is_broken_is_one_sentence(tmp_path: Path, content: str, evaluator: Evaluator) -> None:
    (tmp_path / "broken.json").write_text(content)

    with pytest.raises(InputError, match=r"broken\.json|are not among the annotations"):
        coco_numbers(tmp_path / "broken.json", GOLDEN["dt"], COCO17.sigmas, evaluator=evaluator)


def test_the_boxes_of_the_truth_have_ap_1_and_half_as_many_about_half() -> None:
    truth, _ = generated(seed=4)
    boxes = [
        {"image_id": a["image_id"], "category_id": 1, "bbox": a["bbox"], "score": 1.0}
        for a in truth["annotations"] if not a["iscrowd"]
    ]  # fmt: skip

    assert box_precisions(truth, boxes)[0] == pytest.approx(1)
    assert box_precisions(truth, boxes[::2])[0] == pytest.approx(len(boxes[::2]) / len(boxes), abs=0.05)


def test_an_annotation_file_gives_the_same_numbers_as_its_content(tmp_path: Path) -> None:
    path = tmp_path / "annotations.json"
    path.write_text(json.dumps(GOLDEN["gt"]))

    by_path = coco_numbers(path, GOLDEN["dt"], COCO17.sigmas)

    assert by_path == coco_numbers(GOLDEN["gt"], GOLDEN["dt"], COCO17.sigmas)


def test_no_results_are_0_and_nobody_to_find_is_minus_1() -> None:
    nobody_large = GOLDEN["gt"] | {"annotations": [a for a in GOLDEN["gt"]["annotations"] if a["area"] < 96**2]}

    numbers = coco_numbers(nobody_large, [], COCO17.sigmas)

    assert (numbers.AP, numbers.ARM, numbers.APL, numbers.ARL) == (0, 0, -1, -1)


def test_results_of_another_split_are_refused() -> None:
    strange = [GOLDEN["dt"][0] | {"image_id": 4711}]

    with pytest.raises(InputError, match=r"1 of the results' pictures are not among the annotations.*4711"):
        coco_numbers(GOLDEN["gt"], strange, COCO17.sigmas)


def test_nothing_is_printed(capfd: pytest.CaptureFixture[str]) -> None:
    coco_numbers(GOLDEN["gt"], GOLDEN["dt"], COCO17.sigmas)

    assert capfd.readouterr() == ("", "")


@dataclass
class KnowingPoser:
    """Knows the joints (n, 17, 2) of each box (n, 4)."""

    boxes: NDArray[np.float32]
    joints: NDArray[np.float32]
    skeleton: Skeleton = COCO17

    def poses(self, frame: Frame, persons: Persons) -> Poses:
        """The known joints, each with score 0.8."""
        rows = [int(np.abs(self.boxes - box).sum(axis=1).argmin()) for box in persons.boxes_xyxy]
        scores = np.full((len(rows), 17), 0.8, np.float32)
        return Poses(self.joints[rows], scores, scores, persons.boxes_xyxy, persons.scores)

    def close(self) -> None:
        """Nothing is held."""


@pytest.fixture
def dataset(tmp_path: Path) -> Path:
    """A folder with `set.json` and its twelve pictures."""
    truth, _ = generated(seed=1)
    (tmp_path / "set.json").write_text(json.dumps(truth))
    for image in truth["images"]:
        cv2.imwrite(str(tmp_path / image["file_name"]), np.zeros((480, 640, 3), np.uint8))
    return tmp_path


def test_a_poser_that_knows_the_joints_reaches_1(dataset: Path) -> None:
    truth = read_annotations(dataset / "set.json")
    poser = KnowingPoser(truth.boxes_xyxy, truth.keypoints[..., :2])

    numbers = coco_numbers(dataset / "set.json", pose_results(poser, truth, dataset), COCO17.sigmas)

    np.testing.assert_allclose([numbers.AP, numbers.AR], 1, atol=1e-9)


def test_ground_truth_boxes_are_the_labelled_persons_that_are_no_crowd(dataset: Path) -> None:
    truth = read_annotations(dataset / "set.json")

    results = pose_results(KnowingPoser(truth.boxes_xyxy, truth.keypoints[..., :2]), truth, dataset)

    expected = truth.owners[~truth.crowd & (truth.labelled > 0)]
    assert [result["image_id"] for result in results] == expected.tolist()
    assert {round(result["score"], 6) for result in results} == {0.8}


def test_with_a_detector_every_picture_counts(dataset: Path) -> None:
    truth = read_annotations(dataset / "set.json")
    poser = KnowingPoser(truth.boxes_xyxy, truth.keypoints[..., :2])

    results = pose_results(poser, truth, dataset, WholeFrame())

    assert [result["image_id"] for result in results] == truth.image_ids.tolist()


@pytest.mark.parametrize(
    ("damage", "sentence"),
    [
        pytest.param(lambda path: path.unlink(), "missing or cannot be read", id="missing"),
        pytest.param(lambda path: path.write_bytes(b"no picture"), "missing or cannot be read", id="broken"),
        pytest.param(
            lambda path: cv2.imwrite(str(path), np.zeros((240, 320, 3), np.uint8)),
            "is 320x240 pixels, but the annotations were made on 640x480",
            id="reduced",
        ),
    ],
)
def test_a_picture_that_is_not_the_annotated_one_is_one_sentence(dataset: Path, damage: Any, sentence: str) -> None:
    truth = read_annotations(dataset / "set.json")
    damage(dataset / f"{truth.owners[0]}.jpg")

    with pytest.raises(InputError, match=sentence):
        pose_results(KnowingPoser(truth.boxes_xyxy, truth.keypoints[..., :2]), truth, dataset, WholeFrame())
