"""Two persons with known numbers: the first has one missing and one unsure joint, the second is followed as 7."""

from fractions import Fraction

import numpy as np

from rsn_edge.frame import Frame
from rsn_edge.people import Poses, Tracks
from rsn_edge.skeleton import COCO17

THRESHOLD = 0.2
MISSING, UNSURE = 3, 5
SECOND = 10**9


def two_persons() -> Tracks:
    """Joint k of person n lies at (10 n + k + 1/3, 100 + k) with confidence 0.9; detector scores 0.8 and 0.5."""
    xy = np.stack(np.broadcast_arrays(10.0 * np.arange(2)[:, None] + np.arange(17) + 1 / 3, 100.0 + np.arange(17)), -1)
    xy = xy.astype(np.float32)
    confidence = np.full((2, 17), 0.9, np.float32)
    xy[0, MISSING] = np.nan
    confidence[0, MISSING], confidence[0, UNSURE] = 0.0, 0.1
    boxes = np.array([[1.234, 2, 30, 40.5], [5, 6, 70, 80]], np.float32)
    poses = Poses(xy, 0.5 + confidence, confidence, boxes, np.array([0.8, 0.5], np.float32))
    return Tracks(poses, np.array([-1, 7]), np.array([0, 4]))


def nobody() -> Tracks:
    """No persons."""
    return Tracks.untracked(Poses.empty(len(COCO17.joints)))


def frame(
    index: int = 0,
    source: str = "clip.mp4",
    pts: Fraction | None = None,
    size_hw: tuple[int, int] = (48, 64),
    grey: int = 90,
) -> Frame:
    """A grey frame; the clock stood at 100 seconds and as many more as its index says."""
    image = np.full((*size_hw, 3), grey, np.uint8)
    return Frame(image, index, t_capture_ns=(100 + index) * SECOND, pts=pts, source=source)
