"""MPII Human Pose as it is handed around: persons of the json lists of the RSN, MSPN and HRNet code, or of its .mat.

Axes: n persons, 16 joints in MPII's order. Pixels count from 1 here, as they do in Matlab.
"""

import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rsn_edge.coco import MALFORMED, read_json
from rsn_edge.errors import InputError, MissingPackageError
from rsn_edge.source.decode import read_content

Float64 = NDArray[np.float64]

_JOINTS = 16
_NOT_LABELLED = [[0.0, 0.0]] * _JOINTS, [0] * _JOINTS


@dataclass(frozen=True, slots=True, eq=False)
class MpiiPersons:
    """n persons as MPII's files have them.

    Args:
        images: name of each person's picture.
        centres: (n, 2) pixels from 1.
        scales: (n,) height / 200 pixels.
        joints: (n, 16, 2) pixels from 1.
        labelled: (n, 16) whether a joint has a place; nowhere in a file without joints.
    """

    images: tuple[str, ...]
    centres: Float64
    scales: Float64
    joints: Float64
    labelled: NDArray[np.bool_]


def read_persons(path: Path) -> MpiiPersons:
    """The persons of a json list (image, center, scale, perhaps joints and joints_vis), or the labelled training
    persons of MPII's own .mat.

    InputError where the file is broken or of another form.
    """
    content: Any = _training_persons(read_mat(path)) if path.suffix == ".mat" else read_json(path)
    try:
        entries = list(content)
        joints = [entry.get("joints", _NOT_LABELLED[0]) for entry in entries]
        visible = [entry.get("joints_vis", _NOT_LABELLED[1]) for entry in entries]
        numbers = (
            np.array([entry["center"] for entry in entries], np.float64).reshape(-1, 2),
            np.array([entry["scale"] for entry in entries], np.float64).reshape(-1),
            np.array(joints, np.float64).reshape(-1, _JOINTS, 2),
        )
        if not all(np.isfinite(one).all() for one in numbers):
            raise ValueError("a number that is not finite")
        labelled = np.array(visible, np.float64).reshape(-1, _JOINTS) > 0
        return MpiiPersons(tuple(str(entry["image"]) for entry in entries), *numbers, labelled)
    except MALFORMED as error:
        raise InputError(
            f"{path} is no list of MPII's persons (image, center, scale, joints, joints_vis): {error!r}",
            "Take a json of the RSN, MSPN or HRNet data, or MPII's own mpii_human_pose_v1_u12_1.mat.",
        ) from error


def read_mat(path: Path) -> dict[str, Any]:
    """The variables of a Matlab file, structs as dicts and axes of length 1 dropped; InputError where it is none."""
    try:
        from scipy.io import loadmat
    except ModuleNotFoundError as error:
        raise MissingPackageError("scipy", "reading MPII's .mat", "bench") from error
    content = read_content(path)
    try:
        return dict(loadmat(io.BytesIO(content), simplify_cells=True))
    except Exception as error:  # there is no end to what scipy says to damaged bytes
        raise InputError(f"{path} is no Matlab file, or damaged: {error!r}", "Copy it once more.") from error


def _training_persons(mat: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Those of MPII's own .mat who have joints, a place and a size, as entries of the json lists.

    A hidden joint counts as any other, as it does in those lists.
    """
    release = mat["RELEASE"]
    for picture, trains in zip(_each(release["annolist"]), np.atleast_1d(release["img_train"]), strict=True):
        for person in _each(picture["annorect"]) if trains == 1 else ():
            place, points, scale = (person.get(key, ()) for key in ("objpos", "annopoints", "scale"))
            if isinstance(place, dict) and isinstance(points, dict) and np.size(scale) == 1:
                name, centre = picture["image"]["name"], (place["x"], place["y"])
                xy, seen = np.array(_NOT_LABELLED[0]), np.array(_NOT_LABELLED[1])
                for point in _each(points.get("point", ())):
                    xy[point["id"]], seen[point["id"]] = (point["x"], point["y"]), 1
                yield {"image": name, "center": centre, "scale": scale, "joints": xy, "joints_vis": seen}


def _each(structs: Any) -> Any:
    """The elements of a Matlab array of structs, which is not one where it had a single element."""
    return [structs] if isinstance(structs, dict) else structs
