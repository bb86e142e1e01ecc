"""Engines by TensorRT-RTX, which needs no GPU to build: every convolution on integers, refusals in one sentence."""

import pytest

from export.build import TENSORRT_FP16, tensorrt_int8
from export.engine import Plan, build_plan
from rsn_edge.device.tensorrt_library import load_tensorrt
from rsn_edge.errors import BackendError, InputError
from tests.export.quantised import cpu_model, float_model, ranges

TARGET = ["sm86"]


def _built(content: bytes, targets: list[str] | None = None) -> Plan:
    return build_plan(load_tensorrt("tensorrt_rtx"), content, 8, targets or TARGET)


@pytest.mark.parametrize("row", ["rsn-nano", "rsn18", "mspn50", "prm-official", "person-nano"])
def test_every_convolution_of_the_integer_form_runs_on_integers(row: str) -> None:
    model = tensorrt_int8().write(float_model(row), ranges(row), ()).file
    plan = _built(model.SerializeToString())

    assert plan.convolutions == plan.integer_convolutions == sum(n.op_type == "Conv" for n in model.graph.node)
    assert not plan.warnings


def test_fp16_is_built() -> None:
    plan = _built(TENSORRT_FP16.write(float_model("rsn-nano"), ranges("rsn-nano"), ()).file.SerializeToString())

    assert plan.content[:4] == b"vtrt"
    assert plan.integer_convolutions == 0


def test_one_engine_serves_several_targets() -> None:
    model = TENSORRT_FP16.write(float_model("rsn-nano"), ranges("rsn-nano"), ()).file.SerializeToString()

    assert _built(model, ["sm75", "sm86", "sm120"]).content[32] == 0b010101


def test_the_processors_form_is_refused_in_the_librarys_words() -> None:
    with pytest.raises(BackendError, match=r"does not understand this file: .*zero point"):
        _built(cpu_model("rsn-nano").SerializeToString())


@pytest.mark.parametrize("content", [b"garbage", b""])
def test_what_is_no_network_is_refused(content: bytes) -> None:
    with pytest.raises(BackendError, match="does not understand this file"):
        _built(content)


def test_an_unknown_target_is_refused_with_those_that_are_known() -> None:
    with pytest.raises(InputError, match=r"does not build for sm87.*sm75, sm80, sm86"):
        _built(float_model("rsn-nano").SerializeToString(), ["sm87"])
