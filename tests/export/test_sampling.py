"""Which crops a network is calibrated on."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from export.crop_set import CropSet
from export.sampling import ALIKE, difference_hash, sample
from export.scenes import open_scenes
from rsn_edge.errors import InputError, RsnEdgeError
from rsn_edge.spec import DETECTORS, VARIANTS, Spec
from tests.benchmarks.drawn_set import write_split

NANO, PERSON = VARIANTS["rsn-nano"], DETECTORS["person-nano"]


def crops_of(source: str | Path, samples: int = 64, spec: Spec = NANO) -> CropSet:
    return sample(str(source), spec, samples, pytest.fail)[0]


def turned(path: Path) -> None:
    """Puts the lists of an annotation file into another order."""
    content = json.loads(path.read_text())
    path.write_text(
        json.dumps({**content, "images": content["images"][::-1], "annotations": content["annotations"][::-1]})
    )


@pytest.mark.parametrize("samples", [4, 64], ids=["some", "all"])
def test_the_order_of_an_annotation_file_does_not_matter(tmp_path: Path, samples: int) -> None:
    path = write_split(tmp_path, persons=(2, 3, 1, 2))
    first = crops_of(path, samples)
    turned(path)
    second = crops_of(path, samples)

    assert (second.names, second.sha256, len(second)) == (first.names, first.sha256, min(samples, 8))
    assert np.array_equal(second.pixels_nhwc, first.pixels_nhwc)


def test_facts_stand_beside_their_crop(tmp_path: Path) -> None:
    crops = crops_of(write_split(tmp_path, persons=(1, 2)))

    assert crops.names == ("000000000011.png", *["000000000012.png"] * 2)
    # Half of the box, which the crop widens by 1.25 both ways, and then to its shape.
    assert (crops.areas <= 0.5 * 256 * 192 / 1.25**2 + 1).all()
    assert (crops.areas > 1000).all()


def test_what_looks_alike_is_taken_once(tmp_path: Path) -> None:
    (tmp_path / "same").mkdir()
    scene = next(open_scenes("synthetic:1", pytest.fail)).image_bgr
    for index in range(3):
        cv2.imwrite(str(tmp_path / "same" / f"{index}.png"), cv2.add(scene, np.full_like(scene, index)))

    assert len(crops_of(tmp_path / "same", spec=PERSON)) == 1


def test_a_hash_knows_a_picture_again_and_tells_others_apart() -> None:
    first, second = (scene.image_bgr for scene in open_scenes("synthetic:2", pytest.fail))
    brighter = cv2.convertScaleAbs(cv2.GaussianBlur(first, (3, 3), 1), alpha=1.1).astype(np.uint8)

    def differing(other: np.typing.NDArray[np.uint8]) -> int:
        return int(np.unpackbits(difference_hash(first) ^ difference_hash(other)).sum())

    assert differing(brighter) <= ALIKE < differing(second)


def test_a_rare_kind_is_not_left_out(tmp_path: Path) -> None:
    path = write_split(tmp_path, persons=(3, 3, 3, 3))
    content = json.loads(path.read_text())
    content["annotations"][4]["num_keypoints"] = 1
    path.write_text(json.dumps(content))

    assert sample(str(path), NANO, 4, pytest.fail)[1]["half visible"] == 1


@pytest.mark.parametrize("spec", [NANO, PERSON], ids=["pose", "detector"])
def test_coverage_counts_every_crop_once_a_question(spec: Spec) -> None:
    crops, coverage = sample("synthetic:12", spec, 64, pytest.fail)

    size = sum(coverage.get(kind, 0) for kind in ("small", "medium", "large", "nobody"))
    light = sum(coverage[kind] for kind in ("dark", "half light", "bright"))
    assert len(crops) == size == light
    assert coverage.get("mostly visible", 0) + coverage.get("half visible", 0) == (len(crops) if spec is NANO else 0)


@pytest.mark.parametrize("spec", [NANO, PERSON], ids=["pose", "detector"])
def test_the_demonstration_set_is_always_the_same_and_has_photographs(spec: Spec) -> None:
    first, second = crops_of("demonstration", 40, spec), crops_of("demonstration", 40, spec)

    assert first.sha256 == second.sha256
    assert len(first) == 40
    assert 4 <= first.names.count("sample.jpg") <= 36


def test_persons_of_a_picture_without_labels_are_found_as_in_a_run() -> None:
    crops, coverage = sample("sample", NANO, 64, pytest.fail)

    assert (crops.names, coverage["joints unknown"]) == (("sample.jpg",), 1)


def test_a_long_source_is_looked_at_from_end_to_end() -> None:
    crops = crops_of("test://persons=2,frames=1100,size=96x128", samples=2, spec=PERSON)

    assert len(crops) == 2
    assert crops.source == "test://persons=2,frames=1100,size=96x128"


@pytest.mark.parametrize(
    ("source", "sentence"),
    [
        ("nowhere", "there is no file or folder nowhere"),
        (".:val2017", "there is no COCO split 'val2017'"),
        ("broken.json", "broken.json is not JSON"),
        ("empty.json", "is no COCO annotation file"),
        ("test://persons=0,frames=3", "nobody is to be seen in test://persons=0,frames=3"),
        ("synthetic:0", "there is no file or folder synthetic:0"),
    ],
)
def test_an_odd_source_is_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, source: str, sentence: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "images").mkdir()
    Path("broken.json").write_text("{")
    Path("empty.json").write_text("{}")

    with pytest.raises(RsnEdgeError, match=sentence):
        crops_of(source)


def test_missing_pictures_are_told_and_a_set_of_none_is_refused(tmp_path: Path) -> None:
    path = write_split(tmp_path, persons=(1, 1))
    (tmp_path / "val2017" / "000000000011.png").unlink()
    told: list[str] = []
    assert len(sample(str(path), NANO, 64, told.append)[0]) == 1
    assert told[0].startswith("1 of 2 pictures are missing in ")

    (tmp_path / "val2017" / "000000000012.png").write_bytes(b"")
    with pytest.raises(InputError, match="nobody is to be seen"):
        sample(str(path), NANO, 64, told.append)
