"""Published checkpoints of every layout, as small synthetic files."""

from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import safetensors.torch
import torch
from numpy.typing import NDArray

from rsn_edge.artefact.checkpoint import Checkpoint, write_checkpoint
from rsn_edge.artefact.kind import file_sha256
from rsn_edge.errors import ArtefactError, InputError
from rsn_edge.skeleton import COCO17, MPII16, Skeleton
from rsn_edge.spec import MEAN_BGR, ModelSpec, Spec, pose_variant
from tests.network.golden import seeded_state
from train.published.importing import import_weights
from train.published.naming import Side, our_state

Tensors = dict[str, torch.Tensor]


def _tensors(side: Side, skeleton: Skeleton = COCO17) -> Tensors:
    state = seeded_state(side, pose_variant("rsn18", skeleton=skeleton))
    return {name: torch.from_numpy(array) for name, array in state.items()}


OFFICIAL, MMPOSE = _tensors("official"), _tensors("mmpose")
OURS: dict[Side, dict[str, NDArray[Any]]] = {
    "official": our_state({name: tensor.numpy() for name, tensor in OFFICIAL.items()}),
    "mmpose": our_state({name: tensor.numpy() for name, tensor in MMPOSE.items()}),
}
SIGMAS = {"sigmas": np.array([0.026, 0.025]), "links": [(0, 1)], "count": np.float64(2)}

LAYOUTS: dict[str, tuple[Side, Any]] = {
    "official": ("official", {"model": OFFICIAL, "optimizer": {"lr": 1e-3}, "iteration": 96000}),
    "module prefix": ("official", {"model": {f"module.{name}": tensor for name, tensor in OFFICIAL.items()}}),
    "bare": ("official", OFFICIAL),
    "mmpose 1.x": ("mmpose", {"meta": {"dataset_meta": SIGMAS}, "state_dict": OrderedDict(MMPOSE)}),
    "mmpose 0.x": ("mmpose", {"state_dict": {n.replace("head.", "keypoint_head.", 1): t for n, t in MMPOSE.items()}}),
}


@pytest.fixture(name="saved")
def _saved(tmp_path: Path) -> Callable[..., Path]:
    def save(payload: Any, name: str = "weights.pth", **options: Any) -> Path:
        torch.save(payload, tmp_path / name, **options)
        return tmp_path / name

    return save


@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_layout_gives_the_weights_under_our_names(saved: Callable[..., Path], layout: str) -> None:
    side, payload = LAYOUTS[layout]

    checkpoint, found_side, _ = import_weights(saved(payload), "rsn18")

    assert found_side == side
    _assert_equal(checkpoint, OURS[side])


def test_files_of_old_torch_releases_are_read(saved: Callable[..., Path]) -> None:
    path = saved({"model": OFFICIAL}, _use_new_zipfile_serialization=False)

    _assert_equal(import_weights(path, "rsn18")[0], OURS["official"])


def test_safetensors_in_half_precision_are_read(tmp_path: Path) -> None:
    path = tmp_path / "weights.safetensors"
    safetensors.torch.save_file({name: tensor.bfloat16() for name, tensor in MMPOSE.items()}, path)

    checkpoint, *_ = import_weights(path, "rsn18")

    stem = checkpoint.state["top.conv.conv.weight"]
    np.testing.assert_allclose(stem, OURS["mmpose"]["top.conv.conv.weight"], rtol=2**-8)
    assert stem.dtype == np.float32


def test_bare_weights_under_our_names_are_read(saved: Callable[..., Path]) -> None:
    path = saved({name: torch.from_numpy(array) for name, array in OURS["official"].items()})

    checkpoint, found_side, _ = import_weights(path, "rsn18")

    assert found_side == "rsn-edge"
    _assert_equal(checkpoint, OURS["official"])


def test_a_checkpoint_of_ours_keeps_what_it_says_of_itself(tmp_path: Path) -> None:
    spec = _pose(import_weights(_in(tmp_path, MMPOSE), "rsn18")[0].spec)
    write_checkpoint(tmp_path / "ours", Checkpoint(spec, _counterless(OURS["mmpose"]), {"epoch": "3"}))

    again = import_weights(tmp_path / "ours", "rsn18")[0]

    assert (again.spec, again.notes) == (spec, {"epoch": "3"})
    assert _pose(import_weights(tmp_path / "ours", "rsn18", (384, 288))[0].spec).padding == (1.25, 1.25)


def test_the_official_side_brings_its_arithmetic(saved: Callable[..., Path]) -> None:
    spec = _pose(import_weights(saved(OFFICIAL), "rsn18")[0].spec)

    assert (spec.colour, spec.padding, spec.decode, spec.blur) == ("bgr", (1.09, 1.135), "official", 5)


def test_the_official_side_blurs_mpii_maps_more(saved: Callable[..., Path]) -> None:
    spec = _pose(import_weights(saved(_tensors("official", MPII16)), "rsn18", (256, 256))[0].spec)

    assert (spec.skeleton, spec.blur, spec.input_hw) == (MPII16, 9, (256, 256))


def test_mmpose_brings_its_arithmetic(saved: Callable[..., Path]) -> None:
    spec = _pose(import_weights(saved(MMPOSE), "rsn18")[0].spec)

    assert (spec.colour, spec.padding, spec.decode, spec.blur) == ("rgb", (1.25, 1.25), "megvii", 5)
    assert spec.mean == MEAN_BGR[::-1]


@pytest.mark.parametrize(("given", "wanted"), [(None, (256, 256)), ((256, 192), (256, 192))], ids=["usual", "given"])
def test_mpii_joints_take_square_crops_unless_told_otherwise(
    saved: Callable[..., Path], given: tuple[int, int] | None, wanted: tuple[int, int]
) -> None:
    checkpoint, *_ = import_weights(saved(_tensors("official", MPII16)), "rsn18", given)

    assert checkpoint.spec.input_hw == wanted


def test_mmpose_blurs_mpii_maps_as_all_others(saved: Callable[..., Path]) -> None:
    assert _pose(import_weights(saved(_tensors("mmpose", MPII16)), "rsn18")[0].spec).blur == 5


def test_what_is_left_aside_is_reported(saved: Callable[..., Path]) -> None:
    mean = {"data_preprocessor.mean": torch.tensor([123.675, 116.28, 103.53]).view(3, 1, 1)}
    path = saved({"state_dict": {**MMPOSE, **mean}, "optimizer": {}, "message_hub": {}})

    ignored = import_weights(path, "rsn18")[2]

    assert ignored == ("optimizer", "message_hub", "data_preprocessor.mean")


def test_refine_machines_are_recognised(saved: Callable[..., Path]) -> None:
    tensors = dict(MMPOSE)
    for head in range(4):
        tensors.update(_refine_machine(f"head.predict_layers.{head}.prm."))

    checkpoint, *_ = import_weights(saved(tensors), "rsn18")

    assert _pose(checkpoint.spec).prm == "mmpose"
    assert checkpoint.state["stage0.upsample.up1.prm.conv_bn_relu_prm_2_1.conv.weight"].shape == (17, 17, 1, 1)
    assert checkpoint.state["stage0.upsample.up4.prm.conv_bn_relu_prm_2_2.bn.running_mean"].tolist() == [-1.0] * 17


def test_other_joints_need_a_skeleton(saved: Callable[..., Path]) -> None:
    path = saved(_with_joints(3))
    three = Skeleton("three", ("a", "b", "c"), (), (), (0.1, 0.1, 0.1))

    with pytest.raises(InputError, match=r"3 joints.*--skeleton FILE\.toml"):
        import_weights(path, "rsn18")

    assert _pose(import_weights(path, "rsn18", skeleton=three)[0].spec).skeleton == three


def test_a_skeleton_of_other_joints_is_refused(saved: Callable[..., Path]) -> None:
    with pytest.raises(InputError, match=r"17 joints, skeleton 'mpii16' has 16"):
        import_weights(saved(MMPOSE), "rsn18", skeleton=MPII16)


def test_weights_of_another_network_are_told_with_where_to_look(saved: Callable[..., Path]) -> None:
    with pytest.raises(ArtefactError, match=r"does not fit mspn50: .*rsn-edge models"):
        import_weights(saved(OFFICIAL), "mspn50")


def test_a_checkpoint_of_ours_of_another_network_is_pointed_to_the_export(tmp_path: Path) -> None:
    write_checkpoint(tmp_path / "ours", Checkpoint(pose_variant("rsn18"), _counterless(OURS["official"])))

    with pytest.raises(ArtefactError, match=rf"weights of rsn18, not of mspn50.*rsn-edge export {tmp_path / 'ours'}$"):
        import_weights(tmp_path / "ours", "mspn50")


def test_a_dropped_bias_is_not_taken_for_zero(saved: Callable[..., Path]) -> None:
    lacking = {name: tensor for name, tensor in OFFICIAL.items() if name != "top.conv.conv.bias"}

    with pytest.raises(ArtefactError, match=r"lacks 1 biases of convolutions \(top\.conv\.conv\.bias\)"):
        import_weights(saved(lacking), "rsn18")


def test_a_network_of_no_row_is_named_with_what_it_lacks(saved: Callable[..., Path]) -> None:
    lacking = {name: tensor for name, tensor in MMPOSE.items() if not name.endswith("up4.in_skip.bn.bias")}

    with pytest.raises(
        ArtefactError,
        match=r"does not fit rsn18: 1 missing \(stage0\.upsample\.up4\.u_skip\.bn\.bias\)\. See.*rsn-edge models",
    ):
        import_weights(saved(lacking), "rsn18")


def test_foreign_weights_are_named(saved: Callable[..., Path]) -> None:
    with pytest.raises(ArtefactError, match=r"no RSN or MSPN weights: its names are layer1\.weight.*Name a checkpoint"):
        import_weights(saved({"layer1.weight": torch.zeros(1)}), "rsn18")


def test_an_unknown_model_is_named(saved: Callable[..., Path]) -> None:
    with pytest.raises(InputError, match=r"no network called 'rsn19'"):
        import_weights(saved(MMPOSE), "rsn19")


def test_an_unknown_model_is_not_blamed_on_the_file(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no network called 'rsn19'"):
        import_weights(tmp_path / "missing.pth", "rsn19")


def test_weights_of_a_run_that_failed_are_refused(saved: Callable[..., Path]) -> None:
    broken = {**MMPOSE, "backbone.top.top.0.bn.bias": torch.full((64,), float("nan"))}

    with pytest.raises(ArtefactError, match=r"top\.conv\.bn\.bias is no array of finite numbers"):
        import_weights(saved(broken), "rsn18")


def test_mmpose_file_names_carry_a_digest_that_must_agree(saved: Callable[..., Path], tmp_path: Path) -> None:
    path = saved(MMPOSE)
    digest = file_sha256(path)[:8]

    import_weights(path.rename(tmp_path / f"rsn18_coco-{digest}_20201127.pth"), "rsn18")
    with pytest.raises(ArtefactError, match=rf"begins with 01234567, but it is {digest}.*Download it again"):
        import_weights(
            (tmp_path / f"rsn18_coco-{digest}_20201127.pth").rename(tmp_path / "rsn18-01234567_20201127.pth"), "rsn18"
        )


def test_where_the_weights_came_from_stays_with_them(saved: Callable[..., Path]) -> None:
    path = saved(MMPOSE)

    notes = import_weights(path, "rsn18")[0].notes

    assert notes == {"side": "mmpose", "source": "weights.pth", "source_sha256": file_sha256(path)}


def _assert_equal(checkpoint: Checkpoint, state: dict[str, NDArray[Any]]) -> None:
    wanted = _counterless(state)
    assert checkpoint.state.keys() == wanted.keys()
    assert all(np.array_equal(checkpoint.state[name], wanted[name]) for name in wanted)


def _counterless(state: dict[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
    return {name: array for name, array in state.items() if not name.endswith("num_batches_tracked")}


def _pose(spec: Spec) -> ModelSpec:
    assert isinstance(spec, ModelSpec)
    return spec


def _in(folder: Path, tensors: Tensors) -> Path:
    torch.save(tensors, folder / "weights.pth")
    return folder / "weights.pth"


def _with_joints(joints: int) -> Tensors:
    """The official weights with the first joints of each head only."""
    return {
        name: tensor[:joints] if ".res_conv2." in name and tensor.ndim else tensor for name, tensor in OFFICIAL.items()
    }


def _refine_machine(prefix: str) -> Tensors:
    """A machine of mmpose's form, of ones: units by name and shape, linear layers with a bias."""
    units = {
        "conv_bn_relu_prm_1": (17, 17, 3, 3),
        "bottom_path.0": (17, 17, 1, 1),
        "bottom_path.1.depthwise_conv": (17, 1, 9, 9),
        "bottom_path.1.pointwise_conv": (1, 17, 1, 1),
    }
    tensors: Tensors = {}
    for name, shape in units.items():
        tensors[f"{prefix}{name}.conv.weight"] = torch.ones(shape)
        tensors |= _batch_norm(f"{prefix}{name}.bn.", shape[0])
    for linear, norm in (("0", "1"), ("3", "4")):
        tensors[f"{prefix}middle_path.{linear}.weight"] = torch.ones(17, 17)
        tensors[f"{prefix}middle_path.{linear}.bias"] = torch.ones(17)
        tensors |= _batch_norm(f"{prefix}middle_path.{norm}.", 17)
    return tensors


def _batch_norm(prefix: str, channels: int) -> Tensors:
    leaves = {"weight": 1.0, "bias": 0.0, "running_mean": 0.0, "running_var": 1.0}
    return {prefix + leaf: torch.full((channels,), value) for leaf, value in leaves.items()}
