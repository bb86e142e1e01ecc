"""Backends made of a Python function, such as the fake of a test, or of several networks whose mean is the answer."""

from collections.abc import Callable, Sequence

import numpy as np

from rsn_edge.backend.protocol import Backend, BackendFacts, Tensors, TensorSpec, check_feed


class FunctionBackend:
    """Computes with `function`, which gets the checked feed and returns the outputs by name."""

    def __init__(
        self,
        inputs: tuple[TensorSpec, ...],
        outputs: tuple[TensorSpec, ...],
        function: Callable[[Tensors], Tensors],
    ) -> None:
        self.inputs = inputs
        self.outputs = outputs
        self.facts = BackendFacts("function", "1", "python", "fp32")
        self._function = function

    def infer(self, feed: Tensors) -> Tensors:
        """What the function returns for `feed`."""
        check_feed(feed, self.inputs)
        return self._function(feed)

    def close(self) -> None:
        """Nothing to free."""


class MeanBackend:
    """Feeds all of `backends`, whose tensors are the same, averages their outputs, and closes them."""

    def __init__(self, backends: Sequence[Backend]) -> None:
        self._backends = tuple(backends)
        self.inputs, self.outputs = self._backends[0].inputs, self._backends[0].outputs
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
