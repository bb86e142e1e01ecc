"""`rsn-edge finetune` as a user calls it, and its parts."""

import json
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from click.testing import CliRunner, Result

from rsn_edge.artefact.checkpoint import Checkpoint, read_checkpoint, write_checkpoint
from rsn_edge.coco import read_annotations
from rsn_edge.errors import ArtefactError, InputError, OutputError, RsnEdgeError
from rsn_edge.network.build import load_network, state_shapes
from rsn_edge.skeleton import COCO17, MPII16
from rsn_edge.spec import DETECTORS, VARIANTS
from tests.seeded_weights import fill
from tests.train.small import TINY, drawn_set
from train.command import finetune
from train.data.keypoint_set import synthetic_set
from train.finetune.finetuning import between, split_set, transplanted

TAIL = replace(
    COCO17, name="tailed", joints=("tail", *COCO17.joints[:0:-1]), flip_pairs=(), edges=(), sigmas=(0.1,) * 17
)
START = Checkpoint(TINY, fill(state_shapes(TINY).items()), {"source": "a test"})


def _map(checkpoint: Checkpoint, joint: str) -> torch.Tensor:
    crops = torch.from_numpy(np.random.default_rng(0).normal(size=(1, 3, 64, 64)).astype(np.float32))
    spec = replace(TINY, skeleton=checkpoint.spec.skeleton)  # type: ignore[union-attr]
    with torch.inference_mode():
        heatmaps = load_network(spec, checkpoint.state)(crops)[-1][-1]
    return heatmaps[0, spec.skeleton.joints.index(joint)]  # type: ignore[no-any-return]


def test_for_the_same_joints_everything_is_taken_over() -> None:
    grafted, loaded = transplanted(START, TINY)

    assert grafted.weights_sha256 == START.weights_sha256
    assert (loaded.body, loaded.joints, loaded.new, loaded.ignored) == (1.0, COCO17.joints, (), ())


def test_joints_of_the_same_name_are_read_as_before_wherever_they_stand() -> None:
    grafted, _ = transplanted(START, replace(TINY, skeleton=TAIL))

    for joint in ("right_ankle", "left_eye"):
        torch.testing.assert_close(_map(grafted, joint), _map(START, joint), rtol=1e-4, atol=1e-4)


def test_what_is_new_and_what_is_left_out_is_told() -> None:
    _, loaded = transplanted(START, replace(TINY, skeleton=TAIL))

    assert (loaded.body, loaded.new, loaded.ignored) == (1.0, ("tail",), ("nose",))


def test_the_map_of_a_new_joint_starts_lower_than_trained_ones() -> None:
    grafted, _ = transplanted(START, replace(TINY, skeleton=TAIL))

    gain = "stage0.upsample.up4.res_conv2.bn.weight"
    assert grafted.state[gain][0] == pytest.approx(np.abs(START.state[gain]).mean() / 3)


def test_another_number_of_joints_leaves_the_body_whole() -> None:
    grafted, loaded = transplanted(START, replace(TINY, skeleton=MPII16))

    assert {name: array.shape for name, array in grafted.state.items()} == state_shapes(replace(TINY, skeleton=MPII16))
    assert loaded.new == ("pelvis", "thorax", "upper_neck", "head_top")


@pytest.mark.parametrize("spec", [VARIANTS["res18"], DETECTORS["person-nano"], replace(TINY, up=24)], ids=str)
def test_weights_of_another_network_stop_it(spec: object) -> None:
    start = Checkpoint(spec, fill(state_shapes(spec).items()))  # type: ignore[arg-type]

    with pytest.raises(ArtefactError, match=r"only \d+ % of the body of rsn-nano would come"):
        transplanted(start, TINY)


def test_what_is_handed_over_lies_between_start_and_training() -> None:
    trained = replace(START, state={name: array + 4 for name, array in START.state.items()})

    handed_over = between(START, trained)

    assert {array.dtype for array in handed_over.state.values()} == {np.dtype(np.float32)}
    for name, array in START.state.items():
        np.testing.assert_allclose(handed_over.state[name], array + 3, atol=1e-5)


def test_a_fifth_of_the_pictures_is_held_out(tmp_path: Path) -> None:
    whole = drawn_set(tmp_path, 14)

    kept, held = (read_annotations(one.annotations) for one in split_set(whole, COCO17, tmp_path / "parts"))

    everyone = read_annotations(whole.annotations)
    assert len(held.file_names) == 3
    assert sorted(kept.file_names + held.file_names) == sorted(everyone.file_names)
    assert len(kept.owners) + len(held.owners) == len(everyone.owners)


def test_which_ones_hangs_on_their_names_alone(tmp_path: Path) -> None:
    whole = drawn_set(tmp_path, 14)
    first = split_set(whole, COCO17, tmp_path / "first")[1].annotations
    content = json.loads(whole.annotations.read_text())
    whole.annotations.write_text(json.dumps({**content, "images": content["images"][::-1]}))

    second = split_set(whole, COCO17, tmp_path / "second")[1].annotations

    assert set(read_annotations(first).file_names) == set(read_annotations(second).file_names)


def test_the_parts_are_sets_of_their_own(tmp_path: Path) -> None:
    _, held = split_set(drawn_set(tmp_path, 6), COCO17, tmp_path / "parts")

    assert all(
        (held.annotations.parent / "images" / name).is_file() for name in read_annotations(held.annotations).file_names
    )


@pytest.fixture(name="start", scope="module")
def _start(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("start") / "tiny.safetensors"
    write_checkpoint(path, START)
    return path


def _call(start: Path, out: Path, *more: str) -> Result:
    usual = ["--data", "synthetic:8", "--epochs", "1", "--threads", "1", "--init", str(start), "--out", str(out)]
    return CliRunner().invoke(finetune, [*usual, *more])


@pytest.fixture(name="done", scope="module")
def _done(start: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Result]:
    out = tmp_path_factory.mktemp("finetuned")
    return out, _call(start, out)


def test_it_ends_with_a_table_a_sheet_and_the_next_command(done: tuple[Path, Result]) -> None:
    out, result = done

    assert result.stdout.splitlines()[0].split() == ["held", "out", "before", "after"]
    assert result.stdout.splitlines()[-1] == f"rsn-edge export {out / 'rsn-nano.safetensors'}"
    assert np.asarray(cv2.imread(str(out / "before-after.jpg"))).shape[1] > 1000


def test_who_was_held_out_is_said_and_kept(done: tuple[Path, Result]) -> None:
    out, result = done

    (told,) = [line for line in result.stderr.splitlines() if line.startswith("Held out")]
    held = Path(told.split(" those of ")[1].rstrip("."))
    assert held.is_relative_to(out)
    assert len(read_annotations(held).file_names) == 2


def test_a_finished_run_goes_on_to_the_same_end_as_json(start: Path, done: tuple[Path, Result]) -> None:
    out = done[0]
    before = read_checkpoint(out / "rsn-nano.safetensors").weights_sha256

    document = json.loads(_call(start, out, "--resume", "--json").stdout)

    assert document["schema"] == "rsn-edge/finetune/1"
    assert all(set(pair) == {"before", "after"} for pair in document["results"]["scores"].values())
    assert read_checkpoint(Path(document["results"]["file"])).weights_sha256 == before


def test_a_folder_that_holds_a_run_is_left_alone(start: Path, done: tuple[Path, Result]) -> None:
    result = _call(start, done[0], "--data", "synthetic:9")

    assert isinstance(result.exception, OutputError)
    assert not (done[0] / "set-2").exists()


def test_new_joints_are_not_measured_before(start: Path, tmp_path: Path) -> None:
    results = json.loads(_call(start, tmp_path, "--skeleton", "mpii16", "--json").stdout)["results"]

    assert results["loaded"]["new"] == ["pelvis", "thorax", "upper_neck", "head_top"]
    assert {pair["before"] for pair in results["scores"].values()} == {None}
    assert read_checkpoint(tmp_path / "rsn-nano.safetensors").spec.skeleton == MPII16  # type: ignore[union-attr]


def test_given_sets_are_measured_on_instead(start: Path, tmp_path: Path) -> None:
    result = _call(start, tmp_path, "--val", "synthetic:2")

    assert "Held out" not in result.stderr
    assert "AP synthetic-coco17-10000-2" in result.stdout


def _altered(folder: Path, pictures: int, **changes: object) -> Path:
    """An annotation file of drawn people with other entries: of every person, or of the file."""
    annotations = synthetic_set(folder, pictures, 0, COCO17)[0]
    content = json.loads(annotations.read_text())
    persons = [{**person, **{k: v for k, v in changes.items() if k in person}} for person in content["annotations"]]
    rest = {key: value for key, value in changes.items() if key in content}
    annotations.write_text(json.dumps({**content, "annotations": persons, **rest}))
    return annotations


@pytest.mark.parametrize(
    ("pictures", "changes", "sentence"),
    [(6, {"annotations": []}, "has no annotation of a person"),
     (6, {"category_id": 3}, "has no annotation of a person"),
     (6, {"categories": [{"id": 1, "name": "cat"}, {"id": 2, "name": "dog"}]}, "none of them is called person"),
     (6, {"keypoints": [1.0, 1.0, 2] * 5}, "labels 5 joints a person, and the skeleton 'coco17' has 17"),
     (5, {}, "labelled persons in 5 pictures, too few")],
    ids=["nobody", "other-category", "no-person-category", "joints", "few"],
)  # fmt: skip
def test_data_that_cannot_be_used_is_one_sentence(
    start: Path, tmp_path: Path, pictures: int, changes: dict[str, object], sentence: str
) -> None:
    data = _altered(tmp_path, pictures, **changes)

    result = CliRunner().invoke(finetune, ["--data", str(data), "--init", str(start), "--out", str(tmp_path / "out")])

    assert isinstance(result.exception, InputError)
    assert sentence in str(result.exception)


@pytest.mark.parametrize(
    ("init", "sentence"),
    [("person-nano", "person-nano is a person detector"), ("rsn50", "no weights of 'rsn50' come with rsn-edge"),
     ("nothing.safetensors", "there is no model file"), ("cli.py", "cli.py is not a model file")],
    ids=["detector", "not-embedded", "missing", "foreign"],
)  # fmt: skip
def test_a_start_that_cannot_be_used_is_one_sentence(tmp_path: Path, init: str, sentence: str) -> None:
    result = _call(Path(init), tmp_path)

    assert isinstance(result.exception, RsnEdgeError)
    assert sentence in str(result.exception)


def test_there_is_one_length(start: Path, tmp_path: Path) -> None:
    result = _call(start, tmp_path, "--minutes", "3")

    assert (result.exit_code, "two ways to say how long" in result.stderr) == (2, True)
