"""The faults that are looked for: who is hit, what it does to a training, its sentence, and what to do about it."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from .labels import Entry, Float64, Mask, RawLabels, identity, listed

Severity = Literal["stops training", "costs accuracy", "note"]
Of = Literal["person", "picture", "joint", "set"]

STOPS: Severity = "stops training"
COSTS: Severity = "costs accuracy"
NOTE: Severity = "note"

_OVER_EDGE = 2.0  # pixels that a box may stick out of its picture
_OFF_PICTURE = 0.5  # pixels that a joint may: annotators differ on where a pixel's middle is
_OUT_OF_BOX = 0.05  # of the box's longer side; no visible joint of COCO is farther out
_FEWEST_JOINTS, _SMALLEST_WH = 4, (16, 48)  # labelled, and pixels of the box: what training at 256x192 takes
_OTHER_SIDE = {"left": "right", "right": "left", "l": "r", "r": "l"}

_MANY = 50  # persons, from which the lack of hidden joints is no chance
_SIZES = 32.0**2, 96.0**2  # square pixels: where COCO's small persons end, and the medium ones


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that may be wrong.

    Args:
        name: what people call it.
        severity: what it does; one that stops training only costs while it hits no more than the share `tolerated`.
        of: what it hits.
        sentence: what those who are hit have.
        remedy: what to do about it.
        hits: whom it hits: a mask of persons (m,), pictures (p,), joints (k,), or one for the set; None where the
            annotation file alone does not tell.
    """

    name: str
    severity: Severity
    of: Of
    sentence: str
    remedy: str
    hits: Callable[[RawLabels], Any] | None = None
    tolerated: float = 0.0


def persons_by_size(x: RawLabels) -> list[int]:
    """How many scored persons are small, medium and large, as COCO has it."""
    sizes: list[int] = np.bincount(np.searchsorted(_SIZES, x.scales[x.scored], side="right"), minlength=3).tolist()
    return sizes


def _taught(x: RawLabels) -> Mask:
    """(m,) persons whom a training takes."""
    aside = np.array([person.get("main") is False for person in x.persons], np.bool_)
    enough = x.labelled.sum(axis=1) >= min(_FEWEST_JOINTS, len(x.skeleton.joints))
    return np.asarray(~x.crowd & ~aside & (x.boxes_xywh[:, 2:] >= _SMALLEST_WH).all(axis=1) & enough)


def _unidentified(entries: list[Entry]) -> Mask:
    ids = [identity(entry.get("id")) for entry in entries]
    return np.array([number is None for number in ids], np.bool_) | _repeated(ids)


def _repeated(values: Sequence[Any]) -> Mask:
    """Those that stood earlier already; what is missing repeats nothing."""
    first: dict[str, int] = {}
    return np.array([v is not None and first.setdefault(str(v), row) < row for row, v in enumerate(values)], np.bool_)


def _outside(x: RawLabels, points: Float64, by: float) -> Mask:
    """(m, n) of each person's points (m, n, 2), those that lie outside the picture by so many pixels."""
    return np.asarray(((points < -by) | (points > x.picture_wh[:, None] + by)).any(axis=2))


def _misses_joints(x: RawLabels) -> Mask:
    xy, low, high = x.keypoints[..., :2], x.corners[:, :1], x.corners[:, 1:]
    longer = (high - low).max(axis=2)
    out = np.maximum(low - xy, xy - high).max(axis=2) > _OUT_OF_BOX * longer
    return np.asarray((out & (longer > 0) & (x.keypoints[..., 2] == 2)).any(axis=1))


def _miscounted(x: RawLabels) -> Mask:
    said = [person.get("num_keypoints") for person in x.persons]
    wrong = [n not in (None, own) for n, own in zip(said, x.labelled.sum(axis=1).tolist(), strict=True)]
    return np.array(wrong, np.bool_) & x.fits & np.isfinite(x.keypoints).all(axis=(1, 2))


def _declared(x: RawLabels) -> set[str]:
    """Joints that the file says are never labelled."""
    return {str(name) for name in listed(x.info.get("unlabelled_joints"))}


def _silent(x: RawLabels, declared: bool) -> Mask:
    """(k,) joints that nobody has though others are labelled, and of which that is said, or not."""
    said = _declared(x) | {x.skeleton.joints[index] for index in x.skeleton.unlabelled}
    return np.asarray(~x.labelled.any(axis=0) & x.labelled.any() & (np.isin(x.skeleton.joints, [*said]) == declared))


def _plain(names: Sequence[Any]) -> list[str]:
    return [re.sub(r"[^a-z0-9]+", "_", str(name).lower()) for name in names]


def _misplaced(x: RawLabels) -> Mask:
    ours, theirs = _plain(x.skeleton.joints), _plain(listed((x.category or {}).get("keypoints")))
    pairs = zip(ours, theirs if len(theirs) == len(ours) else ours, strict=True)
    return np.array([own != other and other in ours for own, other in pairs], np.bool_)


def _unpaired(x: RawLabels) -> Mask:
    names = _plain(x.skeleton.joints)
    others = ["_".join(_OTHER_SIDE.get(part, part) for part in name.split("_")) for name in names]
    partners = [names[partner] for partner in x.skeleton.mirrored]
    return np.array([a in names and a != b for a, b in zip(others, partners, strict=True)], np.bool_)


FAULTS = (
    Fault("no-person-category", STOPS, "set", "several categories, none called person", "Call one of them person.",
          lambda x: x.category is None),
    Fault("boxes-only", STOPS, "set", "persons without a labelled joint: enough for a detector, not for a pose network",
          "Take person_keypoints_SPLIT.json.", lambda x: x.persons and x.fits.all() and not x.labelled.any()),
    Fault("nobody-to-train-on", STOPS, "set", "nobody who is trained on (see left-out)", "Check sizes and labels.",
          lambda x: not _taught(x).any() and (x.labelled.any() or not x.persons)),
    Fault("unlabelled-joints-wrong", STOPS, "set", "info.unlabelled_joints has a joint that is labelled, or unknown",
          "Correct it, or labels are wasted.",
          lambda x: _declared(x) - {*np.compress(~x.labelled.any(axis=0), x.skeleton.joints)}),
    Fault("picture-id", STOPS, "picture", "no number as id, or an earlier picture's", "Number them anew.",
          lambda x: _unidentified(x.pictures)),
    Fault("picture-missing", STOPS, "picture", "no file_name, or no such file", "Name DIR with --pictures, or drop it.",
          lambda x: [picture.get("file_name") is None for picture in x.pictures], tolerated=0.001),
    Fault("picture-unreadable", STOPS, "picture", "a file that cannot be decoded", "Save it anew, or drop its entry.",
          tolerated=0.001),
    Fault("size-contradicted", STOPS, "picture", "a width or height that is not the file's: labels lie elsewhere",
          "Are they from another version of the picture, or from before it was turned upright?"),
    Fault("unknown-picture", STOPS, "person", "an image_id that no picture has", "Add the picture or drop the person.",
          lambda x: x.owners < 0),
    Fault("box-missing", STOPS, "person", "no bbox of four numbers", "Add it (x, y, width, height).",
          lambda x: np.isnan(x.boxes_xywh).any(axis=1)),
    Fault("joint-count", STOPS, "person", "other than the skeleton's number of joints", "Name theirs with --skeleton.",
          lambda x: ~x.fits),
    Fault("joint-order", STOPS, "joint", "the file has another of the joints in its place",
          "Order the joints of the skeleton as the file does (--skeleton FILE.toml).", _misplaced),
    Fault("visibility-values", STOPS, "person", "a v that is none of 0, 1, 2, or keypoints that are no numbers",
          "0 not labelled, 1 hidden, 2 visible.", lambda x: ~np.isin(x.keypoints[..., 2], (0, 1, 2)).all(axis=1)),
    Fault("annotation-id", COSTS, "person", "no number as id, or an earlier one's", "Number them anew.",
          lambda x: _unidentified(x.persons)),
    Fault("picture-twice", COSTS, "picture", "an earlier one's file_name or look", "Keep both on one side of a split.",
          lambda x: _repeated([picture.get("file_name") for picture in x.pictures])),
    Fault("box-empty", COSTS, "person", "a box without width or height: left out of training", "Repair the box.",
          lambda x: (x.boxes_xywh[:, 2:] <= 0).any(axis=1)),
    Fault("box-outside-picture", COSTS, "person", "a box that sticks out", "Is it x, y, width, height? Cut it.",
          lambda x: _outside(x, x.corners, _OVER_EDGE).any(axis=1)),
    Fault("box-misses-joints", COSTS, "person", "a visible joint outside the box: crops lack it", "Repair the box.",
          _misses_joints),
    Fault("joint-outside-picture", COSTS, "person", "a labelled joint outside the picture", "Set its v to 0.",
          lambda x: (x.labelled & _outside(x, x.keypoints[..., :2], _OFF_PICTURE)).any(axis=1)),
    Fault("joint-at-origin", COSTS, "person", "a labelled joint at 0, 0, most likely never placed", "Set its v to 0.",
          lambda x: (x.labelled & (x.keypoints[..., :2] == 0).all(axis=2)).any(axis=1)),
    Fault("num-keypoints", COSTS, "person", "a num_keypoints other than its labelled joints", "Count again.",
          _miscounted),
    Fault("area", COSTS, "person", "no area above 0, which OKS divides by, or one above the box's",
          "Take the outline's, or 0.53 x the box's.", lambda x: ~(x.areas > 0) | (x.areas > 1.05 * x.box_areas + 1)),
    Fault("same-person-twice", COSTS, "person", "an earlier annotation of the same person", "Keep one, or the mean."),
    Fault("predicted-labels", COSTS, "person", "labels with scores: a network's guesses, not truth",
          "Never score against them, and let true labels weigh more (DIR@0.3).",
          lambda x: [bool({"score", "scores", "box_score"} & set(person)) for person in x.persons]),
    Fault("never-labelled", COSTS, "joint", "labelled in nobody, and info.unlabelled_joints does not say so",
          "Name it there, and mix in a set that has it.", lambda x: _silent(x, declared=False)),
    Fault("flip-pairs", COSTS, "joint", "a side in its name and no partner: mirrored pictures teach left for right",
          "Add the pair to the skeleton's flip_pairs.", _unpaired),
    Fault("sigmas-contradicted", COSTS, "joint", "a sigma more than twice, or less than half, of what persons labelled "
          "twice tell", "Take the estimates of the statistics."),
    Fault("sides-suspected", COSTS, "person", "a suspicion: the pose network sees left and right exchanged",
          "Look at the sheet: left is the person's own left."),
    Fault("person-suspected", COSTS, "picture", "a suspicion: the networks see somebody who is not labelled",
          "Look at the sheet: box them, or train no detector with this set."),
    Fault("sigmas-guessed", NOTE, "set", "one sigma for all joints, a guess: its AP compares with nobody's",
          "Take COCO's for like joints, or have 50 persons labelled twice.",
          lambda x: len(x.skeleton.joints) > 1 and len(set(x.skeleton.sigmas)) == 1),
    Fault("never-hidden", NOTE, "set", "no joint is marked as hidden (v = 1)", "Read no visibility off these labels.",
          lambda x: x.scored.sum() >= _MANY and not (x.keypoints[..., 2] == 1).any()),
    Fault("sizes-lacking", NOTE, "set", "nobody of 32² to 96² pixels, or nobody larger",
          "AP_M and AR_M, or AP_L and AR_L, are always -1.", lambda x: x.scored.any() and 0 in persons_by_size(x)[1:]),
    Fault("not-all-boxed", NOTE, "set", "not everybody is boxed, as the file says", "Train no detector with it.",
          lambda x: False in [x.info.get("all_persons_labelled"), *(p.get("all_persons_boxed") for p in x.pictures)]),
    Fault("picture-without-persons", NOTE, "picture", "no annotation of a person", "Fine where nobody is in it.",
          lambda x: ~np.isin(range(len(x.pictures)), x.owners)),
    Fault("crowd", NOTE, "person", "a region with many people: neither trained on nor background", "Nothing to do.",
          lambda x: x.crowd),
    Fault("left-out", NOTE, "person", "main: false, fewer than 4 labelled joints, or a box under 48x16 pixels: not "
          "trained on", "Choose a smaller --input than 256x192 for small boxes.", lambda x: ~x.crowd & ~_taught(x)),
    Fault("unlabelled-joints", NOTE, "joint", "never labelled, as the file says", "Mix in a set that has it.",
          lambda x: _silent(x, declared=True)),
)  # fmt: skip
