"""From the outputs that a user names to sinks: what fits, and what would be lost."""

from contextlib import ExitStack
from pathlib import Path

import pytest

from rsn_edge.errors import InputError, OutputError
from rsn_edge.sink.opening import Outputs, open_sinks
from rsn_edge.sink.video import VideoSink
from rsn_edge.skeleton import COCO17
from rsn_edge.source.protocol import SourceFacts
from tests.sink.crafted import THRESHOLD, frame, nobody


def _picture(*paths: Path) -> SourceFacts:
    return SourceFacts("pictures", "pictures", len(paths), paths=paths)


@pytest.mark.parametrize(
    "outputs",
    [
        Outputs(out=Path("a.jpg")),
        Outputs(jsonl="a.jpg"),
        Outputs(coco=Path("a.jpg")),
        Outputs(csv=Path("other/../a.jpg")),
    ],
    ids=["out", "jsonl", "coco", "csv"],
)
def test_no_output_overwrites_a_source(outputs: Outputs) -> None:
    with pytest.raises(OutputError, match=r"would overwrite a\.jpg, which this run reads"):
        open_sinks(outputs, _picture(Path("a.jpg")), COCO17, THRESHOLD)


def test_a_source_that_is_called_like_a_part_file_is_not_moved_aside() -> None:
    clip = SourceFacts("clip.part.mp4", "video", paths=(Path("clip.part.mp4"),))

    with pytest.raises(OutputError, match=r"--out clip\.mp4 would overwrite clip\.part\.mp4"):
        open_sinks(Outputs(out=Path("clip.mp4")), clip, COCO17, THRESHOLD)


def test_a_video_is_not_written_over_itself_in_its_own_folder(tmp_path: Path) -> None:
    clip = SourceFacts(str(tmp_path / "clip.mp4"), "video", paths=(tmp_path / "clip.mp4",))

    with pytest.raises(OutputError, match="which this run reads"):
        open_sinks(Outputs(out=tmp_path), clip, COCO17, THRESHOLD)


def test_other_files_that_the_run_reads_stay() -> None:
    with pytest.raises(OutputError, match=r"would overwrite boxes\.json"):
        open_sinks(Outputs(coco=Path("boxes.json"), boxes=Path("boxes.json")), _picture(), COCO17, THRESHOLD)


@pytest.mark.parametrize(
    "outputs",
    [
        Outputs(jsonl="x", csv=Path("x")),
        Outputs(coco=Path("x"), jsonl="./x"),
        Outputs(jsonl="x.csv", csv=Path("x.part.csv")),
    ],
    ids=["jsonl-csv", "coco-jsonl", "part"],
)
def test_two_outputs_of_one_name_are_refused(outputs: Outputs) -> None:
    with pytest.raises(OutputError, match="would overwrite the output of --jsonl"):
        open_sinks(outputs, _picture(), COCO17, THRESHOLD)


@pytest.mark.parametrize("option", ["out", "coco", "openpose", "csv"])
def test_only_json_lines_go_to_standard_output(option: str) -> None:
    with pytest.raises(InputError, match="only --jsonl"):
        open_sinks(Outputs(**{option: Path("-")}), _picture(), COCO17, THRESHOLD)  # type: ignore[arg-type]


def test_overlays_in_the_folder_of_their_sources_replace_none_of_them(tmp_path: Path) -> None:
    sources = tmp_path / "a.bmp", tmp_path / "a.jpg"
    sources[1].write_bytes(b"an original")

    (sink,) = open_sinks(Outputs(out=tmp_path), _picture(*sources), COCO17, THRESHOLD)
    sink.write(frame(0, str(sources[0])), nobody())

    assert sources[1].read_bytes() == b"an original"
    assert sink.written == [tmp_path / f"{tmp_path.name}_a.jpg"]


def test_an_overlay_does_not_take_the_name_of_another_output(tmp_path: Path) -> None:
    outputs = Outputs(openpose=tmp_path, jsonl=str(tmp_path / "a_keypoints.json"))

    with ExitStack() as opened:
        for sink in open_sinks(outputs, _picture(Path("in/a.jpg")), COCO17, THRESHOLD):
            opened.enter_context(sink).write(frame(0, "in/a.jpg"), nobody())

    assert sorted(path.name for path in tmp_path.iterdir()) == ["a_keypoints.json", "in_a_keypoints.json"]


def test_a_video_in_a_folder_is_called_after_its_source(tmp_path: Path) -> None:
    (sink,) = open_sinks(Outputs(out=tmp_path), SourceFacts("test://persons=2", "video"), COCO17, THRESHOLD)

    assert isinstance(sink, VideoSink)
    with sink:
        sink.write(frame(), nobody())
    assert sink.written == [tmp_path / "test-persons-2.mp4"]


def test_a_version_number_at_the_end_of_a_name_is_no_suffix(tmp_path: Path) -> None:
    facts = SourceFacts("street.jpg", "pictures", 1)

    (sink,) = open_sinks(Outputs(out=tmp_path / "run-3.11"), facts, COCO17, 0.4)
    with sink:
        sink.write(frame(), nobody())

    assert sink.written[0].parent == tmp_path / "run-3.11"


def test_many_pictures_do_not_fit_into_one(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is one file, and pictures has 2 pictures"):
        open_sinks(Outputs(out=tmp_path / "a.jpg"), _picture(Path("b.jpg"), Path("c.jpg")), COCO17, THRESHOLD)
