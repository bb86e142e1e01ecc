"""A reference and the sets on which candidates are compared with it."""

from collections.abc import Sequence

from rsn_edge.backend.protocol import Backend
from rsn_edge.spec import Spec

from .asking import Material, ask
from .extremes import extreme_crops
from .judging import judge
from .verdict import Verdict


class Gate:
    """Judges candidates; the reference is asked once.

    Args:
        reference: the float network; may be closed afterwards.
        spec: of it and of every candidate.
        material: sets with labels, or sets of crops without; the mean over them counts.
        limit, threshold: as in `judge`.
    """

    def __init__(
        self, reference: Backend, spec: Spec, material: Sequence[Material], limit: float, threshold: float
    ) -> None:
        self._spec, self._material, self._limit, self._threshold = spec, material, limit, threshold
        self._reference = [ask(reference, spec, one) for one in material]

    def verdict(self, candidate: Backend) -> Verdict:
        """The verdict on a network, which stays open."""
        answers = [ask(candidate, self._spec, one) for one in self._material]
        extremes = ask(candidate, self._spec, extreme_crops(self._spec.input_hw))
        return judge(self._reference, answers, self._limit, self._threshold, [extremes])
