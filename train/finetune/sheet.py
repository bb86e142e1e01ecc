"""Persons as several networks read them, side by side."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from rsn_edge.artefact.checkpoint import Checkpoint
from rsn_edge.backend.torch import TorchBackend
from rsn_edge.coco import CocoKeypoints, read_annotations
from rsn_edge.drawing.overlay import draw_poses
from rsn_edge.drawing.sheet import contact_sheet
from rsn_edge.errors import InputError
from rsn_edge.frame import Frame
from rsn_edge.keypoints.crop import affines_from_boxes, warp_crop
from rsn_edge.keypoints.oks import coco_oks
from rsn_edge.people import Persons, Poses
from rsn_edge.poser import CropPoser
from rsn_edge.reading import annotated_rows
from rsn_edge.source.decode import read_picture
from rsn_edge.spec import ModelSpec

from ..data.keypoint_set import KeypointSet

Image = NDArray[np.uint8]

_SHOWN, _COLUMNS, _HEIGHT = 12, 4, 320


def comparison_sheet(networks: Mapping[str, Checkpoint], spec: ModelSpec, one: KeypointSet) -> Image:
    """At most twelve labelled persons, evenly spread over a set, each as every one of the named networks reads it.

    All networks are `spec`, but for its confidence. Drawn are the joints that are labelled, beside the person's OKS. A
    picture that cannot be read is left out.
    """
    truth = read_annotations(one.annotations, spec.skeleton)
    everyone = [(picture, row) for picture, rows in enumerate(annotated_rows(truth)) for row in rows]
    posers = {name: CropPoser(TorchBackend(network), spec) for name, network in networks.items()}
    cells, captions = [], []
    for place in np.unique(np.linspace(0, len(everyone) - 1, _SHOWN).round().astype(int)):
        picture, row = everyone[place]
        try:
            frame = Frame(read_picture(one.pictures / truth.file_names[picture]))
        except InputError:
            continue
        for name, poser in posers.items():
            poses = _labelled(poser.poses(frame, Persons(truth.boxes_xyxy[[row]], np.ones(1, np.float32))), truth, row)
            similarity = coco_oks(
                poses.keypoints_xy, truth.keypoints[[row]], poses.boxes_xyxy, truth.areas[[row]], spec.skeleton.sigmas
            )
            cells.append(_cut_out(draw_poses(frame.image_bgr, poses, spec.skeleton, threshold=0.0), poses, spec))
            captions.append(f"{name}: OKS {similarity[0, 0]:.2f}")
    for poser in posers.values():
        poser.close()
    return contact_sheet(cells, captions, _COLUMNS, (_HEIGHT, _HEIGHT))


def _labelled(poses: Poses, truth: CocoKeypoints, row: int) -> Poses:
    labelled = truth.keypoints[[row], :, 2:] > 0
    return replace(poses, keypoints_xy=np.where(labelled, poses.keypoints_xy, np.float32(np.nan)))


def _cut_out(image: Image, poses: Poses, spec: ModelSpec) -> Image:
    cell: Image = np.empty((_HEIGHT, round(_HEIGHT * spec.input_hw[1] / spec.input_hw[0]), 3), np.uint8)
    warp_crop(image, affines_from_boxes(poses.boxes_xyxy, cell.shape[:2], spec.padding)[0], cell)
    return cell
