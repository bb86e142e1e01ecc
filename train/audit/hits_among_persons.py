"""Who is hit by the faults of boxes, areas and joints."""

import numpy as np

from .labels import Entry, Float64, Mask, RawLabels, marked

_OVER_EDGE = 2.0  # pixels that a box may stick out of its picture
_OFF_PICTURE = 0.5  # pixels that a joint may: annotators differ on where a pixel's middle is
_OUT_OF_BOX = 0.05  # of the box's longer side; no visible joint of COCO is farther out
_RATIO_BIN = 0.005  # of area / box area; rounding in files is finer
_COMPUTED, _FEWEST = 0.15, 10  # share and number of persons with one ratio: outlines do not agree so
_MARGIN_OFF, _MARGINS_ALIKE = 0.01, 0.6  # boxes computed from joints: their margins are the same share of the joints
_FEWEST_JOINTS, _SMALLEST_WH = 4, (16, 48)  # labelled, and pixels of the box: what training at 256x192 takes


def hits_among_persons(labels: RawLabels) -> dict[str, Mask]:
    """By name of the fault: masks of persons (m,), and one of the set (1,)."""
    return _boxes(labels) | _areas(labels) | _joints(labels) | _origins(labels) | _use(labels)


def _boxes(labels: RawLabels) -> dict[str, Mask]:
    low, wh = labels.boxes_xywh[:, :2], labels.boxes_xywh[:, 2:]
    xy, v, longer = labels.keypoints[..., :2], labels.keypoints[..., 2], wh.max(axis=1)[:, None]
    beyond = np.maximum(low[:, None] - xy, xy - (low + wh)[:, None]).max(axis=2)
    out = (beyond > _OUT_OF_BOX * longer) & (longer > 0)
    margins = _margins(labels)[labels.labelled.sum(axis=1) >= _FEWEST_JOINTS]
    off = np.abs(margins - np.nanmedian(margins)) if np.isfinite(margins).sum() > 4 * _FEWEST else margins
    computed = (off < _MARGIN_OFF).sum() > _MARGINS_ALIKE * max(np.isfinite(off).sum(), 4 * _FEWEST)
    return {
        "box-missing": np.isnan(low + wh).any(axis=1),
        "box-empty": (wh <= 0).any(axis=1),
        "box-outside-picture": ((low < -_OVER_EDGE) | (low + wh > labels.picture_wh + _OVER_EDGE)).any(axis=1),
        "box-misses-joints": (out & (v == 2)).any(axis=1),
        "box-misses-hidden-joints": (out & (v == 1)).any(axis=1),
        "box-from-joints": labels.scored if computed else marked(labels.persons, "box_from_joints"),
    }


def _areas(labels: RawLabels) -> dict[str, Mask]:
    boxes = labels.boxes_xywh[:, 2:].prod(axis=1)
    ratios = labels.areas / np.where(boxes > 0, boxes, np.nan)
    bins = np.floor(np.clip(np.nan_to_num(ratios), 0, 2) / _RATIO_BIN).astype(np.int64)
    counts = np.convolve(np.bincount(bins[ratios > 0], minlength=3), [1, 1, 1], "same")  # a ratio and its neighbours
    stand_in = (np.abs(bins - counts.argmax()) <= 1) & (counts.max() >= max(_FEWEST, _COMPUTED * len(bins)))
    return {
        "area": ~(labels.areas > 0),
        "area-exceeds-box": (boxes > 0) & (labels.areas > 1.05 * boxes + 1),
        "area-stand-in": stand_in & (ratios > 0),
    }


def _joints(labels: RawLabels) -> dict[str, Mask]:
    xy, v, size = labels.keypoints[..., :2], labels.keypoints[..., 2], labels.picture_wh[:, None]
    off = ((xy < -_OFF_PICTURE) | (xy > size + _OFF_PICTURE)).any(axis=2)
    counts = [person.get("num_keypoints") for person in labels.persons]
    wrong = [count not in (None, own) for count, own in zip(counts, (v > 0).sum(axis=1).tolist(), strict=True)]
    fits, broken = labels.triples == labels.keypoints.shape[1], np.isnan(labels.keypoints).any(axis=(1, 2))
    return {
        "joint-count": (labels.triples > 0) & ~fits,
        "keypoints-no-numbers": broken,
        "visibility-values": (~np.isin(v, (0, 1, 2)) & ~np.isnan(v)).any(axis=1),
        "joint-outside-picture": ((v > 0) & off).any(axis=1),
        "joint-at-origin": ((v > 0) & (xy == 0).all(axis=2)).any(axis=1),
        "unlabelled-with-place": ((v == 0) & (xy != 0).any(axis=2)).any(axis=1),
        "num-keypoints": fits & ~broken & np.array(wrong, np.bool_),
    }


def _origins(labels: RawLabels) -> dict[str, Mask]:
    guessed = labels.info.get("labels") in ("pseudo", "none")
    scored = [any(field in person for field in ("score", "scores", "box_score")) for person in labels.persons]
    return {
        "predicted-labels": np.array(scored, np.bool_) | guessed,
        "sides-exchanged": marked(labels.persons, "lr_swapped"),
        "points-not-read": np.array([bool(_points_beside(person)) for person in labels.persons], np.bool_),
    }


def _use(labels: RawLabels) -> dict[str, Mask]:
    count, fewest = labels.labelled.sum(axis=1), min(_FEWEST_JOINTS, labels.keypoints.shape[1])
    aside = np.array([person.get("main") is False for person in labels.persons], np.bool_)
    small = (labels.boxes_xywh[:, 2:] < _SMALLEST_WH).any(axis=1)
    left_out = ~labels.crowd & (small | (count < fewest) & (count > 0))
    empty = ~np.array([any(person.get("keypoints") or ()) for person in labels.persons], np.bool_)
    teaching = ~labels.crowd & ~small & (count >= fewest) & ~aside
    return {
        "crowd": labels.crowd,
        "set-aside": aside,
        "person-without-joints": ~labels.crowd & empty & count.any(),
        "left-out": left_out,
        "nobody-to-train-on": np.array([count.any() and not teaching.any()]),
    }


def _margins(labels: RawLabels) -> Float64:
    """(m, 4) from the joints' extent to the box, in longer sides of that extent; NaN where the picture ends."""
    beside = [np.reshape(_points_beside(person), (-1, 2)) for person in labels.persons]
    extra = np.full((len(beside), max(map(len, beside), default=0), 2), np.nan)
    for row, points in enumerate(beside):
        extra[row, : len(points)] = points
    joints = np.where(labels.labelled[..., None], labels.keypoints[..., :2], np.nan)
    points = np.concatenate([joints, extra], axis=1)
    low, high = np.fmin.reduce(points, axis=1), np.fmax.reduce(points, axis=1)
    left, right = labels.boxes_xywh[:, :2], labels.boxes_xywh[:, :2] + labels.boxes_xywh[:, 2:]
    cut = np.concatenate([left < 1, right > labels.picture_wh - 1], axis=1)
    longer = np.maximum((high - low).max(axis=1), 1)[:, None]
    return np.where(cut, np.nan, np.concatenate([low - left, right - high], axis=1) / longer)


def _points_beside(person: Entry) -> list[list[float]]:
    """Points that an entry keeps beside the keypoints, such as neck and head top."""
    pairs = [value for value in person.values() if isinstance(value, list) and len(value) == 2]
    return [pair for pair in pairs if all(isinstance(number, float) for number in pair)]
