"""What a poser reads on the pictures of a set: whose boxes, which score, which pictures."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from rsn_edge.coco import CocoKeypoints, read_annotations
from rsn_edge.errors import InputError
from rsn_edge.frame import Frame
from rsn_edge.people import Persons, Poses
from rsn_edge.reading import annotated_persons, read_poses
from tests.benchmarks.drawn_set import write_split
from tests.fakes import DiagonalPoser, GivenPersons, persons_of
from tests.source.crafted import png_that_claims


@pytest.fixture(name="drawn")
def _drawn(tmp_path: Path) -> tuple[CocoKeypoints, Path]:
    return read_annotations(write_split(tmp_path, persons=(1, 2, 0))), tmp_path / "val2017"


class UnsurePoser(DiagonalPoser):
    """Gives joint 0 the score 0.1 and misses joint 1."""

    def poses(self, frame: Frame, persons: Persons) -> Poses:
        """As said."""
        poses = super().poses(frame, persons)
        poses.scores[:, 0], poses.keypoints_xy[:, 1] = 0.1, np.nan
        return poses


def test_a_picture_gives_results_of_its_id_and_their_boxes(drawn: tuple[CocoKeypoints, Path]) -> None:
    truth, pictures = drawn

    reading = read_poses(DiagonalPoser(), truth, 1, pictures, annotated_persons(truth))

    assert reading is not None
    assert [result["image_id"] for result in reading.results] == [12, 12]
    np.testing.assert_array_equal(reading.boxes.boxes_xyxy, truth.boxes_xyxy[1:])


def test_a_picture_without_persons_need_not_be_there(drawn: tuple[CocoKeypoints, Path]) -> None:
    truth, pictures = drawn
    (pictures / truth.file_names[2]).unlink()

    reading = read_poses(DiagonalPoser(), truth, 2, pictures, annotated_persons(truth))

    assert reading is not None
    assert (reading.image_id, reading.results) == (13, [])


def test_a_broken_picture_leaves_no_remarks_of_opencv(
    drawn: tuple[CocoKeypoints, Path], capfd: pytest.CaptureFixture[str]
) -> None:
    truth, pictures = drawn
    (pictures / truth.file_names[0]).write_bytes(png_that_claims(100_000, 100_000))

    assert read_poses(DiagonalPoser(), truth, 0, pictures, GivenPersons(persons_of([0, 0, 9, 9]))) is None
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize("content", [None, b"no picture"], ids=["missing", "broken"])
def test_a_picture_that_cannot_be_read_is_none(drawn: tuple[CocoKeypoints, Path], content: bytes | None) -> None:
    truth, pictures = drawn
    path = pictures / truth.file_names[0]
    path.unlink() if content is None else path.write_bytes(content)

    assert read_poses(DiagonalPoser(), truth, 0, pictures, GivenPersons(persons_of([0, 0, 9, 9]))) is None


def test_a_picture_of_another_size_is_one_sentence(drawn: tuple[CocoKeypoints, Path]) -> None:
    truth, pictures = drawn

    other = replace(truth, sizes_hw=truth.sizes_hw * 2)

    with pytest.raises(InputError, match="is 320x240 pixels, but the annotations were made on 640x480"):
        read_poses(DiagonalPoser(), other, 0, pictures, annotated_persons(truth))


def test_the_official_score_is_the_mean_of_all_joints_and_mmpose_leaves_the_lowest_out(
    drawn: tuple[CocoKeypoints, Path],
) -> None:
    truth, pictures = drawn
    detector = GivenPersons(persons_of([0, 0, 50, 90], scores=[0.5]))

    official = read_poses(UnsurePoser(), truth, 0, pictures, detector)
    mmpose = read_poses(UnsurePoser(), truth, 0, pictures, detector, "mmpose")

    assert official is not None
    assert mmpose is not None
    assert official.results[0]["score"] == pytest.approx(0.5 * (15 * 1.3 + 0.1) / 17)
    assert mmpose.results[0]["score"] == pytest.approx(0.5 * 1.3)


def test_annotated_boxes_are_the_labelled_persons_that_are_no_crowd(drawn: tuple[CocoKeypoints, Path]) -> None:
    truth, _ = drawn
    marked = replace(truth, crowd=np.array([False, True, False]), labelled=np.array([3, 5, 0]))

    assert [len(persons) for persons in annotated_persons(marked)] == [1, 0, 0]


def test_mmpose_clips_annotated_boxes_to_the_last_pixel(drawn: tuple[CocoKeypoints, Path]) -> None:
    truth, _ = drawn
    wide = replace(truth, boxes_xyxy=np.tile(np.array([-5, -5, 320, 240], np.float32), (3, 1)))

    assert annotated_persons(wide, "official")[0].boxes_xyxy[0].tolist() == [-5, -5, 320, 240]
    assert annotated_persons(wide, "mmpose")[0].boxes_xyxy[0].tolist() == [0, 0, 319, 239]


def test_without_known_sizes_nothing_is_clipped(drawn: tuple[CocoKeypoints, Path]) -> None:
    truth, _ = drawn
    unsized = replace(truth, sizes_hw=truth.sizes_hw * 0)

    np.testing.assert_array_equal(annotated_persons(unsized, "mmpose")[0].boxes_xyxy, truth.boxes_xyxy[:1])
