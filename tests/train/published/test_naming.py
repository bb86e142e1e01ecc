"""Published names become ours, one to one, for every stored list."""

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from rsn_edge.network.build import state_shapes
from rsn_edge.skeleton import COCO17, MPII16
from rsn_edge.spec import pose_variant
from tests.network.golden import FOLDER, published_names
from train.published.naming import Side, fold_biases, our_state, side_of

VARIANTS_OF: dict[Side, tuple[str, ...]] = {
    "official": ("res18", "rsn18", "rsn50", "rsn101", "2xrsn50", "4xrsn18", "4xrsn50", "mspn50", "4xmspn50"),
    "mmpose": ("rsn18", "rsn50", "rsn101", "2xrsn50", "4xrsn18", "4xrsn50", "mspn50", "4xmspn50"),
}
ROWS = [(side, name, 17) for side, names in VARIANTS_OF.items() for name in names]
ROWS += [("official", "rsn18", 16), ("mmpose", "rsn18", 16)]


@pytest.mark.parametrize(("side", "variant", "joints"), ROWS)
def test_every_published_name_has_one_of_ours(side: Side, variant: str, joints: int) -> None:
    published = _weightless(side, variant, joints)

    ours = {name: array.shape for name, array in our_state(published).items() if "num_batches" not in name}

    assert ours == state_shapes(pose_variant(variant, skeleton=COCO17 if joints == 17 else MPII16))


def test_every_stored_list_is_tried() -> None:
    assert len(list(FOLDER.glob("names_*"))) == len(ROWS)


@pytest.mark.parametrize("variant", VARIANTS_OF["official"])
def test_our_order_is_the_official_one(variant: str) -> None:
    names = [name for name, _ in published_names("official", variant, 17)]

    kept = [name for name in names if not name.endswith((".conv.bias", "num_batches_tracked"))]

    assert list(state_shapes(pose_variant(variant))) == kept


def test_older_mmpose_files_call_the_head_otherwise() -> None:
    newer = _weightless("mmpose", "rsn18", 17)
    older = {name.replace("head.", "keypoint_head.", 1): array for name, array in newer.items()}

    assert our_state(older).keys() == our_state(newer).keys()


@pytest.mark.parametrize(
    ("name", "side"),
    [
        ("backbone.multi_stage_mspn.0.upsample.up1.in_skip.conv.weight", "mmpose"),
        ("keypoint_head.predict_layers.0.conv_layers.0.bn.bias", "mmpose"),
        ("top.conv.conv.weight", "rsn-edge"),
        ("stem.conv.weight", "rsn-edge"),
        ("backbone.conv1.weight", None),
        ("layer1.0.conv1.weight", None),
    ],
)
def test_names_tell_who_wrote_them(name: str, side: Side | None) -> None:
    assert side_of({name: np.zeros(1)}) == side


def test_biases_in_front_of_batch_norms_mark_the_official_code() -> None:
    assert side_of(_weightless("official", "mspn50", 17)) == "official"


def test_a_folded_bias_leaves_the_running_mean_that_much_lower() -> None:
    state = {"a.conv.bias": np.array([1.0, 2.0]), "a.bn.running_mean": np.array([5.0, 5.0])}

    folded = fold_biases(state)

    assert folded.keys() == {"a.bn.running_mean"}
    assert folded["a.bn.running_mean"].tolist() == [4, 3]


def test_a_bias_without_a_batch_norm_stays() -> None:
    assert fold_biases({"score.conv.bias": np.zeros(1)}).keys() == {"score.conv.bias"}


def _weightless(side: Side, variant: str, joints: int) -> dict[str, NDArray[Any]]:
    """A published state dict whose arrays take no memory."""
    zero = np.float32(0)
    return {name: np.broadcast_to(zero, shape) for name, shape in published_names(side, variant, joints)}
