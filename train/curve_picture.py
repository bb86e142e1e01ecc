"""The learning curve as a picture: loss, and below it the scores, over minutes."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from rsn_edge.artefact.writing import whole_file

_INCHES, _DOTS_PER_INCH = (8, 7), 110


def draw_curve(path: Path, columns: Mapping[str, NDArray[np.float64]], scores: Sequence[str]) -> None:
    """Writes a PNG of `Curve.columns`; ImportError where matplotlib is missing."""
    from matplotlib.figure import Figure

    figure = Figure(_INCHES, layout="constrained")
    above, *below = panels = figure.subplots(2 if scores else 1, 1, sharex=True, squeeze=False)[:, 0]
    minutes = columns["minutes"]
    above.plot(minutes, columns["loss"], ".-", markersize=3)
    above.set_ylabel("loss")
    above.set_xlim(left=0)
    for axes in below:
        for name in scores:
            known = np.isfinite(columns[name])
            axes.plot(minutes[known], 100 * columns[name][known], "o-", label=name, clip_on=False)
        axes.set(ylabel="per cent", ylim=(0, 100))
        axes.legend()
    for axes in panels:
        axes.grid(alpha=0.3)
    panels[-1].set_xlabel("minutes")
    with whole_file(path) as temporary:
        figure.savefig(temporary, dpi=_DOTS_PER_INCH)
