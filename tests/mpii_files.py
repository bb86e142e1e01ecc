"""MPII's files in small: the same persons as a json list and as the official .mat."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.io import savemat

JOINTS = np.stack([np.arange(16) * 5.0 + 31, np.arange(16) * 8.0 + 21], axis=1)  # pixels from 1


def person(image: str, centre: tuple[float, float], scale: float, labelled: Sequence[int] = range(16)) -> Any:
    """An entry of the list form; joints without a label lie at -1, -1."""
    visible = np.isin(np.arange(16), labelled)
    joints = np.where(visible[:, None], JOINTS, -1.0)
    return {
        "image": image,
        "center": list(centre),
        "scale": scale,
        "joints": joints.tolist(),
        "joints_vis": visible.astype(int).tolist(),
    }


# Two persons on one picture; the second lacks ankles, and the third's centre is unknown.
PEOPLE = [
    person("a.png", (70.0, 85.0), 0.7),
    person("a.png", (80.0, 90.0), 0.75, range(1, 15)),
    person("b.png", (-1.0, 85.0), 0.9),
]


def write_list(path: Path, people: list[Any]) -> Path:
    """As the RSN, MSPN and HRNet data have it, with a picture for each name in images/."""
    path.write_text(json.dumps(people))
    (path.parent / "images").mkdir(exist_ok=True)
    for entry in people:
        cv2.imwrite(str(path.parent / "images" / entry["image"]), np.full((180, 200, 3), 99, np.uint8))
    return path


def write_release(path: Path, people: list[Any], strangers: Sequence[Mapping[str, Any]] = ()) -> Path:
    """MPII's own file: the training pictures of `people`, each with `strangers` too, and a test picture."""
    pictures: list[dict[str, Any]] = []
    for name in dict.fromkeys(entry["image"] for entry in people):
        own = [_rectangle(entry) for entry in people if entry["image"] == name]
        pictures.append({"image": {"name": name}, "annorect": _structs([*own, *strangers])})
    pictures.append({"image": {"name": "test.png"}, "annorect": _structs([_rectangle(people[0])])})
    trains = np.array([1] * (len(pictures) - 1) + [0], np.uint8)
    savemat(path, {"RELEASE": {"annolist": _structs(pictures), "img_train": trains}})
    return path


def _rectangle(entry: Any) -> dict[str, Any]:
    points = [
        {"x": x, "y": y, "id": joint, "is_visible": joint % 2}
        for joint, ((x, y), seen) in enumerate(zip(entry["joints"], entry["joints_vis"], strict=True))
        if seen
    ]
    x, y = entry["center"]
    return {"scale": entry["scale"], "objpos": {"x": x, "y": y}, "annopoints": {"point": _structs(points)}}


def _structs(rows: Sequence[Mapping[str, Any]]) -> NDArray[np.void]:
    """A Matlab array of structs: what a row lacks is empty there."""
    fields = list(dict.fromkeys(field for row in rows for field in row))
    structs = np.empty(len(rows), [(field, object) for field in fields])
    for place, row in enumerate(rows):
        structs[place] = tuple(row.get(field, np.zeros((0, 0))) for field in fields)
    return structs
