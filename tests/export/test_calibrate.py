"""Ranges of a network: those of what it was shown, whoever shows it in what order."""

from pathlib import Path

import numpy as np
import onnx
import pytest

from export.calibrate import calibrate, float_network, tensors_to_watch
from export.crop_set import CropSet
from export.int8_cpu import int8_for_cpu, sliced
from export.int8_tensorrt import int8_for_tensorrt
from export.surgery import Surgery
from rsn_edge.artefact.checkpoint import write_checkpoint
from rsn_edge.calibration import Calibration, write_calibration
from rsn_edge.errors import ArtefactError
from rsn_edge.quantisation import Form, place
from tests.export.networks import NANO, ROWS, seeded
from tests.export.quantised import float_model


def noisy_crops(count: int) -> CropSet:
    pixels = np.random.default_rng(0).integers(0, 256, (count, 64, 64, 3)).astype(np.uint8)
    names = tuple(f"{n:012d}.jpg" for n in range(count))
    return CropSet(pixels, names, np.arange(count, dtype=np.float32), "noise")


def calibrated(crops: CropSet, row: str = "rsn-nano", threads: int = 1) -> Calibration:
    return calibrate(float_model(row), ROWS[row], crops, {"dark": 1}, threads=threads)


def test_any_order_and_number_of_threads_gives_the_same_file(tmp_path: Path) -> None:
    crops = noisy_crops(8)
    for threads in (1, 3):
        order = np.random.default_rng(threads).permutation(8)
        write_calibration(tmp_path / f"{threads}.json", calibrated(crops[order], "person-nano", threads))

    assert len({path.read_bytes() for path in tmp_path.iterdir()}) == 1


def test_another_crop_gives_other_ranges() -> None:
    first, second = calibrated(noisy_crops(3), "person-nano"), calibrated(noisy_crops(4), "person-nano")

    assert first.crops_sha256 != second.crops_sha256
    assert first.ranges != second.ranges


def test_a_calibration_says_what_it_was_made_of() -> None:
    made = calibrated(noisy_crops(3), "person-nano")

    assert made.weights_sha256 == seeded(ROWS["person-nano"]).weights_sha256
    assert (made.crops, made.image_ids, made.source, made.coverage) == (3, (0, 1, 2), "noise", {"dark": 1})


@pytest.mark.parametrize("row", ["rsn-nano", "prm-official", "person-nano"])
def test_both_forms_find_every_range_that_they_need(row: str) -> None:
    ranges = calibrated(noisy_crops(2), row).selected("max")

    for_processors = Surgery(float_model(row))
    sliced(for_processors)
    int8_for_cpu(for_processors, ranges)
    forms: tuple[Form, ...] = ("conv", "residual", "full")
    for form in forms:
        for_tensorrt = Surgery(float_model(row))
        int8_for_tensorrt(for_tensorrt, ranges, place(for_tensorrt.operations, form))

    assert sorted(ranges) == tensors_to_watch(float_model(row))


def test_a_checkpoint_is_the_network_of_its_export(tmp_path: Path) -> None:
    write_checkpoint(tmp_path / "mine.safetensors", seeded(NANO))

    network, spec = float_network(tmp_path / "mine.safetensors")

    assert network == float_model("rsn-nano")
    assert spec == NANO


def test_a_quantised_file_is_refused(tmp_path: Path) -> None:
    graph = Surgery(float_model("rsn-nano"))
    onnx.save(graph.model({"rsn_edge.precision": "int8"}), tmp_path / "mine.onnx")

    with pytest.raises(ArtefactError, match="of precision int8, and ranges are those of the float network"):
        float_network(tmp_path / "mine.onnx")
