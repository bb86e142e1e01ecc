"""Chance that hangs on a training's seed and a place in its stream alone.

So a run that was interrupted, or that is spread over processes, sees what the undisturbed one sees.
"""

import numpy as np

APART = 2**62  # no training reaches the places from here on: sheets and calibration are drawn there
BEYOND = 2**63  # no sample's place: orders of epochs and sizes of batches are drawn there


def generator(seed: int, place: int) -> np.random.Generator:
    """Random numbers of this place in the stream, always the same ones."""
    return np.random.Generator(np.random.Philox(key=np.array((seed, place), np.uint64)))
