"""Faults to plant: each changes one person or picture of a clean set, and brings at most the named companions along."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.train.audit.crafted import Content


@dataclass(frozen=True)
class Plant:
    """A change of one entry, or of the pictures' folder, and which other faults it cannot but cause."""

    change: Callable[[Content], object]
    companions: frozenset[str] = frozenset()


def plant(change: Callable[[Content], object], *companions: str) -> Plant:
    """A plant with these companions."""
    return Plant(change, frozenset(companions))


def _set_joint(person: Content, x: float | str, y: float, v: float) -> None:
    """The nose."""
    person["num_keypoints"] += int(v > 0) - int(person["keypoints"][2] > 0)
    person["keypoints"][:3] = [x, y, v]


def _keep_joints(person: Content, count: int) -> None:
    labelled = [at for at in range(2, 51, 3) if person["keypoints"][at]]
    for at in labelled[count:]:
        person["keypoints"][at - 2 : at + 1] = [0, 0, 0]
    person["num_keypoints"] = count


def _move_box(person: Content, x: float, y: float, width: float, height: float) -> None:
    left, top, *sides = person["bbox"]
    person["bbox"] = [left + x, top + y, sides[0] + width, sides[1] + height]


PERSON_PLANTS = {
    "box-missing": plant(lambda p: p["bbox"].pop(), "left-out"),
    "box-empty": plant(lambda p: p.update(bbox=[9, 9, 0, 0]), "left-out"),
    "box-outside-picture": plant(lambda p: _move_box(p, -500, 0, 500, 0)),
    "box-misses-joints": plant(lambda p: _move_box(p, 0, 900, 0, 0), "box-outside-picture"),
    "joint-count": plant(lambda p: p["keypoints"].extend([1, 1, 2]), "left-out"),
    "visibility-values": plant(lambda p: _set_joint(p, p["keypoints"][0], p["keypoints"][1], 3)),
    "joint-outside-picture": plant(lambda p: _set_joint(p, 430, 9, 1)),
    "joint-at-origin": plant(lambda p: _set_joint(p, 0, 0, 1)),
    "num-keypoints": plant(lambda p: p.update(num_keypoints=0)),
    "area": plant(lambda p: p.pop("area")),
    "annotation-id": plant(lambda p: p.update(id="x")),
    "unknown-picture": plant(lambda p: p.update(image_id=999), "picture-without-persons"),
    "predicted-labels": plant(lambda p: p.update(score=0.9)),
    "crowd": plant(lambda p: p.update(iscrowd=1)),
    "left-out": plant(lambda p: _keep_joints(p, 3)),
}

# Other ways to be hit by a fault.
MORE_PERSON_PLANTS: dict[str, tuple[Callable[[Content], object], ...]] = {
    "left-out": (lambda p: p.update(main=False), lambda p: _keep_joints(p, 0)),
    "area": (lambda p: p.update(area=200_000), lambda p: p.update(area=0)),
    "visibility-values": (lambda p: _set_joint(p, "left", 9, 2), lambda p: _set_joint(p, float("inf"), 9, 2)),
}

PICTURE_PLANTS = {
    "picture-id": plant(lambda e: e.update(id="first"), "unknown-picture", "picture-without-persons"),
    "picture-twice": plant(lambda e: e.update(file_name="1.png")),
    "size-contradicted": plant(lambda e: e.update(width=e["width"] + 30)),
    "not-all-boxed": plant(lambda e: e.update(all_persons_boxed=False)),
    "picture-missing": plant(lambda e: e.update(file_name="gone.png")),
}

FOLDER_PLANTS: dict[str, Callable[[Path], object]] = {
    "picture-unreadable": lambda picture: picture.write_bytes(picture.read_bytes()[:900]),
    "picture-missing": lambda picture: picture.unlink(),
    "picture-twice": lambda picture: picture.write_bytes((picture.parent / "1.png").read_bytes()),
}


def _each(content: Content, change: Callable[[Content], object]) -> None:
    for person in content["annotations"]:
        change(person)


def _drop_joints(person: Content) -> None:
    del person["keypoints"], person["num_keypoints"]


def _silence(content: Content, joint: int) -> None:
    """Nobody has this joint, and the file says so."""
    content["info"]["unlabelled_joints"] = [content["categories"][0]["keypoints"][joint]]
    for person in content["annotations"]:
        person["keypoints"][3 * joint : 3 * joint + 3] = [0, 0, 0]
        person["num_keypoints"] = sum(v > 0 for v in person["keypoints"][2::3])


def _double_without_hidden(content: Content) -> None:
    """The set twice over, so that it is large enough, and no joint hidden."""
    images, persons = content["images"], content["annotations"]
    for person in persons:
        person["keypoints"][2::3] = [2 if v else 0 for v in person["keypoints"][2::3]]
    images += [e | {"id": e["id"] + 500, "file_name": f"again-{e['file_name']}"} for e in images]
    persons += [p | {"id": p["id"] + 500, "image_id": p["image_id"] + 500} for p in persons]


SET_PLANTS = {
    "no-person-category": plant(lambda c: c.update(categories=[{"id": 1, "name": "man"}, {"id": 2, "name": "dog"}])),
    "boxes-only": plant(lambda c: _each(c, _drop_joints), "left-out"),
    "nobody-to-train-on": plant(lambda c: _each(c, lambda p: _keep_joints(p, 3)), "left-out", "never-labelled"),
    "unlabelled-joints-wrong": plant(lambda c: c["info"].update(unlabelled_joints=["nose"])),
    "never-labelled": plant(lambda c: _each(c, lambda p: _set_joint(p, 0, 0, 0))),
    "joint-order": plant(lambda c: c["categories"][0]["keypoints"].reverse()),
    "sizes-lacking": plant(lambda c: [p.update(area=2e3) for p in c["annotations"]]),
    "never-hidden": plant(_double_without_hidden),
    "unlabelled-joints": plant(lambda c: _silence(c, 3)),
    "same-person-twice": plant(lambda c: c["annotations"].append(c["annotations"][0] | {"id": 999})),
    "picture-without-persons": plant(lambda c: c["images"].append(c["images"][0] | {"id": 99, "file_name": "x.png"})),
}

# Other ways for a set to have a fault.
MORE_SET_PLANTS: dict[str, Callable[[Content], object]] = {
    "boxes-only": lambda c: _each(c, lambda p: _keep_joints(p, 0)),
    "nobody-to-train-on": lambda c: c.update(annotations=[]),
    "unlabelled-joints-wrong": lambda c: c["info"].update(unlabelled_joints=["tail"]),
    "sizes-lacking": lambda c: [p.update(area=1e4) for p in c["annotations"]],
}
