"""What opened pictures say, and what the embedded networks suspect: exchanged sides, persons who were not labelled."""

from collections.abc import Iterable
from contextlib import closing
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from rsn_edge import embedded
from rsn_edge.backend.protocol import BackendChoice
from rsn_edge.coco import corner_boxes
from rsn_edge.errors import InputError
from rsn_edge.estimator import PoseEstimator
from rsn_edge.frame import Frame
from rsn_edge.keypoints.oks import paired_oks
from rsn_edge.people import Float32, Persons
from rsn_edge.poser import open_poser
from rsn_edge.skeleton import Skeleton
from rsn_edge.source.decode import read_picture

from .labels import Float64, Mask, RawLabels

_THUMB = 16  # pixels
_ALIKE = 0.98  # correlation of two thumbnails
_ROWS = 256  # thumbnails compared at once: bounds memory (with 100,000 pictures to 100 MB)
# With these, none of 623 persons of COCO fell under suspicion, and a fifth of them once their sides were exchanged.
_EXCHANGED_OKS, _EXCHANGED_GAIN = 0.6, 0.6
_FEWEST_PAIRED = 6  # labelled joints with a labelled partner
_SURE = 0.53  # certainty of a detection; where one counts as a person in a run, too much is none
_KNOWN = 0.3  # share of a detection within one labelled box, from which that person is known


def hits_in_pictures(labels: RawLabels, folder: Path, rows: Iterable[int]) -> dict[str, Mask]:
    """Masks of pictures (p,) by name of the fault; `rows` are all of them, `folder` has them."""
    missing, unreadable = np.zeros((2, len(labels.pictures)), np.bool_)
    sizes, thumbs = labels.sizes_wh.copy(), np.zeros((len(missing), _THUMB**2), np.float32)
    for row in rows:
        path = picture_path(labels, folder, row)
        try:
            image = read_picture(path)
        except InputError:
            missing[row], unreadable[row] = not path.is_file(), path.is_file()
        else:
            sizes[row], thumbs[row] = image.shape[1::-1], _thumb(image)
    return {
        "picture-missing": missing,
        "picture-unreadable": unreadable,
        "size-contradicted": np.abs(labels.sizes_wh - sizes).max(axis=1) > 0,
        "picture-twice": looks_like_earlier(thumbs),
    }


def suspicions(labels: RawLabels, folder: Path, rows: Iterable[int]) -> tuple[dict[str, Mask], dict[int, Float32]]:
    """Masks by name of the fault, and boxes (n, 4) x1, y1, x2, y2 of unlabelled persons by row of the picture.

    `rows` are the pictures to look at, all of which can be read.
    """
    exchanged, strangers = np.zeros(len(labels.persons), np.bool_), {}
    pose = embedded.model_path(embedded.POSE)
    with PoseEstimator.open() as estimator, closing(open_poser(pose, BackendChoice())) as poser:
        theirs = {joint: index for index, joint in enumerate(poser.skeleton.joints)}
        for row in rows:
            frame = Frame(read_picture(picture_path(labels, folder, row)))
            boxes = corner_boxes(np.nan_to_num(labels.boxes_xywh))
            poses = estimator(frame.image_bgr)
            found = poses.boxes_xyxy[poses.certainty >= _SURE]
            strangers[row] = found[unknown_persons(found, boxes[labels.owners == row])]
            own = (labels.owners == row) & labels.scored & np.isfinite(labels.box_areas)
            poses = poser.poses(frame, Persons(boxes[own], np.ones(own.sum(), np.float32)))
            seen = np.pad(poses.keypoints_xy.astype(np.float64), ((0, 0), (0, 1), (0, 0)), constant_values=np.nan)
            at = [theirs.get(joint, -1) for joint in labels.skeleton.joints]
            exchanged[own] = sides_exchanged(labels.keypoints[own], seen[:, at], labels.scales[own], labels.skeleton)
    suspected = np.isin(np.arange(len(labels.pictures)), [row for row, boxes in strangers.items() if len(boxes)])
    return {"sides-suspected": exchanged, "person-suspected": suspected}, strangers


def picture_path(labels: RawLabels, folder: Path, row: int) -> Path:
    """Where a picture should lie."""
    return folder / str(labels.pictures[row].get("file_name") or "(no file_name)")


def looks_like_earlier(thumbs: NDArray[np.float32]) -> Mask:
    """(p,) rows, of mean 0 and length 1 each, that nearly equal an earlier one."""
    hits = np.zeros(len(thumbs), np.bool_)
    for start in range(0, len(thumbs), _ROWS):
        block = slice(start, start + _ROWS)
        hits[block] = np.tril(thumbs[block] @ thumbs[: start + _ROWS].T > _ALIKE, start - 1).any(axis=1)
    return hits


def unknown_persons(found_xyxy: Float32, labelled_xyxy: Float32) -> Mask:
    """(n,) boxes (n, 4) of which no large part lies in one of the labelled (m, 4)."""
    low = np.maximum(found_xyxy[:, None, :2], labelled_xyxy[:, :2])
    high = np.minimum(found_xyxy[:, None, 2:], labelled_xyxy[:, 2:])
    areas = (found_xyxy[:, 2:] - found_xyxy[:, :2]).prod(axis=1)
    return np.asarray(((high - low).clip(0).prod(axis=2) < _KNOWN * areas[:, None]).all(axis=1))


def sides_exchanged(labels_xyv: Float64, seen_xy: Float64, areas: Float64, skeleton: Skeleton) -> Mask:
    """(n,) persons whose labels (n, k, 3) fit the skeletons seen (n, k, 2) well once left and right change places.

    Only joints with a partner count; NaN in `seen_xy` is a joint that was not seen.
    """
    mirrored = np.array(skeleton.mirrored)
    known = (labels_xyv[..., 2] > 0) & np.isfinite(seen_xy[..., 0]) & (mirrored != np.arange(len(mirrored)))
    known &= known[:, mirrored]
    truth, sigmas = labels_xyv[..., :2], skeleton.sigmas
    straight = paired_oks(seen_xy, truth, known, areas, sigmas)
    crossed = paired_oks(seen_xy[:, mirrored], truth, known, areas, sigmas)
    fits = (crossed > _EXCHANGED_OKS) & (crossed - straight > _EXCHANGED_GAIN)
    return np.asarray(fits & (known.sum(axis=1) >= _FEWEST_PAIRED))


def _thumb(image_bgr: NDArray[np.uint8]) -> NDArray[np.float32]:
    """A small grey picture as a vector of mean 0 and length 1; nearly 0 for an even one, which looks like nothing."""
    small = cv2.resize(image_bgr, (_THUMB, _THUMB), interpolation=cv2.INTER_AREA).mean(axis=2, dtype=np.float32).ravel()
    small -= small.mean()
    return np.asarray(small / max(float(np.linalg.norm(small)), 1.0))
