"""The learning curve as a picture: loss, and below it the scores, over minutes and iterations."""

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
    minutes, iterations = (np.append(0, columns[name]) for name in ("minutes", "iteration"))
    above.plot(minutes[1:], columns["loss"], ".-", markersize=3)
    above.set(ylabel="loss", xlim=(0, minutes[-1]))
    # The clock runs unevenly beside the steps: crops grow, and validations take their time.
    there_and_back = lambda at: np.interp(at, minutes, iterations), lambda at: np.interp(at, iterations, minutes)
    above.secondary_xaxis("top", functions=there_and_back).set_xlabel("iterations")
    for axes in below:
        for name in scores:
            known = np.isfinite(columns[name])
            axes.plot(minutes[1:][known], 100 * columns[name][known], "o-", label=name, clip_on=False)
        axes.set(ylabel="per cent", ylim=(0, 100))
        axes.legend()
    for axes in panels:
        axes.grid(alpha=0.3)
    panels[-1].set_xlabel("minutes")
    with whole_file(path) as temporary:
        figure.savefig(temporary, dpi=_DOTS_PER_INCH)
