"""What a report says, in its three forms."""

import json
from collections.abc import Sequence
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest

from export.build import Built, Form, Network, Written, cpu_int8, tensorrt_int8
from export.crop_set import CropSet
from export.gate.sensitivity import Sensitivity, Step
from export.gate.verdict import Drift, SetRow, Verdict, Worst
from export.report import SCHEMA, Subject, write_report
from rsn_edge.artefact.manifest import Thresholds
from rsn_edge.calibration import Calibration
from rsn_edge.errors import OutputError
from rsn_edge.people import Float32
from rsn_edge.spec import VARIANTS
from tests.full_disk import largest_file

NANO = VARIANTS["rsn-nano"]
VOID = {"meta", "img", "br"}
CALIBRATION = Calibration("ab", 7, "cd", (), "data/coco:train2017", {"small": 3, "dark": 4}, {}, "mse")


class Page(HTMLParser):
    """The elements of a page: ValueError where one is closed that is not open."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open, self.tags, self.sources, self.text = list[str](), list[str](), list[str](), ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.open += [tag] if tag not in VOID else []
        self.sources += [value or "" for name, value in attrs if name in ("src", "href")]

    def handle_endtag(self, tag: str) -> None:
        if self.open.pop() != tag:
            raise ValueError(f"</{tag}> closes something else")

    def handle_data(self, data: str) -> None:
        self.text += data


def skeleton(x: float, missing: int = 0) -> Float32:
    """Joints on a line, the first ones missing."""
    points = np.stack([np.full(NANO.joints, x), np.linspace(20, 200, NANO.joints)], axis=1).astype(np.float32)
    points[:missing] = np.nan
    return points


def black_and_white(name: str = "crops") -> CropSet:
    """Two crops of one picture, black and white."""
    pixels = np.zeros((2, *NANO.input_hw, 3), np.uint8)
    pixels[1] = 255
    return CropSet(pixels, ("a.jpg", "a.jpg"), np.zeros(2, np.float32), name)


def worst(row: int = 1, name: str = "crops") -> Worst:
    nowhere = np.array([0, 0, *NANO.input_hw[::-1]], np.float32)
    return Worst(name, "a.jpg", row, nowhere, 0.25, skeleton(60, missing=3), skeleton(150))


def verdict(drop: float = 0.01, shown: Sequence[Worst] = (worst(),), name: str = "crops") -> Verdict:
    row = SetRow(name, 40, 1.0, 1.0 - drop, drop, (drop - 0.005, drop + 0.005))
    drift = Drift(0.5, 2.0, 9.0, 0.98, 0.37)
    return Verdict("oks", 0.02, drop, row.interval95, 40, (row,), drift, {}, tuple(shown))


def built(form: Form, found: Verdict | None) -> Built:
    model = onnx.ModelProto()
    return Built(form, Written(model, model), "mse", verdict=found)


def searched() -> Built:
    failing, passing = verdict(0.3), verdict(0.01)
    steps = Step((), 1.0, failing), Step(("top",), 0.9, passing)
    found = Sensitivity((("top", float("inf")), ("stage0.up1", 0.125)), steps)
    return replace(built(cpu_int8(), passing), sensitivity=found, keep=("top",), control=failing)


def written(folder: Path, *forms: Built, crops: CropSet | None = None) -> tuple[dict[str, Any], str, Page]:
    """JSON, Markdown and page."""
    network = Network(onnx.ModelProto(), NANO, Thresholds(), crops or black_and_white(), CALIBRATION)
    write_report(folder, [Subject(network, forms, 12.0)])
    texts = {
        suffix: (folder / f"int8_report.{suffix}").read_text(encoding="utf-8") for suffix in ("json", "md", "html")
    }
    return json.loads(texts["json"]), texts["md"], Page(texts["html"])


def test_the_json_holds_what_was_found(tmp_path: Path) -> None:
    document, _, _ = written(tmp_path, searched())

    (network,) = document["results"]
    (form,) = network["forms"]
    assert (document["schema"], network["model"], network["calibration"]["crops"]) == (SCHEMA, "rsn-nano", 7)
    assert (form["form"], form["evidence"], form["kept_in_float"]) == ("cpu-int8", "measured", ["top"])
    assert form["gate"]["drop"] == 0.01
    assert form["control"]["passed"] is False
    assert [step["integer_share"] for step in form["pareto"]] == [1.0, 0.9]


def test_numbers_that_are_none_are_null(tmp_path: Path) -> None:
    document, _, _ = written(tmp_path, searched(), built(cpu_int8(), verdict(float("nan"))))

    first, second = document["results"][0]["forms"]
    assert first["blocks"][0] == {"block": "top", "loss": None}
    assert second["gate"]["drop"] is None
    assert first["gate"]["worst"][0]["reference"][0] == [None, None]


def test_the_page_is_one_valid_file(tmp_path: Path) -> None:
    _, _, page = written(tmp_path, searched(), built(tensorrt_int8(), verdict()))

    assert page.open == []
    assert "script" not in page.tags
    assert all(source.startswith("data:image/") for source in page.sources)


def test_the_page_has_plots_and_a_picture_of_each_of_the_worst(tmp_path: Path) -> None:
    _, _, page = written(tmp_path, built(cpu_int8(), verdict(shown=(worst(), worst(0)))), searched())

    kinds = [source.partition(";")[0] for source in page.sources]
    assert kinds.count("data:image/jpeg") == 3
    assert kinds.count("data:image/png") == 2  # drops, blocks


@pytest.mark.parametrize(("form", "word"), [(cpu_int8(), "measured"), (tensorrt_int8(), "simulated")])
def test_every_row_says_whether_it_was_measured(tmp_path: Path, form: Form, word: str) -> None:
    _, text, _ = written(tmp_path, built(form, verdict()))

    assert text.count(f"| {form.name} | {word} | mse | ") == 1  # the one set, which is its own mean


def test_a_gate_that_was_not_run_is_said(tmp_path: Path) -> None:
    document, text, _ = written(tmp_path, built(cpu_int8(), None))

    assert "the gate was not run" in text
    assert document["results"][0]["forms"][0]["gate"] is None


def test_markdown_is_narrow(tmp_path: Path) -> None:
    long = "a/very/long/path/to/a/set/of/pictures/that/somebody/keeps/somewhere/labels.json"
    found = verdict(name=long, shown=(worst(name=long),))

    widest = replace(built(tensorrt_int8(), found), method="percentile")

    _, text, _ = written(tmp_path, widest, crops=black_and_white(long))

    assert max(map(len, text.splitlines())) < 120
    assert "| a/very/long/.../labels.json |" in text


def test_every_try_is_a_row(tmp_path: Path) -> None:
    _, text, _ = written(tmp_path, searched())

    assert "| 0 | none | 100 % | 0.3000 | 0.2950 | 0.3050 | failed |" in text
    assert "| 1 | top | 90 % | 0.0100 | 0.0050 | 0.0150 | passed |" in text


def test_names_cannot_break_the_page(tmp_path: Path) -> None:
    name = "<b>|x|"
    _, text, page = written(tmp_path, built(cpu_int8(), verdict(name=name, shown=())), crops=black_and_white(name))

    assert "b" not in page.tags
    assert "<b>\\|x\\|" in text


def test_a_page_without_matplotlib_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("export.report.find_spec", lambda _name: None)

    _, text, page = written(tmp_path, searched())

    assert "matplotlib is not installed" in text
    assert not [source for source in page.sources if "png" in source]


def test_a_full_disk_leaves_the_older_report_whole(tmp_path: Path) -> None:
    written(tmp_path, built(cpu_int8(), None))
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}

    with pytest.raises(OutputError, match=r"int8_report\.json could not be written"), largest_file(1000):
        written(tmp_path, searched())

    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before
