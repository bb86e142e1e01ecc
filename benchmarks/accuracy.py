"""COCO accuracy of model files: the runtime's own crop, backend and decode on every picture of a set."""

import json
import re
import zipfile
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

from rsn_edge.artefact.description import describe, pose_spec, thresholds_of
from rsn_edge.artefact.manifest import JOINT_THRESHOLD
from rsn_edge.artefact.writing import whole_file, write_text
from rsn_edge.calibration import leaked, noted_images
from rsn_edge.coco import Result
from rsn_edge.commands.assembly import RunProgress
from rsn_edge.commands.printing import say
from rsn_edge.errors import InputError
from rsn_edge.pipeline.serial import RunTally
from rsn_edge.poser import CropPoser, open_ensemble
from rsn_edge.reading import Reading, read_poses
from rsn_edge.source.protocol import SourceFacts
from rsn_edge.spec import ModelSpec

from .boxes import Boxes, open_boxes
from .coco_set import CocoSet, open_set
from .partial import PartialReadings
from .scores import boxes_ap, scores
from .subject import BenchOptions, conditions

# What a person's score is; neither protocol takes poses away (no OKS-NMS) or asks for a least score.
_PERSON_SCORE = {
    "official": "box score x mean of all joint scores",
    "mmpose": "box score x mean of the joint scores above 0.2",
}


def measure(options: BenchOptions) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Figures as `bench --coco --json` prints them, and names of the pictures that could not be read.

    A test set, whose truth only COCO's server knows, gets no scores but the file that the server takes. With a report
    folder the results are kept there, and the same command goes on where it was interrupted. InputError where nothing
    can be read.
    """
    with ExitStack() as opened:
        poser = opened.enter_context(closing(open_ensemble(options.models, options.choice, options.flip_test)))
        spec = pose_spec(options.models[0])
        pictures = open_set(str(options.coco), options.coco_root, spec.skeleton)
        boxes = open_boxes(options.boxes, pictures, options.detector, options.protocol, options.choice)
        if not isinstance(boxes.source, list):
            opened.callback(boxes.source.close)
        figures = _conditions(options, str(poser.facts), spec, pictures, boxes)
        kept = opened.enter_context(PartialReadings(options.report, figures, say))
        readings, missing = _read(options, poser, pictures, boxes, kept)
        results = [result for reading in readings for result in reading.results]
        if options.report:
            write_text(options.report / "results.json", json.dumps(results, allow_nan=False) + "\n")
        figures |= {"images": len(readings), "missing": len(missing), "detections": len(results)}
        if pictures.labelled:
            joint = thresholds_of(options.models[0]).joint
            least = JOINT_THRESHOLD if joint is None else joint
            figures |= scores(pictures, readings, spec, least, options.evaluator)
            figures["boxes_ap"] = None if boxes.label == "gt" else boxes_ap(pictures, readings)
        else:
            figures["submission"] = str(_write_submission(options, pictures.name, results))
            say(f"For COCO's server: {figures['submission']}")
        kept.remove()
    return figures, missing


def _conditions(
    options: BenchOptions, runtime: str, spec: ModelSpec, pictures: CocoSet, boxes: Boxes
) -> dict[str, Any]:
    """What the results depend on: of equal conditions, one run may go on where another stopped."""
    return {
        **conditions(options, runtime, spec, pictures.name, pictures.annotations),
        "padding": list(spec.padding),
        "protocol": options.protocol,
        "person_score": _PERSON_SCORE[options.protocol],
        "boxes": boxes.label,
        "boxes_sha256": boxes.sha256,
        "calibration_leak": _leak(options, pictures),
    }


def _leak(options: BenchOptions, pictures: CocoSet) -> list[int]:
    """COCO's ids of pictures that are evaluated and that a quantised file was calibrated on, said aloud."""
    calibrated = {image_id for model in options.models for image_id in noted_images(describe(model).notes)}
    leak = leaked(calibrated, pictures.truth.file_names[: options.limit])
    if leak:
        say(f"CALIBRATION LEAK: the model was calibrated on {len(leak)} of these pictures: the figures are too good.")
    return list(leak)


def _read(
    options: BenchOptions, poser: CropPoser, pictures: CocoSet, boxes: Boxes, kept: PartialReadings
) -> tuple[list[Reading], tuple[str, ...]]:
    """Readings of all pictures that are there, in the set's order, and the names of those that are not."""
    truth, missing, tally = pictures.truth, [], RunTally()
    wanted = truth.image_ids[: options.limit].tolist()
    left = [row for row, image_id in enumerate(wanted) if image_id not in kept.readings]
    with RunProgress(SourceFacts(pictures.name, "pictures", len(left)), None) as progress:
        for row in left:
            reading = read_poses(poser, truth, row, pictures.pictures, boxes.source, options.protocol)
            if reading is None:
                missing.append(truth.file_names[row])
                continue
            kept.add(reading)
            tally.frames, tally.persons = tally.frames + 1, tally.persons + len(reading.results)
            progress.show(tally)
    readings = [kept.readings[image_id] for image_id in wanted if image_id in kept.readings]
    if missing and not any(reading.results for reading in readings):
        raise InputError(
            f"nobody was read, and {len(missing)} pictures are missing or broken, such as "
            f"{pictures.pictures / missing[0]}",
            "A split's pictures lie in DIR/SPLIT/; name DIR with --coco-root.",
        )
    return readings, tuple(missing)


def _write_submission(options: BenchOptions, split: str, results: list[Result]) -> Path:
    """person_keypoints_SPLIT_NAME_results.zip, in it the .json of that name: what COCO's server takes."""
    name = re.sub("[^A-Za-z0-9.+-]", "-", "+".join(model.stem for model in options.models))
    stem = f"person_keypoints_{split}_{name}_results"
    path = (options.report or Path()) / f"{stem}.zip"
    with whole_file(path) as temporary, zipfile.ZipFile(temporary, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(f"{stem}.json", json.dumps(results, allow_nan=False))
    return path
