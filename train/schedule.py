"""The learning rate as a function of the iteration."""

from math import cos, pi

WARM_UP = 2400  # iterations of the published warm-up, whatever the batch
COCO_ITERATIONS = 96_000  # length of the published training on COCO, at PUBLISHED_BATCH
MPII_ITERATIONS = 28_800

PUBLISHED_BATCH = 256
_PUBLISHED_RATE = 4e-3  # at PUBLISHED_BATCH; 5e-4 for each GPU with its 32 persons
_WARM_UP_FROM = 0.1

_CYCLE_WARM_UP = 0.04  # of all iterations
_CYCLE_END = 0.01  # of the peak rate
_PLATEAU_WARM_UP = 0.01  # of all iterations


def official_iterations(batch: int, published: int = COCO_ITERATIONS) -> int:
    """How many iterations see as many persons as the `published` number does at a batch of 256."""
    return round(published * PUBLISHED_BATCH / batch)


def official_rate(iteration: int, iterations: int, batch: int, warm_up: int = WARM_UP) -> float:
    """Learning rate of the RSN and MSPN code at `iteration`, counted from 1, with `batch` persons on all devices.

    Linear from a tenth to the whole over the warm-up, then linear to 0 at the last iteration; the whole rate grows
    with the batch. A training shorter than the warm-up never decays: give it a shorter one.
    """
    peak = _PUBLISHED_RATE * batch / PUBLISHED_BATCH
    if iteration <= warm_up:
        return peak * (_WARM_UP_FROM + (1 - _WARM_UP_FROM) * iteration / max(warm_up, 1))
    return peak * max(0.0, 1 - (iteration - warm_up) / max(iterations - warm_up, 1))


def one_cycle_rate(iteration: int, iterations: int, peak: float) -> float:
    """Learning rate of a short training at `iteration`, counted from 1: up over 4 %, then a cosine to 1 % of the peak.

    The fastest of what was tried for small networks; it stands between 1 % of the peak and the peak everywhere.
    """
    top = max(1.0, _CYCLE_WARM_UP * iterations)
    if iteration <= top:
        return peak * (_CYCLE_END + (1 - _CYCLE_END) * iteration / top)
    progress = min(1.0, (iteration - top) / max(iterations - top, 1.0))
    return peak * (_CYCLE_END + (1 - _CYCLE_END) * (1 + cos(pi * progress)) / 2)


def plateau_rate(iteration: int, iterations: int, peak: float, plateau: float) -> float:
    """Learning rate of a long training at `iteration`, counted from 1: the peak, then a cosine to 1 % of it.

    The peak is reached after 1 % of the iterations, and left after the share `plateau` of them.
    """
    top, edge = max(1.0, _PLATEAU_WARM_UP * iterations), plateau * iterations
    if iteration <= top:
        return peak * (_CYCLE_END + (1 - _CYCLE_END) * iteration / top)
    progress = min(1.0, max(0.0, iteration - edge) / max(iterations - edge, 1.0))
    return peak * (_CYCLE_END + (1 - _CYCLE_END) * (1 + cos(pi * progress)) / 2)
