"""A window on this machine's screen, for those who stand in front of it."""

from collections.abc import Sequence
from pathlib import Path

import cv2

from rsn_edge.drawing.overlay import draw_poses
from rsn_edge.errors import OutputError
from rsn_edge.frame import Frame
from rsn_edge.people import Tracks
from rsn_edge.sink.protocol import ViewerLeft
from rsn_edge.skeleton import Skeleton

_TITLE = "rsn-edge (q ends)"
_LEAVE = (ord("q"), 27)  # and Esc


class WindowSink:
    """Shows each frame with its skeletons; q, Esc or closing the window ends the run."""

    written: Sequence[Path] = ()

    def __init__(self, skeleton: Skeleton, threshold: float) -> None:
        self._skeleton = skeleton
        self._threshold = threshold

    def __enter__(self) -> "WindowSink":
        try:
            cv2.namedWindow(_TITLE, cv2.WINDOW_NORMAL | cv2.WINDOW_KEEPRATIO)
        except cv2.error as error:
            raise OutputError(
                f"no window can be opened: OpenCV {cv2.__version__} here was built without windows, or no screen is "
                "there",
                "With a screen: pip uninstall opencv-python-headless, then pip install opencv-python.",
            ) from error
        return self

    def __exit__(self, *_: object) -> None:
        cv2.destroyAllWindows()

    def write(self, frame: Frame, tracks: Tracks) -> None:
        """Shows one frame; ViewerLeft when the person at the screen has seen enough."""
        overlay = draw_poses(frame.image_bgr, tracks.poses, self._skeleton, self._threshold, tracks.ids, False)
        cv2.imshow(_TITLE, overlay)
        left = cv2.waitKey(1) & 0xFF in _LEAVE
        if left or cv2.getWindowProperty(_TITLE, cv2.WND_PROP_VISIBLE) < 1:
            raise ViewerLeft
