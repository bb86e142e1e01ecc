"""`test://`: drawn figures as a source."""

from fractions import Fraction

import numpy as np
import pytest

from rsn_edge.errors import InputError
from rsn_edge.source.drawn import DrawnSource
from rsn_edge.source.protocol import SourceFacts


def test_an_address_says_how_many_frames_of_which_size() -> None:
    with DrawnSource("test://persons=2,frames=3,size=96x128,seed=5") as source:
        frames = list(source)

    assert [frame.index for frame in frames] == [0, 1, 2]
    assert frames[0].size_hw == (96, 128)
    assert [float(frame.pts or 0) for frame in frames] == [0, 0.04, 0.08]
    assert source.facts == SourceFacts("test://persons=2,frames=3,size=96x128,seed=5", "video", 3, Fraction(25))


def test_equal_addresses_give_equal_pictures_and_another_seed_others() -> None:
    def first(seed: int) -> bytes:
        return next(iter(DrawnSource(f"test://persons=1,frames=2,size=64x64,seed={seed}"))).image_bgr.tobytes()

    assert first(1) == first(1)
    assert first(1) != first(2)


def test_everything_has_a_default() -> None:
    facts = DrawnSource("test://").facts

    assert facts.frames == 100


def test_pictures_differ_from_frame_to_frame() -> None:
    first, last = DrawnSource("test://persons=1,frames=2,size=64x64")

    assert np.any(first.image_bgr != last.image_bgr)


@pytest.mark.parametrize(
    "wrong", ["persons=many", "people=3", "size=640", "size=0x10", "frames=0", "persons=-1", "persons"]
)
def test_an_address_that_is_not_understood_shows_the_form(wrong: str) -> None:
    with pytest.raises(InputError, match=f"'{wrong}' in .* The form is test://persons=3"):
        DrawnSource(f"test://{wrong}")
