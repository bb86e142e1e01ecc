"""Names of weights: from mmpose's to ours, which are those of the RSN and MSPN code.

The RSN and MSPN code gives every convolution a bias in front of its batch norm; ours have none, see `fold_biases`.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any, Literal

from numpy.typing import NDArray

State = dict[str, NDArray[Any]]
Side = Literal["official", "mmpose", "rsn-edge"]


def _head(match: "re.Match[str]") -> str:
    head = int(match[1])  # mmpose counts the heads of all stages in one list
    return f"stage{head // 4}.upsample.up{head % 4 + 1}."


_FROM_MMPOSE: tuple[tuple[str, str | Callable[["re.Match[str]"], str]], ...] = (
    (r"^backbone\.top\.top\.0\.", "top.conv."),
    (r"^backbone\.multi_stage_(?:rsn|mspn)\.(\d+)\.", r"stage\1."),
    (r"^(?:keypoint_)?head\.predict_layers\.(\d+)\.", _head),
    (r"\.conv_layers\.0\.", ".res_conv1."),
    (r"\.conv_layers\.1\.", ".res_conv2."),
    (r"\.in_skip\.", ".u_skip."),
    (r"\.out_skip([12])\.", r".skip\1."),
    (r"\.conv_bn3\.", ".conv_bn_relu3."),
    (r"(\.layer\d\.\d+)\.(conv|bn)([123])\.", r"\1.conv_bn_relu\3.\2."),
    (r"\.middle_path\.0\.", ".conv_bn_relu_prm_2_1.conv."),
    (r"\.middle_path\.1\.", ".conv_bn_relu_prm_2_1.bn."),
    (r"\.middle_path\.3\.", ".conv_bn_relu_prm_2_2.conv."),
    (r"\.middle_path\.4\.", ".conv_bn_relu_prm_2_2.bn."),
    (r"\.bottom_path\.0\.", ".conv_bn_relu_prm_3_1."),
    (r"\.bottom_path\.1\.depthwise_conv\.", ".conv_bn_relu_prm_3_2."),
    (r"\.bottom_path\.1\.pointwise_conv\.", ".conv_bn_relu_prm_3_3."),
)


def side_of(names: Mapping[str, Any]) -> Side | None:
    """Who wrote weights of these names; None where they belong to neither family."""
    if any(name.startswith(("backbone.multi_stage_", "head.predict_layers", "keypoint_head.")) for name in names):
        return "mmpose"
    if "top.conv.conv.weight" in names:
        return "official" if any(name.endswith(".conv.bias") for name in names) else "rsn-edge"
    return "rsn-edge" if "stem.conv.weight" in names else None


def missing_biases(names: Mapping[str, Any], side: Side) -> list[str]:
    """Biases that this side's files hold and these names lack: without them every map would be a little wrong."""
    biased = {"official": r"\.conv\.weight$", "mmpose": r"\.middle_path\.[03]\.weight$"}
    if side not in biased:
        return []
    biases = [name.removesuffix("weight") + "bias" for name in names if re.search(biased[side], name)]
    return [bias for bias in biases if bias not in names]


def our_state(state: Mapping[str, NDArray[Any]]) -> State:
    """The same weights under our names, without the biases in front of batch norms."""
    renamed = {_renamed(name): array for name, array in state.items()}
    return fold_biases({name: _as_convolution(name, array) for name, array in renamed.items()})


def fold_biases(state: State) -> State:
    """Takes each convolution's bias off the running mean of the batch norm behind it: the same function, exactly."""
    folded = dict(state)
    for name in state:
        mean = name.removesuffix(".conv.bias") + ".bn.running_mean"
        if name.endswith(".conv.bias") and mean in state and state[mean].shape == state[name].shape:
            folded[mean] = state[mean] - folded.pop(name)
    return folded


def _renamed(name: str) -> str:
    for pattern, replacement in _FROM_MMPOSE:
        name = re.sub(pattern, replacement, name)
    return name


def _as_convolution(name: str, array: NDArray[Any]) -> NDArray[Any]:
    # mmpose's refine machine has linear layers on pooled maps: 1x1 convolutions.
    return array[:, :, None, None] if name.endswith(".conv.weight") and array.ndim == 2 else array
