"""MPII Human Pose as a set in COCO's form, so that it is audited, trained on and validated as any other."""

from pathlib import Path

import numpy as np

from rsn_edge.artefact.digest import file_sha256
from rsn_edge.artefact.writing import write_text
from rsn_edge.coco import annotation_file, find_pictures, person_entry
from rsn_edge.keypoints.crop import boxes_from_centre_scale
from rsn_edge.mpii import MpiiPersons, read_persons
from rsn_edge.skeleton import MPII16
from rsn_edge.source.decode import HEAD_BYTES, read_content

_AREA_OF_SQUARE = 0.2  # of their height's square, MPII's box, that whole persons of COCO fill (median)
_VISIBLE = 2  # what the published code takes every labelled joint for


def is_mpii(file: Path) -> bool:
    """Whether this is a .mat or a json list; annotations in COCO's form are an object."""
    return file.suffix == ".mat" or read_content(file, HEAD_BYTES).lstrip().startswith(b"[")


def mpii_set(folder: Path, file: Path) -> tuple[Path, Path]:
    """Annotation file and picture folder of MPII's persons in `file`, the former made below `folder` unless there.

    InputError where the file is broken, or its pictures are not beside it.
    """
    pictures = find_pictures(file)
    annotations = folder / f"mpii-{file.stem}-{file_sha256(file)[:8]}" / "person_keypoints.json"
    if not annotations.is_file():
        write_text(annotations, _in_cocos_form(read_persons(file)))
    return annotations, pictures


def _in_cocos_form(people: MpiiPersons) -> str:
    """Pixels count from 0 from here on."""
    pictures = {name: number for number, name in enumerate(dict.fromkeys(people.images))}
    boxes = boxes_from_centre_scale(people.centres, people.scales).round(3)
    areas = (_AREA_OF_SQUARE * (boxes[:, 2] - boxes[:, 0]) ** 2).tolist()
    placed = np.concatenate([people.joints - 1, np.full((*people.labelled.shape, 1), _VISIBLE)], axis=2)
    keypoints = np.where(people.labelled[..., None], placed, 0.0).round(3)
    persons = [
        person_entry(row, pictures[name], boxes[row], areas[row], keypoints[row])
        for row, name in enumerate(people.images)
    ]
    images = [{"id": number, "file_name": name} for name, number in pictures.items()]
    return annotation_file("MPII Human Pose", images, persons, MPII16.joints)
