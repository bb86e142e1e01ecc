"""Crops for calibration are fed exactly as a run feeds the network."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from export.crop_set import CropSet
from export.sampling import sample
from rsn_edge.backend.function import FunctionBackend
from rsn_edge.backend.protocol import TensorSpec
from rsn_edge.coco import read_annotations
from rsn_edge.detector.cells import CellDetector
from rsn_edge.frame import Frame
from rsn_edge.poser import CropPoser
from rsn_edge.reading import annotated_persons
from rsn_edge.source.decode import read_picture
from rsn_edge.spec import DETECTORS, VARIANTS, ModelSpec
from tests.benchmarks.drawn_set import write_split

NANO, PERSON = VARIANTS["rsn-nano"], DETECTORS["person-nano"]
SPECS = {
    "bgr": NANO,
    "rgb": replace(NANO, colour="rgb", padding=(1.09, 1.135)),
    "wide": replace(NANO, input_hw=(96, 128)),
}


def crop_set(*levels: int) -> CropSet:
    """Even crops of 4 x 2 pixels."""
    pixels = np.stack([np.full((4, 2, 3), level, np.uint8) for level in levels])
    return CropSet(pixels, tuple(map(str, levels)), np.arange(len(levels), dtype=np.float32), "levels")


def fed_in_a_run(spec: ModelSpec, annotations: Path) -> set[bytes]:
    """The crops that CropPoser gives its backend for the annotated persons."""
    fed: set[bytes] = set()

    def maps(feed: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
        fed.update(crop.tobytes() for crop in feed["crops"])
        return {"heatmaps": np.zeros((len(feed["crops"]), spec.joints, *spec.heatmap_hw), np.float32)}

    takes = TensorSpec("crops", (-1, 3, *spec.input_hw), "float32")
    gives = TensorSpec("heatmaps", (-1, spec.joints, *spec.heatmap_hw), "float32")
    poser, truth = CropPoser(FunctionBackend((takes,), (gives,), maps), spec), read_annotations(annotations)
    for name, persons in zip(truth.file_names, annotated_persons(truth), strict=True):
        poser.poses(Frame(read_picture(annotations.parents[1] / "val2017" / name)), persons)
    return fed


@pytest.mark.parametrize("name", SPECS)
def test_a_pose_network_is_fed_as_in_a_run_byte_for_byte(tmp_path: Path, name: str) -> None:
    annotations = write_split(tmp_path, persons=(1, 2, 0, 3))

    crops, _ = sample(f"{tmp_path}:val2017", SPECS[name], 64, pytest.fail)

    fed = [feed.tobytes() for feed in crops.feeds(SPECS[name])]
    assert len(fed) == 6
    assert set(fed) == fed_in_a_run(SPECS[name], annotations)


def test_a_detector_is_fed_as_in_a_run_byte_for_byte(tmp_path: Path) -> None:
    write_split(tmp_path, persons=(1, 2, 0))
    fed: set[bytes] = set()

    def maps(feed: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
        fed.add(feed["canvas"].tobytes())
        return {"scores": np.zeros((1, 1, 40, 40), np.float32), "ltrb": np.zeros((1, 4, 40, 40), np.float32)}

    takes = TensorSpec("canvas", (1, 3, 320, 320), "float32")
    gives = TensorSpec("scores", (1, 1, 40, 40), "float32"), TensorSpec("ltrb", (1, 4, 40, 40), "float32")
    detector = CellDetector(FunctionBackend((takes,), gives, maps), PERSON)
    for picture in (tmp_path / "val2017").iterdir():
        detector.detect(Frame(read_picture(picture)))

    crops, _ = sample(f"{tmp_path}:val2017", PERSON, 64, pytest.fail)
    assert {feed.tobytes() for feed in crops.feeds(PERSON)} == fed


def test_the_digest_does_not_know_the_order() -> None:
    assert crop_set(1, 2, 3).sha256 == crop_set(3, 1, 2).sha256
    assert crop_set(1, 2, 3).sha256 != crop_set(1, 2, 4).sha256
    assert crop_set(1, 2, 2).sha256 != crop_set(1, 2).sha256


def test_a_selection_keeps_what_is_known_of_each_crop_beside_it() -> None:
    chosen = crop_set(7, 8, 9)[[2, 0]]

    assert chosen.names == ("9", "7")
    assert chosen.areas.tolist() == [2, 0]
    assert chosen.pixels_nhwc[:, 0, 0, 0].tolist() == [9, 7]


def test_crops_without_facts_are_a_mistake() -> None:
    with pytest.raises(ValueError, match="n facts of each kind"):
        replace(crop_set(1, 2), names=("one",))
