"""OpenPose files: BODY_25, one JSON a frame, for programs that read OpenPose's output (docs/outputs.md)."""

import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rsn_edge.errors import InputError
from rsn_edge.frame import Frame
from rsn_edge.people import Tracks
from rsn_edge.sink.files import FilesSink, OutputNames
from rsn_edge.skeleton import COCO17, Skeleton

# BODY_25 in its own order. A pair of names means the point midway between both.
_BODY_25: tuple[tuple[str, ...], ...] = (
    ("nose",), ("left_shoulder", "right_shoulder"),  # the neck
    ("right_shoulder",), ("right_elbow",), ("right_wrist",), ("left_shoulder",), ("left_elbow",), ("left_wrist",),
    ("left_hip", "right_hip"),  # the mid-hip
    ("right_hip",), ("right_knee",), ("right_ankle",), ("left_hip",), ("left_knee",), ("left_ankle",),
    ("right_eye",), ("left_eye",), ("right_ear",), ("left_ear",),
)  # fmt: skip
_FOOT_JOINTS = 6  # big toe, small toe and heel of both feet: COCO-17 has none
_EMPTY_LISTS = (
    "face_keypoints_2d", "hand_left_keypoints_2d", "hand_right_keypoints_2d", "pose_keypoints_3d",
    "face_keypoints_3d", "hand_left_keypoints_3d", "hand_right_keypoints_3d",
)  # fmt: skip


def openpose_sink(names: OutputNames, skeleton: Skeleton, threshold: float) -> FilesSink:
    """Writes NAME_keypoints.json for each frame, where `names` says; InputError for joints other than coco17's."""
    if skeleton.joints != COCO17.joints:
        raise InputError(
            f"OpenPose's BODY_25 needs the joints of coco17, and this network has those of {skeleton.name}",
            "Use --jsonl or --csv.",
        )

    def content_of(_frame: Frame, tracks: Tracks, _path: Path) -> bytes:
        body = body_25(tracks.poses.keypoints_xy, tracks.poses.confidence, tracks.poses.visible(threshold))
        people = [_person(int(identity), person) for identity, person in zip(tracks.ids, body, strict=True)]
        return json.dumps({"version": 1.3, "people": people}, allow_nan=False).encode()

    return FilesSink(lambda frame: names.path_for(frame, "_keypoints.json"), content_of)


def body_25(
    keypoints_xy: NDArray[np.float32], confidence: NDArray[np.float32], visible: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """(n, 25, 3) x, y, confidence in BODY_25's order from (n, 17, ...) in COCO's.

    Zeros where a joint is not visible, as that format has it. A midpoint needs both of its joints and is as sure as
    the less sure one.
    """
    body = np.zeros((len(visible), len(_BODY_25) + _FOOT_JOINTS, 3))
    for place, names in enumerate(_BODY_25):
        joints = [COCO17.joints.index(name) for name in names]
        there = visible[:, joints].all(axis=1)
        body[there, place, :2] = keypoints_xy[there][:, joints].mean(axis=1)
        body[there, place, 2] = confidence[there][:, joints].min(axis=1)
    return body


def _person(identity: int, body: NDArray[np.float64]) -> dict[str, Any]:
    person = {"person_id": [identity], "pose_keypoints_2d": body.round(3).ravel().tolist()}
    return person | {name: [] for name in _EMPTY_LISTS}
