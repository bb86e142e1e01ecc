"""Published checkpoints of RSN and MSPN become ours: weights, and the arithmetic of whoever trained them."""

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from rsn_edge.artefact.checkpoint import Checkpoint
from rsn_edge.artefact.kind import file_sha256
from rsn_edge.errors import ArtefactError, InputError
from rsn_edge.skeleton import COCO17, MPII16, Skeleton
from rsn_edge.spec import DETECTORS, PoseRefine, Spec, pose_variant

from .naming import Side, State, missing_biases, our_state, side_of
from .tensor_file import read_tensor_file

_DIGEST_IN_NAME = re.compile(r"-([0-9a-f]{8})_\d{8}\.pth$")  # mmpose: head of the SHA-256, then the date
_PREPROCESSOR = "data_preprocessor."
_LAST_HEAD = re.compile(r"\.up4\.res_conv2\.conv\.weight$")
_SKELETON_OF_JOINTS = {len(skeleton.joints): skeleton for skeleton in (COCO17, MPII16)}
_MPII_INPUT = (256, 256)  # of every published network of MPII
_BLUR_MMPOSE = 5  # cells; mmpose's Megvii codec at test time, for all data sets


def import_weights(
    path: Path, model: str, input_hw: tuple[int, int] | None = None, skeleton: Skeleton | None = None
) -> tuple[Checkpoint, Side, tuple[str, ...]]:
    """The weights in `path` as a checkpoint of the network `model`, who wrote them, and what was left aside.

    Number of joints, side and refine machine are read off the tensors; without `input_hw` weights of MPII's joints take
    256x256 and others what the network's row says. ArtefactError where the file is damaged, holds
    more than tensors, or does not fit; InputError where the model is unknown or the joints need a `skeleton`.
    """
    if model not in DETECTORS:
        pose_variant(model)  # a wrong name is no fault of the file
    _check_digest_in_name(path)
    file = read_tensor_file(path)
    arrays = {name.removeprefix("module."): array for name, array in file.arrays.items()}
    side = _side(arrays, path)
    extras = [name for name in arrays if name.startswith(_PREPROCESSOR)]
    state = _float_state(our_state({name: array for name, array in arrays.items() if name not in extras}), path)
    notes = {"side": side, "source": path.name, "source_sha256": file_sha256(path)}
    if file.ours is not None and file.ours.spec.variant == model:  # a checkpoint of ours knows itself
        spec, notes = replace(file.ours.spec, input_hw=input_hw or file.ours.spec.input_hw), dict(file.ours.notes)
    else:
        spec = _spec(model, side, state, input_hw, skeleton)
    _check_fit(spec, state, path, file.ours)
    return Checkpoint(spec, state, notes), side, (*file.ignored, *extras)


def _check_digest_in_name(path: Path) -> None:
    named = _DIGEST_IN_NAME.search(path.name)
    if named and path.is_file():
        found = file_sha256(path)[:8]
        if found != named[1]:
            raise ArtefactError(
                f"{path} is cut off or altered: by its name its SHA-256 begins with {named[1]}, but it is {found}...",
                "Download it again.",
            )


def _side(arrays: Mapping[str, Any], path: Path) -> Side:
    side = side_of(arrays)
    if side is None:
        raise ArtefactError(
            f"{path} holds no RSN or MSPN weights: its names are {', '.join(list(arrays)[:3])} ...",
            "Name a checkpoint of the RSN or MSPN code, or one of mmpose's RSN and MSPN networks (rsn-edge models).",
        )
    if lost := missing_biases(arrays, side):
        raise ArtefactError(
            f"{path} lacks {len(lost)} biases of convolutions ({', '.join(lost[:10])})",
            "Take the file as its authors published it.",
        )
    return side


def _float_state(state: State, path: Path) -> State:
    kept = {name: array for name, array in state.items() if not name.endswith("num_batches_tracked")}
    for name, array in kept.items():
        if array.dtype.kind != "f" or not np.isfinite(array).all():
            raise ArtefactError(f"{path}: {name} is no array of finite numbers", "Take an earlier checkpoint.")
    return {name: np.ascontiguousarray(array, np.float32) for name, array in kept.items()}


def _spec(model: str, side: Side, state: State, input_hw: tuple[int, int] | None, skeleton: Skeleton | None) -> Spec:
    if model in DETECTORS:
        return replace(DETECTORS[model], input_hw=input_hw or DETECTORS[model].input_hw)
    skeleton = _skeleton(state, skeleton)
    spec = pose_variant(model, input_hw or (_MPII_INPUT if skeleton == MPII16 else None), skeleton)
    spec = replace(spec, prm=_refine_machine(state))
    if side != "mmpose":
        return spec  # the table holds the RSN and MSPN code's own arithmetic, and ours for our networks
    return replace(
        spec,
        colour="rgb",
        mean=spec.mean[::-1],
        std=spec.std[::-1],
        padding=(1.25, 1.25),
        decode="megvii",
        blur=_BLUR_MMPOSE,
    )


def _skeleton(state: State, given: Skeleton | None) -> Skeleton:
    joints = next((array.shape[0] for name, array in state.items() if _LAST_HEAD.search(name)), len(COCO17.joints))
    if given is None and joints not in _SKELETON_OF_JOINTS:
        raise InputError(
            f"the weights know {joints} joints, which is neither COCO's 17 nor MPII's 16",
            "Describe them: --skeleton FILE.toml (see docs/skeletons.md).",
        )
    if given is not None and len(given.joints) != joints:
        raise InputError(
            f"the weights know {joints} joints, skeleton '{given.name}' has {len(given.joints)}",
            "Name the skeleton that they were trained with, or none for COCO's and MPII's.",
        )
    return given or _SKELETON_OF_JOINTS[joints]


def _refine_machine(state: State) -> PoseRefine:
    refined = [name for name in state if ".prm." in name]
    if not refined:
        return "off"
    return "mmpose" if any("prm_3_3" in name for name in refined) else "official"


def _check_fit(spec: Spec, state: State, path: Path, ours: Checkpoint | None) -> None:
    from rsn_edge.network.build import check_shapes, state_shapes  # PyTorch, which a wrong file need not wait for

    found = {name: array.shape for name, array in state.items()}
    try:
        check_shapes(state_shapes(spec), found, f"{path} does not fit {spec.variant}")
    except ArtefactError as error:
        if ours is None:
            raise ArtefactError(error.happened, "See which networks there are: rsn-edge models.") from error
        raise ArtefactError(
            f"{path} holds the weights of {ours.spec.variant}, not of {spec.variant}",
            f"It is a checkpoint of rsn-edge already: rsn-edge export {path}",
        ) from error
