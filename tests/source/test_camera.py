"""Cameras, with a capture that is played by the test."""

from collections.abc import Iterable
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rsn_edge.errors import InputError, SourceError, SourceTimeout
from rsn_edge.source.camera import CameraSource

PICTURE = np.zeros((4, 6, 3), np.uint8)


class _Played:
    def __init__(self, reads: Iterable[Any], opened: bool = True) -> None:
        self.reads = iter(reads)
        self.opened = opened
        self.released = False

    def isOpened(self) -> bool:  # noqa: N802
        return self.opened

    def read(self) -> tuple[bool, Any]:
        image = next(self.reads, None)
        return image is not None, image

    def get(self, propId: int) -> float:  # noqa: N803
        return 29.97

    def release(self) -> None:
        self.released = True


@pytest.fixture
def device(tmp_path: Path) -> Path:
    path = tmp_path / "video3"
    path.touch()
    return path


def test_frames_carry_their_time_and_the_name_of_the_camera(device: Path) -> None:
    capture = _Played([PICTURE, PICTURE])

    with CameraSource(device, open_capture=lambda number: capture) as source:
        frames = list(islice(source, 2))

    assert [(frame.index, frame.source, frame.pts) for frame in frames] == [
        (0, "camera 3", None),
        (1, "camera 3", None),
    ]
    assert 0 < frames[0].t_capture_ns <= frames[1].t_capture_ns
    assert capture.released


def test_the_rate_is_a_fraction_and_the_end_unknown(device: Path) -> None:
    facts = CameraSource(device, open_capture=lambda number: _Played([])).facts

    assert (facts.kind, facts.frames) == ("camera", None)
    assert facts.rate == pytest.approx(29.97)


def test_the_device_number_is_what_is_opened(device: Path) -> None:
    numbers: list[int] = []

    CameraSource(device, open_capture=lambda number: numbers.append(number) or _Played([]))  # type: ignore[func-returns-value]

    assert numbers == [3]


def test_a_hiccup_is_not_the_end(device: Path) -> None:
    source = CameraSource(device, open_capture=lambda number: _Played([None, None, PICTURE]))

    assert next(iter(source)).index == 0


def test_silence_is_a_timeout(device: Path) -> None:
    source = CameraSource(device, timeout_s=0, open_capture=lambda number: _Played([]))

    with pytest.raises(SourceTimeout, match=r"camera 3 .* gave no picture for 0 seconds"):
        next(iter(source))


def test_an_unplugged_camera_is_an_error_and_no_timeout(device: Path) -> None:
    source = CameraSource(device, timeout_s=0, open_capture=lambda number: _Played([]))
    device.unlink()

    with pytest.raises(SourceError, match="unplugged") as caught:
        next(iter(source))

    assert not isinstance(caught.value, SourceTimeout)


def test_a_camera_that_is_not_there_names_those_that_are(device: Path) -> None:
    (device.parent / "video10").touch()

    with pytest.raises(InputError, match=r"no camera at .*video7.*video3, .*video10\.$"):
        CameraSource(device.parent / "video7")


def test_a_machine_without_cameras_says_so(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="This machine has no camera"):
        CameraSource(tmp_path / "video0")


def test_a_device_that_does_not_open_is_released_and_explained(device: Path) -> None:
    capture = _Played([], opened=False)

    with pytest.raises(InputError, match="group 'video'"):
        CameraSource(device, open_capture=lambda number: capture)

    assert capture.released


def test_a_device_of_another_kind_is_no_camera() -> None:
    with pytest.raises(InputError, match="/dev/null is no camera"):
        CameraSource(Path("/dev/null"))


def test_a_link_leads_to_the_camera(device: Path) -> None:
    (device.parent / "usb-Maker_Model").symlink_to(device)

    source = CameraSource(device.parent / "usb-Maker_Model", open_capture=lambda number: _Played([]))

    assert source.facts.name == "camera 3"


def test_opencv_keeps_quiet_about_a_device_that_is_no_camera(device: Path, capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(InputError):
        CameraSource(device)

    assert capfd.readouterr().err == ""
