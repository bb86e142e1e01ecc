"""From a float network and crops to its calibration: every tensor that one of the integer forms may hold is watched."""

from collections.abc import Mapping
from pathlib import Path

import onnx

from rsn_edge.artefact.checkpoint import read_checkpoint
from rsn_edge.artefact.description import describe, pose_spec
from rsn_edge.calibration import LIMITS_KEY, Calibration, Method, coco_ids, with_limits
from rsn_edge.device.machine import usable_cores
from rsn_edge.errors import ArtefactError
from rsn_edge.quantisation import place
from rsn_edge.spec import Spec

from .crop_set import CropSet
from .int8_cpu import sliced, tensors_to_quantise
from .ranges import observe, ranges_of
from .surgery import Surgery, notes_of


def float_network(path: Path) -> tuple[onnx.ModelProto, Spec]:
    """The fp32 network in an ONNX file or a checkpoint; ArtefactError where it is another kind of file."""
    said = describe(path)
    spec = said.spec or pose_spec(path)
    if said.precision != "fp32" or not said.weights_sha256:
        raise ArtefactError(
            f"{path} is of precision {said.precision}, and ranges are those of the float network",
            "Name the checkpoint, or the fp32 file that rsn-edge export makes of it.",
        )
    if said.kind == "onnx":
        return onnx.load(path), spec
    from .onnx import onnx_from_checkpoint  # seconds of PyTorch

    return onnx.load_from_string(onnx_from_checkpoint(read_checkpoint(path))), spec


def calibrate(
    model: onnx.ModelProto,
    spec: Spec,
    crops: CropSet,
    coverage: Mapping[str, int],
    chosen: Method | None = None,
    threads: int | None = None,
) -> Calibration:
    """The ranges of a float network: those it was trained for, and what the crops say of its other tensors.

    They are the same to the last bit for any order of the crops and any number of threads.
    """
    notes = notes_of(model)
    observed = observe(model, tensors_to_watch(model), lambda: crops.feeds(spec), threads or usable_cores())
    return Calibration(
        weights_sha256=notes["weights_sha256"],
        crops=len(crops),
        crops_sha256=crops.sha256,
        image_ids=tuple(sorted(coco_ids(crops.names))),
        source=crops.source,
        coverage=coverage,
        ranges=with_limits(ranges_of(observed), notes.get(LIMITS_KEY, "{}")),
        chosen=chosen,
    )


def tensors_to_watch(model: onnx.ModelProto) -> list[str]:
    """What a processor's form or any of TensorRT's holds as integers, by the names of the float network."""
    placement = place(Surgery(model).operations, "full")
    without_splits = Surgery(model)
    sliced(without_splits)
    return sorted({*tensors_to_quantise(without_splits), *placement.tensors, *placement.shared.values()})
