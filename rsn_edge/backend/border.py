"""The border of every backend: a feed is compared with what the network takes before the runtime sees it."""

from collections.abc import Sequence

from rsn_edge.backend.protocol import Tensors, TensorSpec, shape_text
from rsn_edge.errors import BackendError


def check_feed(feed: Tensors, inputs: Sequence[TensorSpec]) -> None:
    """BackendError with expected and actual where names, types or shapes differ."""
    wanted = {tensor.name: tensor for tensor in inputs}
    if feed.keys() != wanted.keys():
        raise BackendError(f"the network takes {', '.join(wanted)}, but was given {', '.join(feed) or 'nothing'}")
    for name, array in feed.items():
        expected = wanted[name]
        if array.dtype.name != expected.dtype or not _fits(array.shape, expected.shape):
            raise BackendError(
                f"the network's input '{name}' is {expected.dtype} {shape_text(expected.shape)}, but was given "
                f"{array.dtype.name} {shape_text(array.shape)}"
            )


def _fits(shape: tuple[int, ...], expected: tuple[int, ...]) -> bool:
    return len(shape) == len(expected) and all(want in (-1, have) for have, want in zip(shape, expected, strict=True))
