"""One picture in, its skeletons out: a person detector and a poser, each other's second opinion."""

from contextlib import ExitStack
from pathlib import Path
from types import TracebackType

import numpy as np
from numpy.typing import NDArray

from rsn_edge import embedded
from rsn_edge.backend.protocol import BackendChoice
from rsn_edge.detector.opening import open_detector, person_threshold
from rsn_edge.detector.protocol import Detector
from rsn_edge.frame import Frame
from rsn_edge.keypoints.oks import pose_nms
from rsn_edge.people import Persons, Poses
from rsn_edge.poser import Poser, open_poser

# Two skeletons that agree this well are one person found twice (the threshold of OKS-NMS in the field).
SAME_PERSON_OKS = 0.9


class PoseEstimator:
    """Finds the people of a picture and their keypoints.

        with PoseEstimator.open() as estimator:
            poses = estimator(cv2.imread("street.jpg"))

    Args:
        detector: says where people may be; closed with the estimator.
        poser: reads their skeletons; closed with the estimator.
        person_threshold: persons of less certainty (Poses.certainty) are dropped, and of two skeletons of one person
            the less certain; None: every box is a person, all are kept in the detector's order.
        max_persons: at most so many a frame, the most certain.
    """

    def __init__(
        self, detector: Detector, poser: Poser, person_threshold: float | None = None, max_persons: int | None = None
    ) -> None:
        self._detector = detector
        self._poser = poser
        self._person_threshold = person_threshold
        self._max_persons = max_persons

    @classmethod
    def open(
        cls,
        model: str | Path | None = None,
        detector: str | Path | None = None,
        choice: BackendChoice | None = None,
    ) -> "PoseEstimator":
        """An estimator of two networks, each the name of an embedded one or a model file; None: as `run` chooses.

        `choice` says which runtime and device; by default ONNX Runtime on the CPU.
        """
        choice = choice or BackendChoice()
        pose_path, detector_path = (
            embedded.model_path(named) if named else embedded.default_path(usual, choice.runtime, choice.provider)
            for named, usual in ((model, embedded.POSE), (detector, embedded.DETECTOR))
        )
        with ExitStack() as opened:
            poser = open_poser(pose_path, choice)
            opened.callback(poser.close)
            estimator = cls(open_detector(detector_path, choice), poser, person_threshold(detector_path))
            opened.pop_all()
        return estimator

    def __call__(self, image_bgr: NDArray[np.uint8]) -> Poses:
        """Poses of all people in a picture (h, w, 3) uint8 BGR, in the order of `pose`."""
        frame = Frame(image_bgr)
        return self.pose(frame, self.detect(frame))

    def detect(self, frame: Frame) -> Persons:
        """Where people may be: more than there are, for the pose network to judge."""
        return self._detector.detect(frame)

    def pose(self, frame: Frame, persons: Persons) -> Poses:
        """Skeletons of those who are persons: most certain first and nobody twice, or as the boxes were given."""
        if self._person_threshold is not None:  # a certainty is never above the detector's score
            persons = persons[persons.scores >= self._person_threshold]
        poses = self._poser.poses(frame, persons)
        if self._person_threshold is not None:
            poses = poses[poses.certainty >= self._person_threshold]
            poses = poses[pose_nms(poses, self._poser.skeleton, SAME_PERSON_OKS)]
        if self._max_persons is None or len(poses) <= self._max_persons:
            return poses
        best = np.argsort(-poses.certainty, kind="stable")[: self._max_persons]
        return poses[best if self._person_threshold is not None else np.sort(best)]

    def close(self) -> None:
        """Frees detector and poser."""
        self._detector.close()
        self._poser.close()

    def __enter__(self) -> "PoseEstimator":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()
