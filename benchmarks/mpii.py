"""PCKh of model files on MPII's validation persons, by both published conventions."""

from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

import numpy as np
from numpy.typing import NDArray

from rsn_edge.artefact.description import pose_spec
from rsn_edge.coco import MALFORMED, find_pictures
from rsn_edge.commands.assembly import RunProgress
from rsn_edge.errors import ArtefactError, InputError
from rsn_edge.frame import Frame
from rsn_edge.keypoints.crop import affines_from_centre_scale
from rsn_edge.keypoints.pck import Convention, pckh
from rsn_edge.mpii import MpiiPersons, read_mat, read_persons
from rsn_edge.pipeline.serial import RunTally
from rsn_edge.poser import CropPoser, open_ensemble
from rsn_edge.skeleton import MPII16
from rsn_edge.source.decode import read_picture
from rsn_edge.source.protocol import SourceFacts

from .subject import BenchOptions, conditions

Float64 = NDArray[np.float64]

# What the validation set is called where RSN's, MSPN's and mmpose's data come from: persons, and their truth.
_PERSONS = ("valid.json", "mpii_val.json")
_TRUTHS = ("valid.mat", "gt_valid.mat", "mpii_gt_val.mat")


def measure_mpii(options: BenchOptions) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Figures as `bench --mpii --json` prints them, and names of the pictures that could not be read.

    InputError where nothing can be read.
    """
    models, file = options.models, Path(str(options.mpii))
    spec = pose_spec(models[0])
    if spec.skeleton.joints != MPII16.joints:
        raise ArtefactError(
            f"{models[0]} reads the joints of {spec.skeleton.name}, and MPII's measure needs those of mpii16",
            "Train one: rsn-edge train --skeleton mpii16.",
        )
    truth, heads = read_truth(file)
    pictures = options.mpii_images or find_pictures(file)
    with closing(open_ensemble(models, options.choice, options.flip_test)) as poser:
        predicted, missing = read_joints(poser, truth, pictures, spec.input_hw, options.limit)
        runtime = str(poser.facts)
    read = np.array(sorted(predicted), np.intp)
    found = np.array([predicted[row] for row in read]).reshape(-1, len(MPII16.joints), 2)
    known = (truth.joints[read], ~truth.labelled[read], heads[read])
    figures = {
        **conditions(options, runtime, spec, file.name, file),
        "boxes": "MPII's centres and scales",
        "images": len({truth.images[row] for row in read}),
        "missing": len(missing),
        "persons": len(read),
        "pckh": {convention: _known(pckh(found, *known, convention)) for convention in get_args(Convention)},
    }
    return figures, missing


def read_truth(file: Path) -> tuple[MpiiPersons, Float64]:
    """MPII's validation set from a json (picture, centre, scale) and a mat (joints), and its head boxes.

    These are (n, 2 corners, 2) pixels, which count from 1 in all of MPII's files.

    `file` is either; the other lies beside it, under the same stem or one of the published names. InputError where
    one is missing, of another form, or of another set.
    """
    persons = file if file.suffix != ".mat" else _beside(file, ".json", _PERSONS)
    path = file if file.suffix == ".mat" else _beside(file, ".mat", _TRUTHS)
    people, content = read_persons(persons), read_mat(path)
    count = len(people.images)
    try:
        joints = np.array(content["pos_gt_src"], np.float64).reshape(16, 2, count)
        heads = np.array(content["headboxes_src"], np.float64).reshape(2, 2, count)
        missing = np.array(content["jnt_missing"]).reshape(16, count) != 0
    except MALFORMED as error:
        raise InputError(
            f"{path} is not the truth (pos_gt_src, headboxes_src, jnt_missing) of the {count} persons of MPII's "
            f"validation set in {persons}: {error!r}",
            f"Take the file that RSN's and mmpose's data have, called {' or '.join(_TRUTHS)}.",
        ) from error
    return replace(people, joints=joints.transpose(2, 0, 1), labelled=~missing.T), heads.transpose(2, 0, 1)


def read_joints(
    poser: CropPoser, people: MpiiPersons, folder: Path, input_hw: tuple[int, int], limit: int | None = None
) -> tuple[dict[int, Float64], tuple[str, ...]]:
    """Joints (16, 2) by person, pixels from 0, and the names of pictures that cannot be read."""
    rows: dict[str, list[int]] = {}
    for row, name in enumerate(people.images):
        rows.setdefault(name, []).append(row)
    affines = affines_from_centre_scale(people.centres, people.scales, input_hw)
    predicted: dict[int, Float64] = {}
    missing, tally, names = [], RunTally(), list(rows)[:limit]
    with RunProgress(SourceFacts("MPII", "pictures", len(names)), None) as progress:
        for name in names:
            try:
                image = read_picture(folder / name)
            except InputError:
                missing.append(name)
                continue
            keypoints, _ = poser.keypoints_at(Frame(image), affines[rows[name]])
            predicted |= dict(zip(rows[name], keypoints, strict=True))
            tally.frames, tally.persons = tally.frames + 1, tally.persons + len(keypoints)
            progress.show(tally)
    if not predicted:
        raise InputError(f"none of MPII's {len(names)} pictures can be read in {folder}", "Name it: --mpii-images DIR.")
    return predicted, tuple(missing)


def _known(figures: dict[str, float]) -> dict[str, float | None]:
    """JSON has no NaN."""
    return {name: None if np.isnan(value) else value for name, value in figures.items()}


def _beside(file: Path, suffix: str, names: Sequence[str]) -> Path:
    tried = [file.with_suffix(suffix), *(file.with_name(name) for name in names)]
    for path in tried:
        if path.is_file():
            return path
    raise InputError(f"{file} is one half of MPII's set, and beside it is no {' or '.join(p.name for p in tried)}")
