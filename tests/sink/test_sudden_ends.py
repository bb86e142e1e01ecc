"""What is left after kill -9 and after a disk is full; both happen to a child process."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from rsn_edge.sink.lines import MediaClock, json_lines_sink
from rsn_edge.sink.video import VideoSink
from rsn_edge.skeleton import COCO17
from rsn_edge.source.video import VideoSource
from tests.sink.crafted import THRESHOLD

ROOT = Path(__file__).parents[2]
RATE = 10

ENDLESS = """
import sys
from fractions import Fraction
from itertools import count
from pathlib import Path
import numpy as np
from rsn_edge.frame import Frame
from rsn_edge.sink.coco import CocoSink
from rsn_edge.sink.lines import MediaClock
from rsn_edge.sink.lines import json_lines_sink
from rsn_edge.sink.files import OutputNames
from rsn_edge.sink.openpose import openpose_sink
from rsn_edge.sink.pictures import pictures_sink
from rsn_edge.sink.video import VideoSink
from rsn_edge.skeleton import COCO17
from tests.sink.crafted import two_persons

def run(sinks, count_of_frames):
    noise = np.random.default_rng(0)
    for index in count_of_frames:
        image = noise.integers(0, 255, (96, 128, 3), np.uint8)
        for sink in sinks:
            sink.write(Frame(image, index, pts=Fraction(index, 10), source="noise.png"), two_persons())
        print(index, flush=True)
"""

TO_BE_KILLED = """
folder = Path(sys.argv[1])
video = VideoSink(folder / "out.mp4", COCO17, 0.2, Fraction(10))
with video, json_lines_sink(folder / "out.jsonl", 0.2, MediaClock()) as lines:
    run([video, lines], count())
"""

ON_A_FULL_DISK = """
import resource
from rsn_edge.errors import OutputError
folder = Path(sys.argv[1])
sink = {
    "video": lambda: VideoSink(folder / "out.mp4", COCO17, 0.2, Fraction(10)),
    "jsonl": lambda: json_lines_sink(folder / "out.jsonl", 0.2, MediaClock()),
    "pictures": lambda: pictures_sink(OutputNames(folder, numbered=False), COCO17, 0.2),
    "openpose": lambda: openpose_sink(OutputNames(folder, numbered=True), COCO17, 0.2),
    "coco": lambda: CocoSink(folder / "out.json"),
}[sys.argv[2]]()
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[3]), resource.RLIM_INFINITY))
try:
    with sink:
        run([sink], range(300))
except OutputError as error:
    sys.exit(str(error))
"""


def _child(script: str, *arguments: str) -> "subprocess.Popen[str]":
    command = [sys.executable, "-c", ENDLESS + script, *arguments]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def _kill_after(frames: int, folder: Path) -> None:
    with _child(TO_BE_KILLED, str(folder)) as child:
        assert child.stdout is not None
        while child.stdout.readline().strip() != str(frames - 1):
            assert child.poll() is None
        child.send_signal(signal.SIGKILL)


def test_after_kill_9_the_parts_are_whole_and_the_next_run_says_where_they_lie(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    _kill_after(35, tmp_path)

    with VideoSource(tmp_path / "out.part.mp4") as video:
        frames = list(video)
    lines = [json.loads(line) for line in (tmp_path / "out.part.jsonl").read_text().splitlines()]

    assert len(frames) >= 35 - RATE
    assert video.skipped == []
    assert [line["frame"] for line in lines][:35] == list(range(35))
    with VideoSink(tmp_path / "out.mp4", COCO17, THRESHOLD), json_lines_sink(tmp_path / "out.jsonl", 0.2, MediaClock()):
        pass
    assert [message.rpartition("/")[2] for message in caplog.messages] == ["out.part-1.mp4", "out.part-1.jsonl"]


@pytest.mark.parametrize(
    ("kind", "limit", "left"),
    [
        ("video", 60_000, ["out.part.mp4"]),
        ("jsonl", 20_000, ["out.part.jsonl"]),
        ("pictures", 5_000, []),
        ("openpose", 500, []),
        ("coco", 20_000, []),
    ],
)
def test_a_full_disk_is_one_sentence_and_no_half_file_has_a_final_name(
    kind: str, limit: int, left: list[str], tmp_path: Path
) -> None:
    _, errors = _child(ON_A_FULL_DISK, str(tmp_path), kind, str(limit)).communicate(timeout=60)

    assert "could not be written: File too large." in errors
    assert len(errors.splitlines()) == 1
    assert [path.name for path in tmp_path.iterdir()] == left


def test_lines_before_a_full_disk_are_whole(tmp_path: Path) -> None:
    _child(ON_A_FULL_DISK, str(tmp_path), "jsonl", "20000").communicate(timeout=60)

    text = (tmp_path / "out.part.jsonl").read_text()

    assert text.endswith("}\n")
    assert len([json.loads(line) for line in text.splitlines()]) > 5


def test_fragments_before_a_full_disk_play(tmp_path: Path) -> None:
    _child(ON_A_FULL_DISK, str(tmp_path), "video", "200000").communicate(timeout=60)

    with VideoSource(tmp_path / "out.part.mp4") as video:
        assert len(list(video)) >= RATE
