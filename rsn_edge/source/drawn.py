"""`test://persons=3`: drawn figures, the same for the same address, so that a run needs no camera and no file."""

import re
import time
from collections.abc import Iterator
from fractions import Fraction

from rsn_edge.errors import InputError
from rsn_edge.frame import Frame
from rsn_edge.source.protocol import SourceFacts

SCHEME = "test://"
RATE = Fraction(25)

_DEFAULTS = {"persons": "1", "frames": "100", "size": "480x640", "seed": "0"}
_FORMS = {"persons": r"\d{1,3}", "frames": r"[1-9]\d{0,6}", "size": r"[1-9]\d{1,3}x[1-9]\d{1,3}", "seed": r"\d{1,9}"}


class DrawnSource:
    """`test://persons=N[,frames=M][,size=HxW][,seed=S]` as a video of M frames at 25 a second."""

    skipped = ()  # every frame can be drawn

    def __init__(self, address: str) -> None:
        values = _values(address)
        self._persons, self._frames, self._seed = (int(values[key]) for key in ("persons", "frames", "seed"))
        height, width = values["size"].split("x")
        self._size_hw = int(height), int(width)
        self.facts = SourceFacts(address, "video", self._frames, RATE)

    def __enter__(self) -> "DrawnSource":
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def __iter__(self) -> Iterator[Frame]:
        from rsn_edge.figures import figure_clip

        clip = figure_clip(self._persons, self._frames, self._size_hw, self._seed)
        for index, scene in enumerate(clip):
            yield Frame(scene.image_bgr, index, time.monotonic_ns(), index / RATE, self.facts.name)


def _values(address: str) -> dict[str, str]:
    values = dict(_DEFAULTS)
    for part in filter(None, address.removeprefix(SCHEME).split(",")):
        key, _, value = part.partition("=")
        if key not in _FORMS or not re.fullmatch(_FORMS[key], value):
            raise InputError(
                f"'{part}' in {address} is not understood",
                "The form is test://persons=3,frames=100,size=480x640,seed=0 (size: height x width).",
            )
        values[key] = value
    return values
