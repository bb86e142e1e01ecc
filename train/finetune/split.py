"""Which of a user's pictures are kept out of a training, so that its gain is measured on others.

A picture's fate hangs on its name: who adds some keeps nearly the same ones out.
"""

import hashlib
import json
from pathlib import Path

import numpy as np

from rsn_edge.artefact.writing import named_failures, write_text
from rsn_edge.coco import read_annotations, read_json
from rsn_edge.errors import InputError
from rsn_edge.skeleton import Skeleton

from ..data.keypoint_set import KeypointSet

_ONE_OF = 5
_FEWEST = 6  # pictures with labelled persons


def split_set(one: KeypointSet, skeleton: Skeleton, folder: Path) -> tuple[KeypointSet, KeypointSet]:
    """The set without, and only with, the fifth of its pictures of persons that is held out.

    Both are written below `folder` as sets of their own, pictures linked beside them. InputError where the file is
    none of `skeleton`, or has too few pictures to hold any out.
    """
    truth = read_annotations(one.annotations, skeleton)
    teaching = ~truth.crowd & (truth.labelled > 0)
    shown = np.isin(truth.image_ids, truth.owners[teaching])
    if shown.sum() < _FEWEST:
        raise InputError(
            f"{one.annotations} has labelled persons in {shown.sum()} pictures, too few to hold some out",
            f"Label at least {_FEWEST}, or name others to measure on with --val.",
        )
    names = dict(zip(truth.image_ids.tolist(), truth.file_names, strict=True))
    ranked = sorted(truth.image_ids[shown].tolist(), key=lambda number: hashlib.sha256(names[number].encode()).digest())
    held = set(ranked[: max(2, round(len(ranked) / _ONE_OF))])
    parts = {f"{one.name}-train": set(names) - held, f"{one.name}-held-out": held}
    train, measure = (_written(one, image_ids, folder / name) for name, image_ids in parts.items())
    return train, measure


def _written(one: KeypointSet, image_ids: set[int], folder: Path) -> KeypointSet:
    """The part of the set that shows these pictures."""
    content = read_json(one.annotations)
    annotations, pictures = folder / "person_keypoints.json", folder / "images"
    images = [image for image in content["images"] if image["id"] in image_ids]
    persons = [person for person in content["annotations"] if person.get("image_id") in image_ids]
    write_text(annotations, json.dumps({**content, "images": images, "annotations": persons}))
    with named_failures(pictures):
        if not pictures.exists():
            pictures.symlink_to(one.pictures.resolve(), target_is_directory=True)
    return KeypointSet(annotations, pictures, one.weight)
