"""The learning rate as a function of the iteration."""

from math import cos, pi

WARM_UP = 2400  # iterations of the published warm-up, whatever the batch
_PUBLISHED_ITERATIONS = 96_000  # on COCO, at the published batch
_PUBLISHED_BATCH = 256
_PUBLISHED_RATE = 4e-3  # at that batch; 5e-4 for each GPU with its 32 persons
_WARM_UP_FROM = 0.1

_CYCLE_WARM_UP = 0.04  # of all iterations
_CYCLE_END = 0.01  # of the peak rate
_PLATEAU_WARM_UP = 0.01  # of all iterations


def official_iterations(batch: int) -> int:
    """How many iterations see as many persons as the published training on COCO, 96,000 at a batch of 256."""
    return round(_PUBLISHED_ITERATIONS * _PUBLISHED_BATCH / batch)


def official_rate(iteration: int, iterations: int, batch: int, warm_up: int = WARM_UP) -> float:
    """Learning rate of the RSN and MSPN code at `iteration`, counted from 1, with `batch` persons on all devices.

    Linear from a tenth to the whole over the warm-up, then linear to 0 at the last iteration; the whole rate grows
    with the batch. A training shorter than the warm-up never decays: give it a shorter one.
    """
    peak = _PUBLISHED_RATE * batch / _PUBLISHED_BATCH
    if iteration <= warm_up:
        return peak * (_WARM_UP_FROM + (1 - _WARM_UP_FROM) * iteration / max(warm_up, 1))
    return peak * max(0.0, 1 - (iteration - warm_up) / max(iterations - warm_up, 1))


def cycle_rate(iteration: int, iterations: int, peak: float, plateau: float = 0.0) -> float:
    """Learning rate of a modern training at `iteration`, counted from 1: up to the peak, then a cosine to 1 % of it.

    Without a plateau it goes up over 4 % of the iterations: one cycle, the fastest of what was tried for small
    networks. With one it goes up over 1 %, and leaves the peak after the share `plateau` of the iterations.
    """
    top = max(1.0, (_PLATEAU_WARM_UP if plateau else _CYCLE_WARM_UP) * iterations)
    if iteration <= top:
        return peak * (_CYCLE_END + (1 - _CYCLE_END) * iteration / top)
    edge = plateau * iterations if plateau else top
    progress = min(1.0, max(0.0, iteration - edge) / max(iterations - edge, 1.0))
    return peak * (_CYCLE_END + (1 - _CYCLE_END) * (1 + cos(pi * progress)) / 2)
