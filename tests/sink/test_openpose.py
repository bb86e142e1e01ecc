"""OpenPose's BODY_25."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from rsn_edge.errors import InputError
from rsn_edge.sink.files import OutputNames
from rsn_edge.sink.openpose import body_25, openpose_sink
from rsn_edge.skeleton import COCO17, MPII16
from tests.sink.crafted import THRESHOLD, frame, nobody, two_persons

NOSE, NECK, R_SHOULDER, L_SHOULDER, MID_HIP, R_ANKLE, L_ANKLE, R_EYE, L_EAR = 0, 1, 2, 5, 8, 11, 14, 15, 18


def _body() -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    poses = two_persons().poses
    return body_25(poses.keypoints_xy, poses.confidence, poses.visible(THRESHOLD))


@pytest.mark.parametrize(
    ("place", "joint"),
    [
        (NOSE, "nose"),
        (R_SHOULDER, "right_shoulder"),
        (L_SHOULDER, "left_shoulder"),
        (R_ANKLE, "right_ankle"),
        (L_ANKLE, "left_ankle"),
        (R_EYE, "right_eye"),
        (L_EAR, "left_ear"),
    ],
)
def test_joints_move_to_their_place_in_body_25(place: int, joint: str) -> None:
    k = COCO17.joints.index(joint)

    assert _body()[1, place] == pytest.approx([10 + k + 1 / 3, 100 + k, 0.9], abs=1e-4)


def test_neck_and_mid_hip_lie_midway() -> None:
    assert _body()[1, NECK] == pytest.approx([15.8333, 105.5, 0.9], abs=1e-3)
    assert _body()[1, MID_HIP] == pytest.approx([21.8333, 111.5, 0.9], abs=1e-3)


def test_a_midpoint_with_an_unsure_end_is_missing() -> None:
    assert (_body()[0, NECK] == 0).all()  # the first person's left shoulder is unsure


def test_missing_joints_and_feet_are_zero() -> None:
    assert (_body()[0, L_EAR] == 0).all()
    assert (_body()[:, 19:] == 0).all()


def test_a_file_holds_all_lists_that_openpose_writes(tmp_path: Path) -> None:
    with openpose_sink(OutputNames(tmp_path, numbered=True), COCO17, THRESHOLD) as sink:
        sink.write(frame(12), two_persons())

    document = json.loads((tmp_path / "clip_000000000012_keypoints.json").read_text())

    assert document["version"] == 1.3
    assert [person["person_id"] for person in document["people"]] == [[-1], [7]]
    assert [len(values) for values in document["people"][0].values()] == [1, 75, 0, 0, 0, 0, 0, 0, 0]


def test_every_frame_has_a_file_also_without_persons(tmp_path: Path) -> None:
    with openpose_sink(OutputNames(tmp_path, numbered=False), COCO17, THRESHOLD) as sink:
        sink.write(frame(0, "in/a.jpg"), nobody())

    assert json.loads((tmp_path / "a_keypoints.json").read_text()) == {"version": 1.3, "people": []}
    assert sink.written == [tmp_path / "a_keypoints.json"]


def test_other_joints_than_coco_s_are_refused() -> None:
    with pytest.raises(InputError, match="needs the joints of coco17"):
        openpose_sink(OutputNames(Path("x"), numbered=False), MPII16, THRESHOLD)


def test_a_user_s_skeleton_with_coco_s_joints_is_welcome(tmp_path: Path) -> None:
    assert openpose_sink(OutputNames(tmp_path, numbered=False), replace(COCO17, name="mine"), THRESHOLD).written == []
