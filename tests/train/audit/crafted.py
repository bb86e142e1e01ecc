"""A set of drawn people without a fault, for tests to plant faults in."""

import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from rsn_edge.figures import Scene, draw_scene
from rsn_edge.skeleton import COCO17

Content = dict[str, Any]

SIZE_HW = 320, 400
_FEWEST_JOINTS, _SMALLEST = 6, 60  # of everybody in the set: far from what the audit remarks on


def clean_set(folder: Path, pictures: int) -> Content:
    """Draws `pictures` scenes of one or two people into `folder`/images; the annotation file as JSON has it."""
    (folder / "images").mkdir(parents=True)
    scenes: list[Scene] = []
    seed = 0
    while len(scenes) < pictures:
        scene = draw_scene(np.random.default_rng((9, seed)), 1 + seed % 2, SIZE_HW)
        scenes += [scene] if _is_clear(scene) else []
        seed += 1
    persons: list[Content] = []
    for number, scene in enumerate(scenes, 1):
        cv2.imwrite(str(folder / "images" / f"{number}.png"), scene.image_bgr, [cv2.IMWRITE_PNG_COMPRESSION, 1])
        persons += [_person(scene, row, number, len(persons) + row + 1) for row in range(len(scene.boxes_xyxy))]
    height, width = SIZE_HW
    images = [{"id": n + 1, "file_name": f"{n + 1}.png", "width": width, "height": height} for n in range(pictures)]
    categories = [{"id": 1, "name": "person", "keypoints": list(COCO17.joints)}]
    return {"info": {}, "images": images, "annotations": persons, "categories": categories}


def written(folder: Path, content: Any, indent: int | None = None) -> Path:
    """The path of the annotation file with this content."""
    path = folder / "person_keypoints.json"
    path.write_text(json.dumps(content, indent=indent), encoding="utf-8")
    return path


def _is_clear(scene: Scene) -> bool:
    """Everybody is large, and shows enough joints in front of others."""
    sides = scene.boxes_xyxy[:, 2:] - scene.boxes_xyxy[:, :2]
    return bool((sides > _SMALLEST).all() and ((scene.visibility == 2).sum(axis=1) >= _FEWEST_JOINTS).all())


def _person(scene: Scene, row: int, picture: int, identity: int) -> Content:
    xy, v = scene.keypoints_xy[row], scene.visibility[row]
    hull = cv2.convexHull(xy[v > 0])
    left, top, right, bottom = scene.boxes_xyxy[row].tolist()
    return {
        "id": identity,
        "image_id": picture,
        "category_id": 1,
        "iscrowd": 0,
        "bbox": [left, top, right - left, bottom - top],
        "area": 1.2 * cv2.contourArea(hull),
        "keypoints": np.column_stack([np.nan_to_num(xy), v]).ravel().tolist(),
        "num_keypoints": int((v > 0).sum()),
    }
