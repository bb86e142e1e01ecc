"""From boxes to skeletons through a network, and opening one: what does not fit is one sentence, and holds nothing."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from rsn_edge import poser
from rsn_edge.artefact.checkpoint import Checkpoint, write_checkpoint
from rsn_edge.backend.function import FunctionBackend
from rsn_edge.backend.protocol import BackendChoice, TensorSpec
from rsn_edge.errors import ArtefactError
from rsn_edge.frame import Frame
from rsn_edge.people import Persons
from rsn_edge.spec import VARIANTS
from tests.detector.networks import ClosingBackend

SPEC = replace(VARIANTS["rsn-nano"], input_hw=(64, 32))


FRAME = Frame(np.random.default_rng(0).integers(0, 255, (120, 160, 3), np.uint8))
Feed = Mapping[str, NDArray[Any]]


def _poser(batches: list[int] | None = None, flip_test: bool = False) -> poser.CropPoser:
    """A network whose maps are its first channel, each cell the mean of its pixels: joints lie where it is bright."""

    def network(feed: Feed) -> Feed:
        crops = feed["crops"]
        if batches is not None:
            batches.append(len(crops))
        cells = crops[:, :1].reshape(-1, 1, 16, 4, 8, 4).mean(axis=(3, 5))
        return {"heatmaps": np.repeat(200 + 50 * cells, SPEC.joints, axis=1)}

    takes = TensorSpec("crops", (-1, 3, *SPEC.input_hw), "float32")
    gives = TensorSpec("heatmaps", (-1, SPEC.joints, *SPEC.heatmap_hw), "float32")
    return poser.CropPoser(FunctionBackend((takes,), (gives,), network), SPEC, flip_test)


def _persons(count: int) -> Persons:
    corners = np.random.default_rng(1).uniform(0, 80, (count, 2))
    return Persons(
        np.hstack([corners, corners + np.array([25, 40])]).astype(np.float32), np.linspace(1, 0.1, count, dtype="f4")
    )


def test_zero_persons_ask_no_network() -> None:
    batches: list[int] = []

    poses = _poser(batches).poses(FRAME, Persons.empty())

    assert (len(poses), poses.joints, batches) == (0, 17, [])


def test_many_persons_go_through_in_batches_that_memory_holds() -> None:
    batches: list[int] = []

    _poser(batches).poses(FRAME, _persons(130))

    assert batches == [64, 64, 2]


def test_many_persons_are_posed_as_one_by_one() -> None:
    persons, alone = _persons(70), _poser()

    together = _poser().poses(FRAME, persons)

    singles = [alone.poses(FRAME, persons[i : i + 1]).keypoints_xy for i in range(70)]
    np.testing.assert_array_equal(together.keypoints_xy, np.concatenate(singles))


def test_a_joint_lies_where_its_map_is_highest() -> None:
    image = np.zeros((120, 160, 3), np.uint8)
    image[60:63, 80:83, 0] = 255  # blue, the channel that the network looks at

    poses = _poser().poses(Frame(image), Persons(np.array([[60, 30, 100, 94]], np.float32), np.ones(1, np.float32)))

    assert np.abs(poses.keypoints_xy[0] - (81, 61)).max() < 5  # one cell of this crop


def test_boxes_and_detector_scores_are_handed_on() -> None:
    persons = _persons(3)

    poses = _poser().poses(FRAME, persons)

    assert (poses.boxes_xyxy is persons.boxes_xyxy, poses.person_scores is persons.scores) == (True, True)


def test_a_network_that_mirrors_along_is_unmoved_by_the_flip_test() -> None:
    plain, flipped = _poser().poses(FRAME, _persons(4)), _poser(flip_test=True).poses(FRAME, _persons(4))

    np.testing.assert_allclose(plain.keypoints_xy, flipped.keypoints_xy, atol=1e-3)


def test_a_network_that_is_not_as_described_is_freed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_checkpoint(tmp_path / "net", Checkpoint(SPEC, {}))
    takes, gives = TensorSpec("crops", (-1, 3, 64, 64), "float32"), TensorSpec("maps", (-1, 17), "float32")
    backend = ClosingBackend((takes,), (gives,), lambda feed: feed)
    monkeypatch.setattr(poser, "open_backend", lambda *_: backend)

    with pytest.raises(ArtefactError) as caught:
        poser.open_poser(tmp_path / "net", BackendChoice())

    assert backend.closed
    assert str(caught.value).startswith(
        "the network takes crops float32 (any, 3, 64, 64) and gives maps float32 (any, 17), but its description says "
        "crops of (3, 64, 32) and heatmaps of (17, 16, 8)"
    )
