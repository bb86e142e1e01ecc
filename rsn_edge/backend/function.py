"""A backend made of a Python function: a network of one's own, or the fake of a test."""

from collections.abc import Callable

from rsn_edge.backend.protocol import BackendFacts, Tensors, TensorSpec, check_feed


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
