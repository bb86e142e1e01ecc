"""What COCO's server takes for its test sets: the results list as a zip."""

import json
import re
import zipfile
from collections.abc import Sequence
from pathlib import Path

from rsn_edge.artefact.writing import whole_file
from rsn_edge.coco import Result


def write_submission(folder: Path, split: str, name: str, results: Sequence[Result]) -> Path:
    """Writes person_keypoints_SPLIT_NAME_results.zip, in it the .json of that name; OutputError where it fails."""
    stem = f"person_keypoints_{split}_{re.sub('[^A-Za-z0-9.+-]', '-', name)}_results"
    path = folder / f"{stem}.zip"
    with whole_file(path) as temporary, zipfile.ZipFile(temporary, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(f"{stem}.json", json.dumps(list(results), allow_nan=False))
    return path
