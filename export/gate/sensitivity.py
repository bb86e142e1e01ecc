"""Which blocks lose what, and which are to stay in float until the gate holds.

Blocks are ranked by what the network loses with one of them quantised alone. Then the worst stay in float, one more
each time.
"""

from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass

import numpy as np

from rsn_edge.backend.protocol import Backend

from .blocks import Block, integer_share
from .gate import Gate
from .verdict import Interval, Verdict

Build = Callable[[Sequence[str]], Backend]  # a candidate that keeps blocks of these names in float

RANKING_CROPS = 64
LEAST_SHARE = 0.5  # of the multiplications: with fewer in integers a file is INT8 by name only


@dataclass(frozen=True, slots=True)
class Step:
    """One try: the blocks kept in float, what that costs and saves."""

    kept: tuple[str, ...]
    drop: float
    interval95: Interval
    integer_share: float
    passed: bool


@dataclass(frozen=True, slots=True)
class Sensitivity:
    """The search for a candidate that holds.

    Args:
        losses: (block, what it loses when quantised alone), the worst first.
        steps: every try, from nothing kept on (the Pareto table).
        keep: the blocks of the try that passed; None: it cannot hold.
        verdict: on the try that passed, or on the first one.
    """

    losses: tuple[tuple[str, float], ...]
    steps: tuple[Step, ...]
    keep: tuple[str, ...] | None
    verdict: Verdict


def hold(
    build: Build, blocks: Sequence[Block], ranking: Gate, gate: Gate, least_share: float = LEAST_SHARE
) -> Sensitivity:
    """Keeps the worst blocks in float, one after another, until `gate` passes.

    Args:
        build: makes a candidate, which is closed here.
        blocks: of the float network.
        ranking: judges blocks alone; on RANKING_CROPS crops at most, for it runs once a block.
        gate: judges the candidates.
        least_share: of the multiplications in integers, below which it gives up.
    """
    first = _verdict(build, (), gate)
    steps = [_step(first, (), blocks)]
    if first.passed:
        return Sensitivity((), tuple(steps), (), first)
    losses = rank(build, blocks, ranking)
    kept: tuple[str, ...] = ()
    for name, _ in losses:
        kept = (*kept, name)
        if integer_share(blocks, kept) < least_share:
            break
        verdict = _verdict(build, kept, gate)
        steps.append(_step(verdict, kept, blocks))
        if verdict.passed:
            return Sensitivity(losses, tuple(steps), kept, verdict)
    return Sensitivity(losses, tuple(steps), None, first)


def rank(build: Build, blocks: Sequence[Block], gate: Gate) -> tuple[tuple[str, float], ...]:
    """What each block with convolutions loses when nothing else is quantised, the worst first."""
    names = [block.name for block in blocks]
    losses = [
        (block.name, _loss(_verdict(build, [name for name in names if name != block.name], gate)))
        for block in blocks
        if block.macs
    ]
    return tuple(sorted(losses, key=lambda loss: -loss[1]))


def _loss(verdict: Verdict) -> float:
    """The drop; numbers that are none, and nobody left to compare, are the worst of all."""
    return float("inf") if verdict.non_finite or np.isnan(verdict.drop) else verdict.drop


def _step(verdict: Verdict, kept: tuple[str, ...], blocks: Sequence[Block]) -> Step:
    return Step(kept, verdict.drop, verdict.interval95, integer_share(blocks, kept), verdict.passed)


def _verdict(build: Build, kept: Sequence[str], gate: Gate) -> Verdict:
    with closing(build(kept)) as candidate:
        return gate.verdict(candidate)
