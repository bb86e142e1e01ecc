"""Which files are taken for which project's detector."""

import numpy as np
import pytest

from rsn_edge.backend.function import FunctionBackend
from rsn_edge.backend.protocol import TensorSpec
from rsn_edge.detector.forms import FORMS, recognised
from rsn_edge.errors import ArtefactError

PICTURE = ("images", (1, 3, 640, 640), "float32")
Tensor = tuple[str, tuple[int, ...], str]


def backend(*outputs: tuple[int, ...], takes: tuple[Tensor, ...] = (PICTURE,)) -> FunctionBackend:
    return FunctionBackend(
        tuple(TensorSpec(*tensor) for tensor in takes),
        tuple(TensorSpec(f"output{i}", shape, "float32") for i, shape in enumerate(outputs)),
        lambda feed: {},
    )


@pytest.mark.parametrize(
    ("outputs", "name"),
    [
        pytest.param([(1, 8400, 85)], "YOLOX", id="YOLOX"),
        pytest.param([(-1, -1, 85)], "YOLOX", id="YOLOX with free axes"),
        pytest.param([(-1, 84, -1)], "YOLOv8 or YOLO11", id="YOLOv8 with free axes"),
        pytest.param([(1, 5, 8400)], "YOLOv8 or YOLO11", id="YOLOv8 of one class"),
        pytest.param([(-1, -1, 5), (-1, -1)], "RTMDet by mmdeploy", id="RTMDet"),
        pytest.param([(1, 100), (1, 100, 5)], "RTMDet by mmdeploy", id="RTMDet, labels first"),
    ],
)
def test_a_form_is_recognised_by_its_outputs(outputs: list[tuple[int, ...]], name: str) -> None:
    assert recognised(backend(*outputs), b"", "there.onnx").name == name


@pytest.mark.parametrize(
    "outputs",
    [
        pytest.param([(1, 25200, 85)], id="YOLOv5: three boxes a cell"),
        pytest.param([(1, 20, 8400)], id="sixteen classes: nobody knows which is a person"),
        pytest.param([(1, 8400, 6)], id="YOLOX of one class: its preparation is not known"),
        pytest.param([(1, 116, 8400), (1, 32, 160, 160)], id="YOLOv8-seg"),
        pytest.param([(1, 300, 4), (1, 300, 80)], id="DETR"),
        pytest.param([(1, 300, 6)], id="YOLO26: rows of boxes that are final"),
        pytest.param([(1, 17, 64, 48)], id="heat-maps"),
        pytest.param([], id="no outputs"),
    ],
)
def test_other_outputs_are_refused(outputs: list[tuple[int, ...]]) -> None:
    with pytest.raises(ArtefactError, match="no known detector"):
        recognised(backend(*outputs), b"", "there.onnx")


@pytest.mark.parametrize(
    "takes",
    [
        pytest.param((("images", (1, 640, 640, 3), "float32"),), id="channels last"),
        pytest.param((("images", (1, 3, 640, 640), "uint8"),), id="bytes"),
        pytest.param((("images", (8, 3, 640, 640), "float32"),), id="eight pictures at once"),
        pytest.param((PICTURE, ("sizes", (1, 2), "int64")), id="two inputs"),
    ],
)
def test_other_inputs_are_refused(takes: tuple[Tensor, ...]) -> None:
    with pytest.raises(ArtefactError, match="no known detector"):
        recognised(backend((1, 84, 8400), takes=takes), b"", "there.onnx")


def test_the_refusal_lists_what_was_found_and_what_is_known() -> None:
    with pytest.raises(ArtefactError) as refusal:
        recognised(backend((1, -1, 12)), b"", "there.onnx")

    message = str(refusal.value)
    assert "there.onnx takes images float32 (1, 3, 640, 640) and gives output0 float32 (1, any, 12)" in message
    assert all(form.name in message and form.gives in message for form in FORMS)


def test_a_table_of_another_size_than_the_canvas_has_is_one_sentence() -> None:
    form = recognised(backend((1, -1, 85)), b"", "there.onnx")

    with pytest.raises(ArtefactError, match=r"gave \(1, 25200, 85\) for a canvas of 640x640, where 8400 boxes"):
        form.boxes([np.zeros((1, 25200, 85), np.float32)], (640, 640), 0.25)


def test_only_yolox_itself_cuts_the_scaled_size_off() -> None:
    assert [form.name for form in FORMS if form.rule.whole(213.7) == 213] == ["YOLOX"]


def test_a_wild_size_of_yolox_stays_finite() -> None:
    form = recognised(backend((1, 8400, 85)), b"", "there.onnx")
    table = np.zeros((1, 8400, 85), np.float32)
    table[0, 0, :6] = (0, 0, 500, 500, 1, 1)

    boxes, _ = form.boxes([table], (640, 640), 0.25)

    assert np.isfinite(boxes).all()
