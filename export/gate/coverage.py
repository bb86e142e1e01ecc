"""Whether calibrated ranges cover what a network meets: crops that were none show here, tensor by tensor."""

from collections.abc import Mapping

import numpy as np

from rsn_edge.calibration import Range

from ..observe import Observed

BEYOND = 2.0  # times a range: good calibrations of other crops are left by up to 1.7


def left_ranges(ranges: Mapping[str, Range], seen: Observed) -> dict[str, float]:
    """The tensors that leave their range, and how many times they are as large; the worst first."""
    found = {}
    for name, *ends in zip(seen.tensors, seen.low.tolist(), seen.high.tolist(), strict=True):
        tiny = float(np.finfo(np.float32).tiny)
        found[name] = max(abs(end) / max(abs(held), tiny) for end, held in zip(ends, ranges[name], strict=True))
    return {name: times for name, times in sorted(found.items(), key=lambda one: -one[1]) if times > BEYOND}
