"""The faults that are looked for: what each does to a training, its sentence, and what to do about it."""

from dataclasses import dataclass
from typing import Literal

Severity = Literal["stops training", "costs accuracy", "note"]
Of = Literal["person", "picture", "joint", "set"]

STOPS: Severity = "stops training"
COSTS: Severity = "costs accuracy"
NOTE: Severity = "note"


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that may be wrong.

    Args:
        name: what people call it.
        severity: what it does; one that stops training only costs while it hits no more than the share `tolerated`.
        of: what it hits.
        sentence: what those who are hit have.
        remedy: what to do about it.
    """

    name: str
    severity: Severity
    of: Of
    sentence: str
    remedy: str
    tolerated: float = 0.0


_LOOK = "Look at them on the sheet."

FAULTS = (
    Fault("no-person-category", STOPS, "set", "several categories, none called person", "Call one of them person."),
    Fault("no-persons", STOPS, "set", "no annotation of a person", "Check which file this is."),
    Fault("no-labelled-joint", STOPS, "set", "keypoints, but nothing labelled", "Label joints (v = 1 or 2)."),
    Fault("nobody-to-train-on", STOPS, "set", "only crowds, bystanders, boxes under 48x16 pixels and people with fewer "
          "than 4 labelled joints", "Check sizes and labels."),
    Fault("unlabelled-joints-unknown", STOPS, "set", "info.unlabelled_joints names what is no joint of the skeleton",
          "Correct the name, or the skeleton."),
    Fault("picture-id", STOPS, "picture", "no whole number as id, or an earlier picture's", "Number them anew."),
    Fault("file-name", STOPS, "picture", "no file_name", "Add it."),
    Fault("picture-missing", STOPS, "picture", "no such file among the pictures",
          "Name their folder with --pictures, or drop the entries.", tolerated=0.001),
    Fault("picture-unreadable", STOPS, "picture", "a file that cannot be decoded", "Save it anew, or drop its entry.",
          tolerated=0.001),
    Fault("size-contradicted", STOPS, "picture", "a width or height that is not the file's: labels lie elsewhere",
          "Are they from another version of the picture, or from before it was turned upright?"),
    Fault("unknown-picture", STOPS, "person", "an image_id that no picture has", "Add the picture or drop the person."),
    Fault("box-missing", STOPS, "person", "no bbox of four numbers", "Add it (x, y, width, height)."),
    Fault("joint-count", STOPS, "person", "other than the skeleton's number of joints", "Name theirs with --skeleton."),
    Fault("joint-order", STOPS, "joint", "the file has another of the joints in its place",
          "Order the joints of the skeleton as the file does (--skeleton FILE.toml)."),
    Fault("keypoints-no-numbers", STOPS, "person", "keypoints that are not all finite numbers", "Repair them."),
    Fault("visibility-values", STOPS, "person", "a v that is none of 0, 1, 2", "0 not labelled, 1 hidden, 2 visible."),
    Fault("annotation-id", COSTS, "person", "no whole number as id, or an earlier one's", "Number them anew."),
    Fault("file-name-twice", COSTS, "picture", "the file_name of an earlier picture", "Join the two entries."),
    Fault("picture-twice", COSTS, "picture", "looks like an earlier one", "Keep both on one side of a split."),
    Fault("box-empty", COSTS, "person", "a box without width or height: left out of training", "Repair the box."),
    Fault("box-outside-picture", COSTS, "person", "a box that sticks out", "Is it x, y, width, height? Cut it."),
    Fault("box-misses-joints", COSTS, "person", "a visible joint outside the box: crops lack it", "Repair the box."),
    Fault("joint-outside-picture", COSTS, "person", "a labelled joint outside the picture", "Set its v to 0."),
    Fault("joint-at-origin", COSTS, "person", "a labelled joint at 0, 0, most likely never placed", "Set its v to 0."),
    Fault("num-keypoints", COSTS, "person", "a num_keypoints other than its labelled joints", "Count again."),
    Fault("area", COSTS, "person", "no area above 0, which OKS divides by", "Take the outline's, or 0.53 x the box's."),
    Fault("area-exceeds-box", COSTS, "person", "an area above the box's: OKS forgives too much", "Repair the area."),
    Fault("same-person-twice", COSTS, "person", "an earlier annotation of the same person", "Keep one, or the mean."),
    Fault("predicted-labels", COSTS, "person", "labels with scores: a network's guesses, not truth",
          "Never score against them, and let true labels weigh more (DIR@0.3)."),
    Fault("never-labelled", COSTS, "joint", "labelled in nobody, and info.unlabelled_joints does not say so",
          "Name it there, and mix in a set that has it."),
    Fault("unlabelled-joints-wrong", COSTS, "joint", "labelled, though info.unlabelled_joints says that it never is",
          "Take it out of there, or its labels are wasted."),
    Fault("joint-names", COSTS, "joint", "a name in the file that the skeleton does not know", "Compare the orders."),
    Fault("flip-pairs", COSTS, "joint", "named after a side, but not paired with the other: mirrored pictures teach "
          "left for right", "Add the pair to the skeleton's flip_pairs."),
    Fault("sigmas-contradicted", COSTS, "joint", "a sigma more than twice, or less than half, of what persons labelled "
          "twice tell", "Take the estimates of the statistics."),
    Fault("sides-suspected", COSTS, "person", "a suspicion: the pose network sees the same joints with left and right "
          "exchanged", f"{_LOOK} Left is the person's own left."),
    Fault("person-suspected", COSTS, "picture", "a suspicion: the networks see somebody who is not labelled",
          f"{_LOOK} Box them, or train no detector with this set."),
    Fault("boxes-only", NOTE, "set", "boxes without keypoints: enough for a person detector, not for a pose network",
          "Keypoints lie in person_keypoints_SPLIT.json."),
    Fault("sigmas-guessed", NOTE, "set", "one sigma for all joints, a guess: its AP compares with nobody's",
          "Take COCO's for like joints, or have 50 persons labelled twice."),
    Fault("never-hidden", NOTE, "set", "no joint is marked as hidden (v = 1)", "Read no visibility off these labels."),
    Fault("no-medium-persons", NOTE, "set", "nobody of 32² to 96² pixels", "AP_M and AR_M of this set are always -1."),
    Fault("no-large-persons", NOTE, "set", "nobody above 96² pixels", "AP_L and AR_L of this set are always -1."),
    Fault("not-all-boxed", NOTE, "set", "not everybody is boxed, as the file says", "Train no detector with it."),
    Fault("size-missing", NOTE, "picture", "no width and height", "Write them in: what lies outside shows by them."),
    Fault("picture-without-persons", NOTE, "picture", "no annotation of a person", "Fine where nobody is in it."),
    Fault("shared-origin", NOTE, "picture", "cut out of the same picture as an earlier one", "Split by origin."),
    Fault("reduced-pictures", NOTE, "picture", "marked as reduced: softer than its size says",
          "Train small inputs, add no blur, mix in sharp pictures."),
    Fault("crowd", NOTE, "person", "a region with many people: neither trained on nor background", "Nothing to do."),
    Fault("set-aside", NOTE, "person", "main: false: a bystander, not trained on", "Nothing to do."),
    Fault("person-without-joints", NOTE, "person", "a box and no labelled joint", "Nothing to do."),
    Fault("left-out", NOTE, "person", "a box under 48x16 pixels, or fewer than 4 labelled joints: not trained on at "
          "256x192", "Choose a smaller --input if most are so."),
    Fault("unlabelled-with-place", NOTE, "person", "a joint with a place and v = 0", "Set v to 1 or 2 if it is right."),
    Fault("unlabelled-joints", NOTE, "joint", "never labelled, as the file says", "Mix in a set that has it."),
    Fault("box-misses-hidden-joints", NOTE, "person", "a hidden joint outside the box", "As in COCO; crops are wider."),
    Fault("box-from-joints", NOTE, "person", "a box computed from the joints", "Vary it: detectors' are looser."),
    Fault("area-stand-in", NOTE, "person", "an area that is a fixed share of the box", "Score no true areas with it."),
    Fault("made-up-ids", NOTE, "person", "an id that is not COCO's in a picture of COCO", "Match by picture and box."),
    Fault("sides-exchanged", NOTE, "person", "left and right exchanged by the file's maker (lr_swapped)", _LOOK),
    Fault("points-not-read", NOTE, "person", "points beside the keypoints", "To train them, make them keypoints."),
)  # fmt: skip
