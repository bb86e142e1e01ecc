"""A small set in COCO's layout, drawn: pictures of people with exact truth."""

import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from rsn_edge.figures import Scene, draw_scene


def write_split(root: Path, split: str = "val2017", persons: tuple[int, ...] = (1, 2, 0)) -> Path:
    """Draws a picture for each number of persons; where the annotations lie. Image ids count from 11."""
    (root / "annotations").mkdir(parents=True, exist_ok=True)
    (root / split).mkdir()
    images, annotations = [], []
    for image_id, count in enumerate(persons, 11):
        scene = draw_scene(np.random.default_rng(image_id), count, (240, 320))
        name = f"{image_id:012d}.png"
        cv2.imwrite(str(root / split / name), scene.image_bgr)
        images.append({"id": image_id, "file_name": name, "height": 240, "width": 320})
        annotations += [_person(scene, row, image_id, 100 * image_id + row) for row in range(count)]
    path = root / "annotations" / f"person_keypoints_{split}.json"
    categories = [{"id": 1, "name": "person"}]
    path.write_text(json.dumps({"images": images, "annotations": annotations, "categories": categories}))
    return path


def _person(scene: Scene, row: int, image_id: int, number: int) -> dict[str, Any]:
    left, top, right, bottom = scene.boxes_xyxy[row].astype(float).tolist()
    visibility = scene.visibility[row]
    points = np.concatenate([np.nan_to_num(scene.keypoints_xy[row]), visibility[:, None]], axis=1)
    return {
        "id": number, "image_id": image_id, "category_id": 1, "iscrowd": 0,
        "bbox": [left, top, right - left, bottom - top], "area": 0.5 * (right - left) * (bottom - top),
        "keypoints": points.astype(float).round(2).ravel().tolist(), "num_keypoints": int((visibility > 0).sum()),
    }  # fmt: skip
