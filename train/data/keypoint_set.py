"""Where a set of pictures with keypoints lies: what `--data` and `--val` mean by a name."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from rsn_edge import coco
from rsn_edge.artefact.kind import file_sha256
from rsn_edge.artefact.writing import named_failures, write_text
from rsn_edge.errors import InputError, OutputError
from rsn_edge.figures import Scene, draw_scene
from rsn_edge.keypoints.crop import boxes_from_centre_scale
from rsn_edge.mpii import MpiiPersons, read_persons
from rsn_edge.skeleton import COCO17, MPII16, Skeleton
from rsn_edge.source.decode import HEAD_BYTES, read_content

_SYNTHETIC = re.compile(r"synthetic(?::([1-9]\d{0,6}))?")
_USUAL_FIGURES = 1000
_KINDS = ("person_keypoints",)
_AREA_OF_SQUARE = 0.2  # of their height's square, MPII's box, that whole persons of COCO fill (median)
_VISIBLE = 2  # what the published code takes every labelled joint for
_SIZE_HW = (320, 320)
_MOST_PERSONS = 3  # in one picture


@dataclass(frozen=True, slots=True)
class KeypointSet:
    """A COCO keypoints file, the folder of its pictures, and how much more often than others its persons are drawn."""

    annotations: Path
    pictures: Path
    weight: float = 1.0

    @property
    def name(self) -> str:
        """What people call it: the split in COCO's layout, else the folder."""
        parent = self.annotations.parent
        return self.pictures.name if parent.name == "annotations" else parent.name


def open_set(text: str, split: str, skeleton: Skeleton | None, cache: Path, seed: int = 0) -> KeypointSet:
    """The set that `text` names; InputError where there is none.

    Args:
        text: as in `find_set`, MPII's json or .mat with images/ beside it or its folder, or `synthetic[:N]`; then
            perhaps `@WEIGHT`.
        split: the usual one.
        skeleton: of the figures; None: only their boxes matter, so annotations may be COCO's instances.
        cache: folder for what is drawn or brought into COCO's form.
        seed: what they are drawn from.
    """
    place, weight = weighted(text)
    path, figures = Path(place), _SYNTHETIC.fullmatch(place)
    if figures:
        drawn = synthetic_set(cache, int(figures[1] or _USUAL_FIGURES), seed, skeleton or COCO17)
        return KeypointSet(*drawn, weight)
    if path.is_file() and is_mpii(path):
        return KeypointSet(*mpii_set(cache, path), weight)
    found = coco.find_set(place, split, _KINDS if skeleton else (*_KINDS, "instances"))
    if not found and not path.exists():
        raise InputError(f"there is no data {place}", "Name a folder, a file of COCO or MPII, or synthetic:1000.")
    return KeypointSet(*(found or coco.find_split(path, split)), weight)


def read_set(one: KeypointSet, skeleton: Skeleton | None) -> coco.CocoKeypoints:
    """Its annotations, as in `read_annotations`; InputError where a person's picture is not among its pictures."""
    truth = coco.read_annotations(one.annotations, skeleton)
    strange = set(truth.owners.tolist()) - set(truth.image_ids.tolist())
    if strange:
        raise InputError(f"{one.annotations} has a person in picture {min(strange)}, which it does not list")
    return truth


def weighted(text: str) -> tuple[str, float]:
    """What stands before an `@`, and the weight behind it or 1; InputError where that is no number above 0."""
    place, at, weight = text.rpartition("@")
    if not at or Path(text).exists():
        return text, 1.0
    if not re.fullmatch(r"\d+(\.\d+)?", weight) or float(weight) <= 0:
        raise InputError(f"'{weight}' in {text} is not a weight", "Write a number above 0, such as photos/@1.5.")
    return place, float(weight)


def is_mpii(file: Path) -> bool:
    """Whether this is a .mat or a json list; annotations in COCO's form are an object."""
    return file.suffix == ".mat" or read_content(file, HEAD_BYTES).lstrip().startswith(b"[")


def mpii_set(folder: Path, file: Path) -> tuple[Path, Path]:
    """Annotation file and picture folder of MPII's persons in `file`, the former made below `folder` unless there.

    InputError where the file is broken, or its pictures are not beside it.
    """
    pictures = coco.find_pictures(file)
    annotations = folder / f"mpii-{file.stem}-{file_sha256(file)[:8]}" / "person_keypoints.json"
    if not annotations.is_file():
        write_text(annotations, _in_cocos_form(read_persons(file)))
    return annotations, pictures


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


def _in_cocos_form(people: MpiiPersons) -> str:
    """Pixels count from 0 from here on."""
    pictures = {name: number for number, name in enumerate(dict.fromkeys(people.images))}
    boxes = boxes_from_centre_scale(people.centres, people.scales).round(3)
    areas = (_AREA_OF_SQUARE * (boxes[:, 2] - boxes[:, 0]) ** 2).tolist()
    placed = np.concatenate([people.joints - 1, np.full((*people.labelled.shape, 1), _VISIBLE)], axis=2)
    keypoints = np.where(people.labelled[..., None], placed, 0.0).round(3)
    persons = [
        coco.person_entry(row, pictures[name], boxes[row], areas[row], keypoints[row])
        for row, name in enumerate(people.images)
    ]
    images = [{"id": number, "file_name": name} for name, number in pictures.items()]
    return coco.annotation_file("MPII Human Pose", images, persons, MPII16.joints)


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
    return coco.annotation_file("drawn figures", entries, persons, skeleton.joints)


def _persons(scene: Scene, picture: int, first: int) -> list[dict[str, Any]]:
    """One annotation a person that shows, in COCO's form."""
    points = np.nan_to_num(scene.keypoints_xy).round(2)
    triples = np.concatenate([points, scene.visibility[..., None]], axis=2)
    sizes = scene.boxes_xyxy[:, 2:] - scene.boxes_xyxy[:, :2]
    areas = (coco.AREA_OF_BOX * sizes.prod(axis=1)).tolist()
    seen = np.flatnonzero((scene.visibility > 0).any(axis=1) & (sizes > 1).all(axis=1)).tolist()
    return [
        coco.person_entry(first + order, picture, scene.boxes_xyxy[row], areas[row], triples[row])
        for order, row in enumerate(seen)
    ]
