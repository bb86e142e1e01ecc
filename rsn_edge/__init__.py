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
    "errors": ("RsnEdgeError",),
    "estimator": ("PoseEstimator",),
    "frame": ("Frame",),
    "people": ("Persons", "Poses", "Tracks"),
    "skeleton": ("COCO17", "MPII16", "Skeleton"),
    "spec": ("DetectorSpec", "ModelSpec"),
}


def __dir__() -> list[str]:
    return __all__


def __getattr__(name: str) -> Any:
    for home, names in _HOMES.items():
        if name in names:
            return getattr(import_module(f"rsn_edge.{home}"), name)
    raise AttributeError(f"module 'rsn_edge' has no attribute '{name}'")
