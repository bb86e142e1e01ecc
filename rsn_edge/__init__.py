"""Residual Steps Networks and Multi-Stage Pose Networks on edge devices.

    import cv2
    from rsn_edge import PoseEstimator
    poses = PoseEstimator.open()(cv2.imread("street.jpg"))

Importing this package loads none of its dependencies; each name below is loaded when it is first used.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rsn_edge.errors import RsnEdgeError
    from rsn_edge.estimator import PoseEstimator
    from rsn_edge.frame import Frame
    from rsn_edge.people import Persons, Poses, Tracks
    from rsn_edge.skeleton import COCO17, MPII16, Skeleton
    from rsn_edge.spec import DetectorSpec, ModelSpec

__version__ = "0.1.0"

__all__ = [
    "COCO17",
    "MPII16",
    "DetectorSpec",
    "Frame",
    "ModelSpec",
    "Persons",
    "PoseEstimator",
    "Poses",
    "RsnEdgeError",
    "Skeleton",
    "Tracks",
    "__version__",
]

_HOMES = {
    "COCO17": "skeleton",
    "MPII16": "skeleton",
    "DetectorSpec": "spec",
    "Frame": "frame",
    "ModelSpec": "spec",
    "Persons": "people",
    "PoseEstimator": "estimator",
    "Poses": "people",
    "RsnEdgeError": "errors",
    "Skeleton": "skeleton",
    "Tracks": "people",
}


def __dir__() -> list[str]:
    return __all__


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'rsn_edge' has no attribute '{name}'")
    return getattr(import_module(f"rsn_edge.{_HOMES[name]}"), name)
