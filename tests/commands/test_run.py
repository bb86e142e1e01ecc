"""`rsn-edge run` from the outside: what it writes, and what bad input gets."""

import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from rsn_edge.figures import CLIP_RATE
from rsn_edge.source.opening import SAMPLE
from tests.program import ROOT, rsn_edge


def _one_sentence(finished: "subprocess.CompletedProcess[str]") -> str:
    """The only line on stderr of a run that failed as it should."""
    assert finished.returncode == 1, finished.stderr
    assert "Traceback" not in finished.stderr
    lines = [line for line in finished.stderr.splitlines() if line.strip()]
    assert len(lines) == 1, lines
    return lines[0]


def _annotation(number: int, box: Sequence[float]) -> dict[str, object]:
    return {"id": number, "image_id": 1, "category_id": 1, "bbox": list(box)}


def _picture(path: Path) -> NDArray[np.uint8]:
    image = cv2.imread(str(path))
    assert image is not None
    return np.asarray(image, np.uint8)


def test_the_sample_gives_an_overlay_and_says_where(tmp_path: Path) -> None:
    finished = rsn_edge("run", "sample", cwd=tmp_path)

    assert finished.returncode == 0, finished.stderr
    assert "rsn-edge-out/sample.jpg" in finished.stderr
    assert _picture(tmp_path / "rsn-edge-out" / "sample.jpg").shape == _picture(SAMPLE).shape


def test_the_sample_has_one_person_in_every_result_form(tmp_path: Path) -> None:
    finished = rsn_edge(
        "run", "sample", "--jsonl", "a.jsonl", "--coco", "a.json", "--csv", "a.csv", "--openpose", "op", cwd=tmp_path
    )

    assert finished.returncode == 0, finished.stderr
    assert len(json.loads((tmp_path / "a.jsonl").read_text())["persons"]) == 1
    assert len(json.loads((tmp_path / "a.json").read_text())) == 1
    assert len((tmp_path / "a.csv").read_text().splitlines()) == 1 + 17
    assert len(json.loads((tmp_path / "op" / "sample_keypoints.json").read_text())["people"]) == 1


def test_with_an_output_option_nothing_else_is_written(tmp_path: Path) -> None:
    rsn_edge("run", "sample", "--jsonl", "only.jsonl", cwd=tmp_path)

    assert [path.name for path in tmp_path.iterdir()] == ["only.jsonl"]


def test_json_lines_on_stdout_are_nothing_but_lines(tmp_path: Path) -> None:
    finished = rsn_edge("run", "test://persons=2,frames=3", "--jsonl", "-", cwd=tmp_path)

    assert [json.loads(line)["frame"] for line in finished.stdout.splitlines()] == [0, 1, 2]


def test_a_summary_can_be_had_as_json(tmp_path: Path) -> None:
    finished = rsn_edge("run", "sample", "--json", cwd=tmp_path)

    results = json.loads(finished.stdout)["results"]
    assert (results["frames"], results["persons"]) == (1, 1)


def test_drawn_figures_become_a_video(tmp_path: Path) -> None:
    finished = rsn_edge("run", "test://persons=2,frames=5", "--out", "figures.mp4", cwd=tmp_path)

    capture = cv2.VideoCapture(str(tmp_path / "figures.mp4"))
    assert finished.returncode == 0, finished.stderr
    assert int(capture.get(cv2.CAP_PROP_FRAME_COUNT)) == 5


def test_a_broken_picture_in_a_folder_is_named_and_counted(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.jpg").write_bytes(SAMPLE.read_bytes())
    (tmp_path / "in" / "b.jpg").write_bytes(b"not a picture")

    finished = rsn_edge("run", "in", "--jsonl", "a.jsonl", cwd=tmp_path)

    assert finished.returncode == 0
    assert "b.jpg" in finished.stderr
    assert "1 left out" in finished.stderr
    assert len((tmp_path / "a.jsonl").read_text().splitlines()) == 1


def test_strict_makes_a_broken_picture_a_failure(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(SAMPLE.read_bytes())
    (tmp_path / "b.jpg").write_bytes(b"not a picture")

    assert rsn_edge("run", "a.jpg", "b.jpg", "--strict", cwd=tmp_path).returncode == 1


def test_pictures_of_equal_name_do_not_overwrite_each_other(tmp_path: Path) -> None:
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "a.jpg").write_bytes(SAMPLE.read_bytes())

    rsn_edge("run", "one", "two", cwd=tmp_path)

    assert len(list((tmp_path / "rsn-edge-out").iterdir())) == 2


@pytest.mark.parametrize(
    ("source", "content"),
    [
        ("missing.jpg", None),
        ("zero.jpg", b""),
        ("text.jpg", b"hello, I am a text"),
        ("cut.png", cv2.imencode(".png", np.zeros((8, 8, 3), np.uint8))[1].tobytes()[:40]),
        ("broken.mp4", b"\x00\x00\x00\x20ftypisom" + bytes(200)),
        ("nothing/*.jpg", None),
        ("/dev/video97", None),
        ("rtsp://user:secret@camera/1", None),
        ("test://persons=lots", None),
    ],
    ids=["missing", "zero-bytes", "text", "cut", "video", "glob", "camera", "address", "figures"],
)
def test_a_source_that_cannot_be_read_is_one_sentence(tmp_path: Path, source: str, content: bytes | None) -> None:
    if content is not None:
        (tmp_path / source).write_bytes(content)

    sentence = _one_sentence(rsn_edge("run", source, cwd=tmp_path))

    assert sentence.startswith("rsn-edge: ")
    assert "secret" not in sentence
    assert not list(tmp_path.glob("rsn-edge-out/*"))


def test_an_empty_folder_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()

    assert "empty" in _one_sentence(rsn_edge("run", "empty", cwd=tmp_path))


@pytest.mark.parametrize(
    "content", [b"", b"hello", b"\x08\x08" + bytes(500), b"PK\x03\x04"], ids=["empty", "text", "garbage", "zip"]
)
def test_a_wrong_model_file_is_one_sentence(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "model.onnx").write_bytes(content)

    assert "model.onnx" in _one_sentence(rsn_edge("run", "sample", "--model", "model.onnx", cwd=tmp_path))


def test_detector_and_pose_network_in_the_wrong_places_are_told_apart(tmp_path: Path) -> None:
    as_model = _one_sentence(rsn_edge("run", "sample", "--model", "person-nano", cwd=tmp_path))
    as_detector = _one_sentence(rsn_edge("run", "sample", "--detector", "rsn-nano", cwd=tmp_path))

    assert ("--detector" in as_model, "--model" in as_detector) == (True, True)


def test_a_zoo_name_without_weights_says_how_to_bring_them_in(tmp_path: Path) -> None:
    assert "import-weights" in _one_sentence(rsn_edge("run", "sample", "--model", "rsn18", cwd=tmp_path))


def test_a_provider_that_is_not_there_is_no_silent_fallback(tmp_path: Path) -> None:
    assert "cuda" in _one_sentence(rsn_edge("run", "sample", "--provider", "cuda", cwd=tmp_path)).lower()


@pytest.mark.parametrize(
    "annotations", ["{}", "[1, 2]", '{"images": []}', "not json"], ids=["empty", "list", "half", "text"]
)
def test_boxes_of_another_form_are_one_sentence(tmp_path: Path, annotations: str) -> None:
    (tmp_path / "boxes.json").write_text(annotations)

    assert "boxes.json" in _one_sentence(rsn_edge("run", "sample", "--boxes", "boxes.json", cwd=tmp_path))


def test_boxes_outside_the_picture_and_without_size_are_taken(tmp_path: Path) -> None:
    boxes = [[-500, -500, 100, 100], [10, 10, 0, 0], [5000, 5000, 40, 90], [100, 100, 200, 400]]
    annotations = [_annotation(i, box) for i, box in enumerate(boxes)]
    document = {"images": [{"id": 1, "file_name": "sample.jpg"}], "annotations": annotations}
    (tmp_path / "boxes.json").write_text(json.dumps(document))

    finished = rsn_edge("run", "sample", "--boxes", "boxes.json", "--jsonl", "-", cwd=tmp_path)

    assert finished.returncode == 0, finished.stderr
    assert len(json.loads(finished.stdout)["persons"]) == 4


def test_boxes_of_other_pictures_are_a_failure_that_says_so(tmp_path: Path) -> None:
    document = {"images": [{"id": 1, "file_name": "other.jpg"}], "annotations": [_annotation(1, [0, 0, 9, 9])]}
    (tmp_path / "boxes.json").write_text(json.dumps(document))

    finished = rsn_edge("run", "sample", "--boxes", "boxes.json", "--jsonl", "-", cwd=tmp_path)

    assert finished.returncode == 1
    assert "boxes.json" in finished.stderr


@pytest.mark.parametrize(
    "options",
    [
        ("--boxes", "whole", "--detector", "person-nano"),
        ("--bf16",),
        ("--device", "1"),
        ("--camera", "0"),
        ("--json", "--jsonl", "-"),
        ("--threshold", "nan"),
    ],
    ids=["boxes-and-detector", "bf16", "device", "camera", "stdout-twice", "nan"],
)
def test_options_that_contradict_each_other_are_a_wrong_command_line(tmp_path: Path, options: tuple[str, ...]) -> None:
    assert rsn_edge("run", "sample", *options, cwd=tmp_path).returncode == 2


def test_pytorch_runs_both_embedded_networks(tmp_path: Path) -> None:
    finished = rsn_edge("run", "sample", "--backend", "torch", "--jsonl", "-", cwd=tmp_path)

    assert len(json.loads(finished.stdout)["persons"]) == 1


def test_a_path_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    assert "file" in _one_sentence(rsn_edge("run", "sample", "--out", "file/below", cwd=tmp_path))


def test_a_full_disk_leaves_the_part_file_and_one_sentence(tmp_path: Path) -> None:
    script = (
        "import resource, signal, sys; signal.signal(signal.SIGXFSZ, signal.SIG_IGN); "
        "resource.setrlimit(resource.RLIMIT_FSIZE, (60000, 60000)); sys.path.insert(0, sys.argv.pop(1)); "
        "from rsn_edge.cli import main; main(sys.argv[1:])"
    )
    command = [sys.executable, "-c", script, str(ROOT), "run", "test://persons=3,frames=40", "--out", "full.mp4"]

    finished = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, check=False)

    assert finished.returncode == 1
    assert "Traceback" not in finished.stderr
    assert "full.mp4 could not be written" in finished.stderr
    assert not (tmp_path / "full.mp4").exists()


def test_ctrl_c_closes_the_outputs_and_exits_with_130(tmp_path: Path) -> None:
    _assert_stopped_by(signal.SIGINT, 130, tmp_path)


def test_sigterm_closes_the_outputs_and_exits_with_143(tmp_path: Path) -> None:
    _assert_stopped_by(signal.SIGTERM, 143, tmp_path)


def _assert_stopped_by(number: signal.Signals, code: int, folder: Path) -> None:
    with _long_run(folder) as process:
        process.send_signal(number)
        process.wait(120)

    assert process.returncode == code
    assert cv2.VideoCapture(str(folder / "long.mp4")).get(cv2.CAP_PROP_FRAME_COUNT) > 0
    assert json.loads((folder / "long.jsonl").read_text().splitlines()[-1])["frame"] > 0


def test_after_kill_9_the_part_files_hold_whole_lines_and_play_to_within_a_second(tmp_path: Path) -> None:
    with _long_run(tmp_path) as process:
        process.kill()

    lines = [json.loads(line) for line in (tmp_path / "long.part.jsonl").read_text().splitlines()]
    capture = cv2.VideoCapture(str(tmp_path / "long.part.mp4"))
    played = 0
    while capture.read()[0]:
        played += 1
    assert len(lines) - played <= CLIP_RATE + 1  # a second, and the frame that was being written


@contextmanager
def _long_run(folder: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """A run that has written more than two seconds of video and is still at it; it is dead when the block ends."""
    command = [sys.executable, str(ROOT / "cli.py"), "run", "test://persons=1,frames=100000,size=96x128"]
    process = subprocess.Popen([*command, "--out", "long.mp4", "--jsonl", "long.jsonl"], cwd=folder)
    part, deadline = folder / "long.part.jsonl", time.monotonic() + 240
    try:
        while not part.exists() or part.read_bytes().count(b"\n") < 2.5 * CLIP_RATE:
            assert time.monotonic() < deadline
            time.sleep(0.05)
        yield process
    finally:
        process.kill()
        process.wait()
