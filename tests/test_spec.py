"""Specs: every row of the zoo travels as JSON, sizes fit the networks, and broken descriptions are named."""

import json
import re
from dataclasses import replace
from typing import Any

import pytest

from rsn_edge.errors import ArtefactError, InputError
from rsn_edge.skeleton import COCO17, MPII16, Skeleton
from rsn_edge.spec import DETECTORS, VARIANTS, Spec, pose_variant, spec_from_json, spec_to_json

ROWS: dict[str, Spec] = {**VARIANTS, **DETECTORS}
EVERY_ROW = pytest.mark.parametrize("spec", ROWS.values(), ids=ROWS)


@EVERY_ROW
def test_a_spec_survives_json(spec: Spec) -> None:
    assert spec_from_json(spec_to_json(spec), "a test") == spec


@EVERY_ROW
def test_a_spec_is_one_line(spec: Spec) -> None:
    assert "\n" not in spec_to_json(spec)


@pytest.mark.parametrize("skeleton", [COCO17, MPII16, replace(COCO17, unlabelled=(0, 1))], ids=["coco", "mpii", "part"])
def test_a_skeleton_survives_json(skeleton: Skeleton) -> None:
    spec = replace(VARIANTS["rsn18"], skeleton=skeleton)

    assert spec_from_json(spec_to_json(spec), "a test") == spec


def test_every_field_survives_json() -> None:
    spec = replace(
        VARIANTS["rsn18"], input_hw=(384, 288), skeleton=replace(MPII16, unlabelled=(3,)), colour="rgb", prm="mmpose",
        mean=(1.0, 2.0, 3.0), std=(4.0, 5.0, 6.0), decode="dark", blur=11, confidence=((0.0, 0.0), (0.5, 0.75)),
    )  # fmt: skip
    assert spec_from_json(spec_to_json(spec), "a test") == spec


@pytest.mark.parametrize("name", ROWS)
def test_a_row_is_listed_under_its_own_name(name: str) -> None:
    assert ROWS[name].variant == name


@pytest.mark.parametrize("name", VARIANTS)
def test_the_name_tells_the_number_of_stages(name: str) -> None:
    counted = re.match(r"(\d)x", name)
    assert VARIANTS[name].stages == (int(counted[1]) if counted else 1)


@pytest.mark.parametrize(
    ("name", "family", "blocks"),
    [("rsn18", "rsn", (2, 2, 2, 2)), ("4xrsn18", "rsn", (2, 2, 2, 2)), ("rsn50", "rsn", (3, 4, 6, 3)),
     ("rsn101", "rsn", (3, 4, 23, 3)), ("res18", "mspn", (2, 2, 2, 2)), ("4xmspn50", "mspn", (3, 4, 6, 3))],
)  # fmt: skip
def test_published_networks_are_as_published(name: str, family: str, blocks: tuple[int, ...]) -> None:
    assert (VARIANTS[name].family, VARIANTS[name].blocks) == (family, blocks)


def test_a_heatmap_has_a_quarter_of_the_inputs_side() -> None:
    assert pose_variant("rsn18", (384, 288)).heatmap_hw == (96, 72)


def test_a_variant_takes_another_skeleton_and_its_blur() -> None:
    spec = pose_variant("rsn18", (256, 256), MPII16)
    assert (spec.joints, spec.blur) == (16, 9)
    assert pose_variant("rsn18", skeleton=COCO17) == VARIANTS["rsn18"]


def test_an_unknown_variant_is_told_the_known_ones() -> None:
    with pytest.raises(InputError, match=r"no network called 'rsn34'\. Known are .*rsn-nano.*4xmspn50"):
        pose_variant("rsn34")


@pytest.mark.parametrize("input_hw", [(256, 200), (250, 192), (0, 32), (32, -32), (144, 192)])
def test_an_input_size_that_is_no_multiple_of_32_is_refused(input_hw: tuple[int, int]) -> None:
    with pytest.raises(InputError, match="not a multiple of 32"):
        pose_variant("rsn18", input_hw)
    with pytest.raises(InputError, match="not a multiple of 32"):
        replace(DETECTORS["person-nano"], input_hw=input_hw)


@pytest.mark.parametrize("input_hw", [(32, 32), (128, 96), (256, 192), (384, 288), (256, 256)])
def test_every_multiple_of_32_is_an_input_size(input_hw: tuple[int, int]) -> None:
    assert pose_variant("mspn50", input_hw).input_hw == input_hw


def _broken(**change: object) -> str:
    return json.dumps({**json.loads(spec_to_json(VARIANTS["rsn18"])), **change})


def _without(field: str) -> str:
    values = json.loads(spec_to_json(VARIANTS["rsn18"]))
    del values[field]
    return json.dumps(values)


@pytest.mark.parametrize(
    "text",
    ["", "[]", "7", "{", '{"kind": "car"}', _without("kind"), _without("skeleton"), _without("blocks"),
     _broken(skeleton={}), _broken(skeleton=None), _broken(family="hrnet"), _broken(colour="grey"),
     _broken(decode="argmax"), _broken(prm="on"), _broken(blur=4), _broken(input_hw=[256, 190]),
     _broken(input_hw=256), _broken(input_hw=None), _broken(confidence=[[0, 0]] * 17), _broken(unknown=1)],
    ids=["nothing", "list", "number", "torn", "other-kind", "no-kind", "no-skeleton", "no-blocks", "empty-skeleton",
         "null-skeleton", "other-family", "other-colour", "other-decode", "other-prm", "even-blur", "odd-size",
         "one-size", "null-size", "17-knots", "unknown-field"],
)  # fmt: skip
def test_a_broken_description_is_refused_with_its_place(text: str) -> None:
    with pytest.raises(ArtefactError, match=r"^here\.onnx carries a description that this version cannot read") as no:
        spec_from_json(text, "here.onnx")
    assert str(no.value).endswith("Export the model again with this version of rsn-edge.")


@pytest.mark.parametrize(
    "change",
    [{"blur": 5.0}, {"std": [0, 0, 0]}, {"std": [1, -1, 1]}, {"stages": "x"}, {"stages": 0}, {"stages": True},
     {"mean": [1, 2]}, {"mean": [1, 2, float("nan")]}, {"blocks": [2, 2, 2]}, {"widths": [64, 128, 256, -1]},
     {"branch": [1, 0]}, {"padding": [1.25, 0]}, {"stem": 1.5}, {"up": None}, {"variant": 7},
     {"input_hw": [256.0, 192]}, {"confidence": [[0, 0.5], [0.5, 0.2]]}, {"confidence": [[0.5, 0], [0.2, 0.5]]},
     {"confidence": [[0, 0], [1, 1.5]]}, {"confidence": [[0, 0, 0]]}],
    ids=str,
)  # fmt: skip
def test_a_value_that_no_network_can_have_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(ArtefactError, match=f"cannot read .*{next(iter(change))}"):
        spec_from_json(_broken(**change), "here.onnx")


@pytest.mark.parametrize(
    "change", [{"std": (0.0, 1.0, 1.0)}, {"neck": 0}, {"pad_value": -1}, {"colour": "grey"}], ids=str
)
def test_a_detector_of_impossible_values_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(InputError, match=next(iter(change))):
        replace(DETECTORS["person-nano"], **change)


@pytest.mark.parametrize("field", ["family", "colour", "decode", "prm"])
def test_a_misspelt_choice_is_told_the_choices(field: str) -> None:
    with pytest.raises(ArtefactError, match=rf"{field} must be one of \w+, .*, got 'nonsense'"):
        spec_from_json(_broken(**{field: "nonsense"}), "here.onnx")
