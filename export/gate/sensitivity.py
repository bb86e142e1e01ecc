"""Which blocks lose what, and which are to stay in float until the gate holds.

Blocks go by the network's own names, and are ranked by what the network loses with one of them quantised alone. Then
the worst stay in float, one more each time.
"""

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import accumulate

import numpy as np
import onnx

from rsn_edge.backend.protocol import Backend

from .gate import Gate
from .verdict import Verdict

Build = Callable[[Sequence[str]], Backend]  # a candidate that keeps blocks of these names in float

RANKING_CROPS = 64
_LEAST_SHARE = 0.5  # of the multiplications: with fewer in integers a file is INT8 by name only

# `stage0.downsample.layer1.0`, `stage0.upsample.up4`, `stages.2.1` of a detector; else the first name: `top`, `head`.
_BLOCK = re.compile(r"stage\d+\.(?:down|up)sample\.\w+(?:\.\d+)?|stages\.\d+\.\d+|[^.]+")

Blocks = Mapping[str, int]  # named modules, and the multiplications of their convolutions for one crop


@dataclass(frozen=True, slots=True)
class Step:
    """One try: the blocks kept in float, the multiplications that are left in integers, and what the gate says."""

    kept: tuple[str, ...]
    integer_share: float
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Sensitivity:
    """The search for a candidate that holds.

    Args:
        losses: (block, what it loses when quantised alone), the worst first; none where nothing has to be kept.
        steps: every try, from nothing kept on (the Pareto table); only the last one may have passed.
    """

    losses: tuple[tuple[str, float], ...]
    steps: tuple[Step, ...]

    @property
    def best(self) -> Step:
        """The try that passed, or the first one where none did."""
        return self.steps[-1] if self.steps[-1].verdict.passed else self.steps[0]


def hold(build: Build, blocks: Blocks, ranking: Gate, gate: Gate) -> Sensitivity:
    """Keeps the worst blocks in float, one after another, until `gate` passes or too little would be in integers.

    Args:
        build: makes a candidate, which is closed here.
        blocks: of the float network.
        ranking: judges blocks alone; on RANKING_CROPS crops at most, for it runs once a block.
        gate: judges the candidates.
    """

    def tried(kept: tuple[str, ...]) -> Step:
        return Step(kept, integer_share(blocks, kept), _verdict(build, kept, gate))

    steps = [tried(())]
    if steps[0].verdict.passed:
        return Sensitivity((), tuple(steps))
    losses = _ranked(build, blocks, ranking)
    for kept in accumulate((name,) for name, _ in losses):
        if steps[-1].verdict.passed or integer_share(blocks, kept) < _LEAST_SHARE:
            break
        steps.append(tried(kept))
    return Sensitivity(losses, tuple(steps))


def _ranked(build: Build, blocks: Blocks, gate: Gate) -> tuple[tuple[str, float], ...]:
    """What each block with convolutions loses when nothing else is quantised, the worst first."""
    verdicts = {
        block: _verdict(build, [name for name in blocks if name != block], gate)
        for block, macs in blocks.items()
        if macs
    }
    return tuple(sorted(((block, _loss(found)) for block, found in verdicts.items()), key=lambda loss: -loss[1]))


def _loss(verdict: Verdict) -> float:
    """The drop; numbers that are none, and nobody left to compare, are the worst of all."""
    return float("inf") if verdict.non_finite or np.isnan(verdict.drop) else verdict.drop


def _verdict(build: Build, kept: Sequence[str], gate: Gate) -> Verdict:
    with closing(build(kept)) as candidate:
        return gate.verdict(candidate)


def blocks_of(model: onnx.ModelProto) -> Blocks:
    """The blocks of a float graph in its order; the small operations between them are blocks of 0 multiplications.

    As a pattern of `keep_float`, the name of a block covers all of it.
    """
    inferred = onnx.shape_inference.infer_shapes(model).graph
    cells = {t.name: _cells(t) for t in (*inferred.value_info, *inferred.output)}
    weights = {w.name: int(np.prod(w.dims)) for w in model.graph.initializer}
    macs: dict[str, int] = {}
    for node in model.graph.node:
        match = _BLOCK.match(node.name)
        name = match.group() if match else node.name
        products = weights[node.input[1]] * cells[node.output[0]] if node.op_type == "Conv" else 0
        macs[name] = macs.get(name, 0) + products
    return macs


def integer_share(blocks: Blocks, kept: Collection[str]) -> float:
    """Share of the multiplications in blocks that are not `kept` in float."""
    return sum(macs for name, macs in blocks.items() if name not in kept) / max(sum(blocks.values()), 1)


def _cells(tensor: onnx.ValueInfoProto) -> int:
    shape = tensor.type.tensor_type.shape.dim
    return int(np.prod([axis.dim_value for axis in shape[2:]]))
