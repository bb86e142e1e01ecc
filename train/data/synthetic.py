"""Drawn people as a set in COCO's form, so that trainings and their measures work where no photographs are."""

from pathlib import Path
from typing import Any

import cv2
import numpy as np

from rsn_edge.artefact.writing import named_failures, write_text
from rsn_edge.coco import AREA_OF_BOX, annotation_file, person_entry
from rsn_edge.errors import OutputError
from rsn_edge.figures import Scene, draw_scene
from rsn_edge.skeleton import Skeleton

_SIZE_HW = (320, 320)
_MOST_PERSONS = 3  # in one picture


def synthetic_set(folder: Path, pictures: int, seed: int, skeleton: Skeleton) -> tuple[Path, Path]:
    """Annotation file and picture folder of `pictures` drawn scenes, made below `folder` if they are not there yet."""
    place = folder / f"synthetic-{skeleton.name}-{seed}-{pictures}"
    annotations, images = place / "person_keypoints.json", place / "images"
    if not annotations.is_file():
        with named_failures(images):
            images.mkdir(parents=True, exist_ok=True)
        content = _drawn(images, pictures, seed, skeleton)
        write_text(annotations, content)  # last: a set that broke off is drawn again
    return annotations, images


def _drawn(images: Path, pictures: int, seed: int, skeleton: Skeleton) -> str:
    persons, entries = list[dict[str, Any]](), list[dict[str, Any]]()
    height, width = _SIZE_HW
    for index in range(pictures):
        rng, name = np.random.default_rng((seed, index)), f"{index:06d}.png"
        scene = draw_scene(rng, 1 + int(rng.integers(_MOST_PERSONS)), _SIZE_HW, skeleton)
        if not cv2.imwrite(str(images / name), scene.image_bgr, [cv2.IMWRITE_PNG_COMPRESSION, 1]):
            raise OutputError(f"{images / name} could not be written", "Choose another place with --out.")
        persons += _persons(scene, index, len(persons))
        entries.append({"id": index, "file_name": name, "height": height, "width": width})
    return annotation_file("drawn figures", entries, persons, skeleton.joints)


def _persons(scene: Scene, picture: int, first: int) -> list[dict[str, Any]]:
    """One annotation a person that shows, in COCO's form."""
    points = np.nan_to_num(scene.keypoints_xy).round(2)
    triples = np.concatenate([points, scene.visibility[..., None]], axis=2)
    sizes = scene.boxes_xyxy[:, 2:] - scene.boxes_xyxy[:, :2]
    areas = (AREA_OF_BOX * sizes.prod(axis=1)).tolist()
    seen = np.flatnonzero((scene.visibility > 0).any(axis=1) & (sizes > 1).all(axis=1)).tolist()
    return [
        person_entry(first + order, picture, scene.boxes_xyxy[row], areas[row], triples[row])
        for order, row in enumerate(seen)
    ]
