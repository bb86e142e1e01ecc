"""The set of pictures that `bench --coco` names: a split in COCO's layout, or an annotation file and its pictures."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from rsn_edge.coco import CocoKeypoints, find_pictures, find_split, read_annotations, read_json
from rsn_edge.errors import InputError
from rsn_edge.skeleton import Skeleton


@dataclass(frozen=True, slots=True, eq=False)
class CocoSet:
    """Pictures and who is on them; `labelled` is False for a test set, whose truth only COCO's server knows."""

    name: str
    annotations: Path
    pictures: Path
    truth: CocoKeypoints
    labelled: bool = True


def open_set(split: str, root: Path, skeleton: Skeleton) -> CocoSet:
    """The split of that name in `root`, or the set of an annotation file; InputError where there is none.

    A split without person_keypoints_SPLIT.json but with image_info_SPLIT.json is a test set; the pictures of test-dev
    lie in the folder of the whole test set, as COCO has it.
    """
    if split.endswith(".json"):
        path = Path(split)
        truth = read_annotations(path, skeleton)
        named = path.parent.name if path.stem == "person_keypoints" else path.stem.removeprefix("person_keypoints_")
        return CocoSet(named, path, find_pictures(path), _scorable(truth, path))
    images = root / "annotations" / f"image_info_{split}.json"
    if images.is_file() and not (root / "annotations" / f"person_keypoints_{split}.json").is_file():
        own = root / split
        pictures = own if own.is_dir() else root / split.replace("test-dev", "test")
        return CocoSet(split, images, pictures, _pictures_only(images, skeleton), labelled=False)
    annotations, pictures = find_split(root, split)
    return CocoSet(split, annotations, pictures, _scorable(read_annotations(annotations, skeleton), annotations))


def _scorable(truth: CocoKeypoints, path: Path) -> CocoKeypoints:
    """InputError where COCO's numbers cannot be computed from the file, which the evaluators would not say."""
    entries: list[dict[str, Any]] = read_json(path)["annotations"]
    for key in ("area", "id"):
        lacking = sum(key not in entry for entry in entries)
        if lacking:
            raise InputError(f"{lacking} annotations of {path} have no '{key}', which COCO's scores need")
    if len({entry["id"] for entry in entries}) < len(entries):
        raise InputError(f"several annotations of {path} have the same id", "Number them anew.")
    return truth


def _pictures_only(path: Path, skeleton: Skeleton) -> CocoKeypoints:
    try:
        images = read_json(path)["images"]
        ids = np.array([image["id"] for image in images], np.int64)
        names = tuple(str(image["file_name"]) for image in images)
        sizes = np.array([(image["height"], image["width"]) for image in images], np.int64).reshape(-1, 2)
    except (KeyError, TypeError, ValueError) as error:
        raise InputError(f"{path} is no list of COCO's pictures: {error!r}") from error
    none, k = np.zeros(0, np.int64), len(skeleton.joints)
    return CocoKeypoints(
        image_ids=ids, file_names=names, sizes_hw=sizes, annotation_ids=none, owners=none,
        boxes_xyxy=np.zeros((0, 4), np.float32), keypoints=np.zeros((0, k, 3), np.float32),
        areas=np.zeros(0, np.float32), crowd=np.zeros(0, np.bool_), labelled=none, category_id=1,
    )  # fmt: skip
