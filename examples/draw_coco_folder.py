#!/usr/bin/env python3
"""Draws people into a folder in COCO's layout: the form that your own pictures need.

    python examples/draw_coco_folder.py DIR PICTURES

Makes DIR/train2017/*.png and DIR/val2017/*.png (a fifth as many pictures, at least 20), and the labels of both as
DIR/annotations/person_keypoints_train2017.json and person_keypoints_val2017.json.
"""

import json
import sys
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from rsn_edge.figures import Scene, draw_scene
from rsn_edge.skeleton import COCO17

HEIGHT, WIDTH = 320, 320
MOST_PERSONS = 3
BODY_IN_BOX = 0.53  # share of the box that a person fills: what stands for the area where no outline is known


def write_split(root: Path, split: str, pictures: int, seed: int) -> None:
    """The pictures of one split, and its annotation file."""
    (root / split).mkdir(parents=True, exist_ok=True)
    (root / "annotations").mkdir(exist_ok=True)
    images: list[dict[str, Any]] = []
    annotations: list[dict[str, Any]] = []
    for image_id in range(1, pictures + 1):
        rng = np.random.default_rng((seed, image_id))
        scene = draw_scene(rng, int(rng.integers(1, MOST_PERSONS + 1)), (HEIGHT, WIDTH))
        name = f"{image_id:012d}.png"
        cv2.imwrite(str(root / split / name), scene.image_bgr)
        images.append({"id": image_id, "file_name": name, "height": HEIGHT, "width": WIDTH})
        annotations += [person(scene, row, image_id, 10 * image_id + row) for row in shown(scene)]
    category = {"id": 1, "name": "person", "keypoints": list(COCO17.joints)}
    content = {"images": images, "annotations": annotations, "categories": [category]}
    (root / "annotations" / f"person_keypoints_{split}.json").write_text(json.dumps(content), encoding="utf-8")


def shown(scene: Scene) -> list[int]:
    """Who is in the picture with at least one joint."""
    return [int(row) for row in np.flatnonzero((scene.visibility > 0).any(axis=1))]


def person(scene: Scene, row: int, image_id: int, number: int) -> dict[str, Any]:
    """One annotation: a box (left, top, width, height), and x, y, visibility of every joint in the skeleton's order.

    Visibility is 2 where a joint can be seen, 1 where it is hidden but its place is known, and 0, with x and y 0, where
    it was not labelled.
    """
    left, top, right, bottom = scene.boxes_xyxy[row].astype(float).tolist()
    visibility = scene.visibility[row]
    joints = np.column_stack([np.nan_to_num(scene.keypoints_xy[row]), visibility])
    return {
        "id": number,
        "image_id": image_id,
        "category_id": 1,
        "iscrowd": 0,
        "bbox": [left, top, right - left, bottom - top],
        "area": BODY_IN_BOX * (right - left) * (bottom - top),
        "keypoints": joints.astype(float).round(2).ravel().tolist(),
        "num_keypoints": int((visibility > 0).sum()),
    }


if __name__ == "__main__":
    folder, count = Path(sys.argv[1]), int(sys.argv[2])
    write_split(folder, "train2017", count, seed=0)
    write_split(folder, "val2017", max(20, count // 5), seed=1)
