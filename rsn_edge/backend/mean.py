"""Several networks as one: the mean of what they give, as the papers average an ensemble in heat-map space."""

from collections.abc import Sequence

import numpy as np

from rsn_edge.backend.protocol import Backend, BackendFacts, Tensors
from rsn_edge.errors import ArtefactError


class MeanBackend:
    """Feeds all of `backends` and averages their outputs; ArtefactError where their tensors are not the same.

    It closes them.
    """

    def __init__(self, backends: Sequence[Backend]) -> None:
        self._backends = tuple(backends)
        first = self._backends[0]
        self.inputs, self.outputs = first.inputs, first.outputs
        for other in self._backends[1:]:
            if (other.inputs, other.outputs) != (self.inputs, self.outputs):
                raise ArtefactError(
                    f"a network that {_interface(first)} and one that {_interface(other)} cannot be averaged",
                    "Average networks of one input size and one set of joints.",
                )
        facts = [backend.facts for backend in self._backends]
        self.facts = BackendFacts(
            *(" + ".join(dict.fromkeys(getattr(each, name) for each in facts)) for name in BackendFacts.__slots__)
        )

    def infer(self, feed: Tensors) -> Tensors:
        """Means by name, arrays of the caller."""
        outputs = [{name: np.array(array) for name, array in each.infer(feed).items()} for each in self._backends]
        return {name: np.asarray(np.mean([each[name] for each in outputs], axis=0)) for name in outputs[0]}

    def close(self) -> None:
        """Frees all networks."""
        for backend in self._backends:
            backend.close()


def _interface(backend: Backend) -> str:
    takes, gives = (", ".join(map(str, tensors)) for tensors in (backend.inputs, backend.outputs))
    return f"takes {takes} and gives {gives}"
