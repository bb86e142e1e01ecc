"""Teaching a network to be rounded: the same integers as in the files, and ranges that arrive there."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
import torch
from click.testing import CliRunner
from numpy.typing import NDArray

from export.build import Written, cpu_int8, tensorrt_int8
from export.calibrate import calibrate
from export.crop_set import CropSet
from export.onnx import onnx_from_checkpoint
from export.surgery import Surgery
from rsn_edge.artefact.checkpoint import Checkpoint, read_checkpoint, write_checkpoint
from rsn_edge.calibration import LIMITS_KEY, METHODS, Calibration, limits_to_note, with_limits
from rsn_edge.errors import ArtefactError
from rsn_edge.quantisation import place
from rsn_edge.spec import Spec
from tests.export.networks import ROWS, seeded
from tests.export.quantised import outputs, placement
from tests.train.small import ALONE
from train.command import train
from train.finish import normalised
from train.qat.student import best_limit, operations, plain_network, rounded
from train.qat.task import QatTask
from train.recipe import QAT, Recipe
from train.training import Plan, Training

NANO = seeded(ROWS["rsn-nano"])
ROW_NAMES = ("rsn-nano", "mspn50", "prm-official", "person-nano")
STEPS = 40
DEVICE = torch.device("cpu")


@dataclass(frozen=True)
class Shown:
    """A batch of noise."""

    pixels_nhwc: NDArray[np.uint8]

    @property
    def input_hw(self) -> tuple[int, int]:
        return self.pixels_nhwc.shape[1], self.pixels_nhwc.shape[2]


@dataclass(frozen=True)
class Noise:
    """A Task that shows noise, always the same at a place."""

    spec: Spec
    recipe: Recipe = QAT

    def batch(self, positions: NDArray[np.int64], _progress: float) -> Shown:
        height, width = self.spec.input_hw
        noise = [np.random.default_rng(p).integers(0, 256, (height, width, 3), np.uint8) for p in positions.tolist()]
        return Shown(np.stack(noise))

    def network(self, start: Checkpoint | None) -> torch.nn.Module:
        raise NotImplementedError

    def loss(self, *_arguments: Any) -> tuple[torch.Tensor, float]:
        raise NotImplementedError

    def finished(self, weights: Mapping[str, torch.Tensor]) -> Checkpoint:
        raise NotImplementedError

    def sheet(self) -> NDArray[np.uint8]:
        raise NotImplementedError


def _task(start: Checkpoint = NANO) -> QatTask:
    return QatTask(Noise(start.spec), start, plain_network(start))


def _pixels(start: Checkpoint, count: int = 4) -> torch.Tensor:
    batch = Noise(start.spec).batch(np.arange(100, 100 + count), 0.0)
    return normalised(batch.pixels_nhwc, start.spec, DEVICE)


@cache
def _taught(steps: int, start: Checkpoint = NANO) -> Checkpoint:
    """After so many steps."""
    training = Training(_task(start), Plan(8, 1e-4, 0, amp=False), ALONE, None)
    for step in range(steps):
        training.step(step / steps, steps)
    return training.finished()


def _float_model(checkpoint: Checkpoint) -> onnx.ModelProto:
    return onnx.load_from_string(onnx_from_checkpoint(checkpoint))


def _calibration(checkpoint: Checkpoint) -> Calibration:
    pixels = Noise(checkpoint.spec).batch(np.arange(100, 104), 0.0).pixels_nhwc
    nobody = np.zeros(4, np.int64)
    crops = CropSet(pixels, tuple("abcd"), nobody.astype(np.float32), "noise")
    return calibrate(_float_model(checkpoint), checkpoint.spec, crops, {})


def _tensorrt(checkpoint: Checkpoint) -> Written:
    return tensorrt_int8().write(_float_model(checkpoint), _calibration(checkpoint).selected("max"), ())


def _limits(checkpoint: Checkpoint) -> dict[str, float]:
    return {name: float.fromhex(text) for name, text in json.loads(checkpoint.notes[LIMITS_KEY]).items()}


def _error(got: NDArray[np.float32], wanted: NDArray[np.float32]) -> float:
    return float(np.sqrt(np.mean((got - wanted) ** 2)) / wanted.std())


@pytest.mark.parametrize("row", [*ROW_NAMES, "4xrsn18"])
def test_the_places_are_those_of_the_tensorrt_file(row: str) -> None:
    ours, theirs = place(operations(plain_network(seeded(ROWS[row])))), placement(row)

    assert ours.edges == theirs.edges
    assert ours.shared == theirs.shared


@pytest.mark.parametrize("row", ROW_NAMES)
def test_what_is_learnt_from_is_what_the_integers_compute(row: str) -> None:
    checkpoint = seeded(ROWS[row])
    task, pixels = _task(checkpoint), _pixels(checkpoint)
    network = task.network(None).eval()
    with torch.no_grad():
        imitated, exact = network(pixels), task.teacher(pixels)
    simulated = outputs(_tensorrt(task.finished(network.state_dict())).judged, pixels.numpy())

    for ours, theirs, float_one in zip(_tuple(imitated), simulated, _tuple(exact), strict=True):
        assert _error(ours.numpy(), theirs) < 0.5 * _error(theirs, float_one.numpy())


def _tuple(result: Any) -> tuple[torch.Tensor, ...]:
    return result if isinstance(result, tuple) else (result,)


@pytest.mark.parametrize("row", ROW_NAMES)
def test_a_checkpoint_computes_as_it_did_when_nothing_was_learnt(row: str) -> None:
    start = seeded(ROWS[row])
    task = _task(start)
    finished = task.finished(task.network(None).state_dict())
    feed = _pixels(start).numpy()

    for got, wanted in zip(outputs(_float_model(finished), feed), outputs(_float_model(start), feed), strict=True):
        assert np.abs(got - wanted).max() <= 1e-5 * wanted.std()
    assert finished.state.keys() == start.state.keys()
    assert any((finished.state[name] != array).any() for name, array in start.state.items())


def test_folded_weights_come_back_from_the_checkpoint() -> None:
    task = _task()
    network = task.network(None)
    finished = task.finished(network.state_dict())
    again = dict(plain_network(finished).named_parameters())

    for name, parameter in task.teacher.named_parameters():
        assert torch.allclose(again[name], parameter, rtol=2e-7, atol=1e-7)


def test_training_makes_the_integers_of_the_file_better() -> None:
    feed = _pixels(NANO, 16).numpy()
    (wanted,) = outputs(_float_model(NANO), feed)
    before, after = (_error(outputs(_tensorrt(_taught(steps)).judged, feed)[0], wanted) for steps in (0, STEPS))

    assert after < 0.96 * before


def test_every_parameter_is_taught() -> None:
    task = _task()
    network = task.network(None)
    task.loss(network, Noise(NANO.spec).batch(np.arange(2), 0.0), DEVICE, False)[0].backward()  # type: ignore[no-untyped-call]

    assert [name for name, parameter in network.named_parameters() if parameter.grad is None] == []


def test_a_detector_is_taught_scores_and_boxes() -> None:
    start = seeded(ROWS["person-nano"])
    task, batch = _task(start), Noise(start.spec).batch(np.arange(2), 0.0)

    assert float(task.loss(task.network(None), batch, DEVICE, False)[0].detach()) > 0
    assert float(task.loss(task.teacher, batch, DEVICE, False)[0].detach()) == 0


def test_learnt_ranges_arrive_in_both_files(tmp_path: Path) -> None:
    taught = _taught(STEPS)
    write_checkpoint(tmp_path / "taught", taught)
    read = read_checkpoint(tmp_path / "taught")
    for_tensorrt = Surgery(_tensorrt(read).file).weights
    ranges = _calibration(read).selected("mse")
    for_cpu = Surgery(cpu_int8().write(_float_model(read), ranges, ()).file).weights
    block = "stage0.downsample.layer2.0"  # is never below 0

    for name, limit in _limits(taught).items():
        scales = [float(values) for tensor, values in for_tensorrt.items() if tensor == f"{name}.scale"]
        assert scales == [pytest.approx(limit / 127, rel=1e-3)] * len(scales)
        assert max(map(abs, ranges[name])) == limit
    assert float(for_cpu[f"{block}.scale"]) == pytest.approx(_limits(taught)[block] / 255)
    assert _limits(taught) != _limits(_taught(0))


def test_a_limit_lies_on_the_side_that_reached_further() -> None:
    seen = {
        name: dict.fromkeys(METHODS, ends) for name, ends in {"a": (-1.0, 4.0), "b": (-4.0, 1.0), "c": (0, 9)}.items()
    }

    limited = with_limits(seen, limits_to_note({"a": 3.0, "b": 0.5}))

    assert [limited[name]["mse"] for name in "abc"] == [(-1, 3), (-0.5, 0.5), (0, 9)]


@pytest.mark.parametrize("note", ["", "[1]", '{"a": 1}', '{"a": "nan"}', '{"a": "-0x1p0"}'])
def test_ranges_that_are_none_are_one_sentence(note: str) -> None:
    with pytest.raises(ArtefactError, match="learnt cannot be read"):
        with_limits({"a": dict.fromkeys(METHODS, (0.0, 1.0))}, note)


def test_rounding_passes_gradients_within_the_range_and_tells_the_scale_of_errors() -> None:
    values, scale = torch.tensor([1.4, 3.5, -500.0, 500.0], requires_grad=True), torch.tensor(2.0, requires_grad=True)

    result = rounded(values, scale)
    result.sum().backward()  # type: ignore[no-untyped-call]

    assert result.tolist() == [2, 4, -256, 254]
    assert values.grad is not None
    assert scale.grad is not None
    assert values.grad.tolist() == [1, 1, 0, 0]
    assert float(scale.grad) == pytest.approx((1 - 0.7) + (2 - 1.75) - 128 + 127, abs=1e-4)


def test_a_range_begins_where_an_outlier_does_not_widen_it() -> None:
    values = torch.randn(3_000_000, generator=torch.Generator().manual_seed(0))
    values[0] = 20.0

    assert best_limit(values) < 15
    assert best_limit(torch.zeros(4)) > 0


def test_a_training_that_goes_on_ends_as_the_undisturbed_one() -> None:
    def training() -> Training[Any]:
        return Training(_task(), Plan(4, 1e-3, 0, amp=False), ALONE, None)

    whole, first, second = training(), training(), training()
    for step in range(4):
        whole.step(step / 4, 4)
    for step in range(2):
        first.step(step / 4, 4)
    second.restore(first.state())
    for step in range(2, 4):
        second.step(step / 4, 4)

    ends = whole.finished(), second.finished()
    assert ends[0].weights_sha256 == ends[1].weights_sha256
    assert ends[0].notes == ends[1].notes


@pytest.mark.parametrize(
    ("more", "sentence"),
    [(["--init", "a.safetensors"], "leave out --init"), (["--model", "rsn18"], "leave out --model"),
     (["--recipe", "official", "--input", "64x64"], "leave out --input, --recipe")],
    ids=["init", "model", "two"],
)  # fmt: skip
def test_another_network_than_the_checkpoints_is_no_command(tmp_path: Path, more: list[str], sentence: str) -> None:
    arguments = ["--qat", "a.safetensors", "--data", "synthetic:2", "--out", str(tmp_path), *more]

    result = CliRunner().invoke(train, arguments)

    assert result.exit_code == 2
    assert sentence in result.output


def test_what_is_no_checkpoint_is_one_sentence(tmp_path: Path) -> None:
    arguments = ["--qat", "cli.py", "--data", "synthetic:2", "--out", str(tmp_path)]

    result = CliRunner().invoke(train, arguments)

    assert isinstance(result.exception, ArtefactError)


def test_the_command_ends_with_a_checkpoint_that_says_what_it_learnt(tmp_path: Path) -> None:
    start = replace(NANO, notes={"origin": "here"})
    write_checkpoint(tmp_path / "start", start)
    arguments = ["--qat", str(tmp_path / "start"), "--data", "synthetic:3", "--epochs", "1", "--threads", "1"]

    result = CliRunner().invoke(train, [*arguments, "--out", str(tmp_path / "run")])

    taught = read_checkpoint(tmp_path / "run" / "rsn-nano.safetensors")
    assert "rsn-edge build-engine measures" in result.output
    assert taught.spec == start.spec
    assert taught.notes.keys() == {"origin", LIMITS_KEY}
