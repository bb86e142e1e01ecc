"""The seam between a frame's persons and their skeletons."""

from typing import Protocol

from rsn_edge.frame import Frame
from rsn_edge.people import Persons, Poses


class Poser(Protocol):
    """Reads the skeletons of the persons of one frame; what needs poses takes a Poser, never a Backend."""

    @property
    def joints(self) -> int:
        """Number of joints, k."""
        ...

    def poses(self, frame: Frame, persons: Persons) -> Poses:
        """Poses of all persons, in their order; the result belongs to the caller."""
        ...

    def close(self) -> None:
        """Frees what the poser holds."""
        ...
