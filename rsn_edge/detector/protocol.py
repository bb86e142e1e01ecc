"""The seam between a frame and the persons in it."""

from typing import Protocol

from rsn_edge.frame import Frame
from rsn_edge.people import Persons


class Detector(Protocol):
    """Finds the persons of one frame."""

    def detect(self, frame: Frame) -> Persons:
        """Persons by falling score, boxes clipped to the frame; the result belongs to the caller."""
        ...

    def close(self) -> None:
        """Frees what the detector holds."""
        ...
