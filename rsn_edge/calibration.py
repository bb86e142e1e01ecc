"""The ranges of a network's tensors, and which crops they were seen on: what every INT8 file is written from.

Stored as JSON. Numbers are float32 in hexadecimal, so that equal crops give equal files, byte for byte.
"""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal, get_args

import numpy as np

from rsn_edge.artefact.writing import write_text
from rsn_edge.errors import ArtefactError

SCHEMA = "rsn-edge/calibration/1"
LIMITS_KEY = "rsn_edge.learnt_limits"  # in the notes of a network that was trained for its integers
IMAGES_KEY = "rsn_edge.calibration_images"  # in the notes of an INT8 file: COCO's ids, with commas between them

_COCO_NAME = re.compile(r"(?<!\d)\d{12}(?!\d)")

_HEAD = 64  # bytes in which the schema stands

Method = Literal["max", "percentile", "entropy", "mse"]
METHODS: tuple[Method, ...] = get_args(Method)
Range = tuple[float, float]  # low <= 0 <= high


@dataclass(frozen=True, slots=True)
class Calibration:
    """Ranges by tensor and method.

    Args:
        weights_sha256: of the network that was watched.
        crops: how many it was shown.
        crops_sha256: of their pixels, whatever their order.
        image_ids: COCO's ids of the pictures that they were cut from, as far as these are COCO's.
        source: where the crops came from, in words; `demonstration` for the set that comes with rsn-edge.
        coverage: how many crops of each kind (`small`, `dark`, `half visible`, ...).
        ranges: tensor -> method -> (low, high).
        chosen: method for every tensor, None to leave it to the gate; `methods` names those that differ.
    """

    weights_sha256: str
    crops: int
    crops_sha256: str
    image_ids: tuple[int, ...]
    source: str
    coverage: Mapping[str, int]
    ranges: Mapping[str, Mapping[Method, Range]]
    chosen: Method | None = None
    methods: Mapping[str, Method] = field(default_factory=dict)

    def selected(self, method: Method) -> dict[str, Range]:
        """The range of each tensor by `method`, or by the one that is named for it."""
        return {name: by_method[self.methods.get(name, method)] for name, by_method in self.ranges.items()}

    @property
    def notes(self) -> dict[str, str]:
        """What an INT8 file says of it."""
        images = ",".join(map(str, self.image_ids))
        return {
            "rsn_edge.calibration": self.source,
            "rsn_edge.calibration_sha256": self.crops_sha256,
            IMAGES_KEY: images,
        }


def limits_to_note(limits: Mapping[str, float]) -> str:
    """What a network says of the ranges that it was trained for: tensor -> largest magnitude."""
    return json.dumps({name: _to_hex(limit) for name, limit in sorted(limits.items())})


def with_limits(ranges: Mapping[str, Mapping[Method, Range]], note: str) -> dict[str, Mapping[Method, Range]]:
    """Ranges of which those in a note of `limits_to_note` are the learnt ones, whatever the method.

    The limit lies on the side that reached further; the other one needs no more than was seen there. ArtefactError
    where the note is something else.
    """
    try:
        limits = {name: _range(["-0x0p0", limit])[1] for name, limit in json.loads(note).items()}
    except (ValueError, TypeError, AttributeError) as error:
        raise ArtefactError(
            f"the ranges that the network learnt cannot be read ({error})", "Export it again from its checkpoint."
        ) from error
    return {name: _limited(by_method, limits.get(name)) for name, by_method in ranges.items()}


def coco_ids(names: Iterable[str]) -> frozenset[int]:
    """COCO's ids of the pictures that have the twelve digits of COCO's names: 139 of `000000000139.jpg`.

    Other sets number their pictures from 1, too: their numbers say nothing.
    """
    return frozenset(int(found.group()) for name in names if (found := _COCO_NAME.search(name)))


def leaked(image_ids: Iterable[int], names: Iterable[str]) -> tuple[int, ...]:
    """COCO's ids that a calibration has in common with the pictures it is evaluated on: there should be none."""
    return tuple(sorted(coco_ids(names).intersection(image_ids)))


def noted_images(notes: Mapping[str, str]) -> tuple[int, ...]:
    """COCO's ids of the pictures that an INT8 file was calibrated on, from its notes."""
    return tuple(int(number) for number in notes.get(IMAGES_KEY, "").split(",") if number.isdecimal())


def is_calibration(path: Path) -> bool:
    """Whether a file begins as ours do; an annotation file is JSON, too."""
    try:
        with path.open("rb") as file:
            return SCHEMA.rpartition("/")[0].encode() in file.read(_HEAD)
    except OSError:
        return False


def write_calibration(path: Path, calibration: Calibration) -> None:
    """Writes it as JSON; OutputError where the file system refuses."""
    values = asdict(calibration)
    ranges = {
        name: {method: [_to_hex(end) for end in ends] for method, ends in sorted(by_method.items())}
        for name, by_method in sorted(values.pop("ranges").items())
    }
    write_text(path, json.dumps({"schema": SCHEMA, **values, "ranges": ranges}, indent=1) + "\n")


def read_calibration(path: Path) -> Calibration:
    """The inverse of `write_calibration`; ArtefactError where the file is missing or something else."""
    remedy = "Make it: rsn-edge calibrate SOURCE."
    try:
        return _from_json(json.loads(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise ArtefactError(f"{path} cannot be read: {error.strerror}", remedy) from error
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ArtefactError(f"{path} is not a calibration of this version ({error!r})", remedy) from error


def _from_json(values: dict[str, Any]) -> Calibration:
    if values.pop("schema") != SCHEMA:
        raise ValueError("another schema")
    ranges = {
        name: {method: _range(ends) for method, ends in by_method.items()}
        for name, by_method in values.pop("ranges").items()
    }
    calibration = Calibration(**values | {"image_ids": tuple(values["image_ids"])}, ranges=ranges)
    if calibration.chosen not in (None, *METHODS):
        raise ValueError(f"unknown method {calibration.chosen}")
    for method in METHODS:
        calibration.selected(method)  # every tensor has its range by each of them
    return calibration


def _range(ends: Any) -> Range:
    low, high = (float.fromhex(end) for end in ends)
    if not (np.isfinite([low, high]).all() and low <= 0 <= high):
        raise ValueError(f"no range that holds 0: {low} to {high}")
    return low, high


def _limited(by_method: Mapping[Method, Range], limit: float | None) -> Mapping[Method, Range]:
    if limit is None:
        return by_method
    low, high = by_method["max"]
    ends = (-limit, min(high, limit)) if -low > high else (max(low, -limit), limit)
    return dict.fromkeys(METHODS, ends)


def _to_hex(value: float) -> str:
    return float(np.float32(value)).hex()
