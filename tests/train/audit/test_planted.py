"""Every fault by name: alone in a clean set, and many in one."""

import copy
from pathlib import Path

import pytest

from rsn_edge.skeleton import COCO17
from tests.train.audit.crafted import Content, clean_set, written
from tests.train.audit.plants import (
    FOLDER_PLANTS,
    MORE_PERSON_PLANTS,
    MORE_SET_PLANTS,
    PERSON_PLANTS,
    PICTURE_PLANTS,
    SET_PLANTS,
)
from train.audit.audit import Audit, audit_labels, with_pictures
from train.audit.faults import FAULTS

PICTURES = 24
HIT = 4  # the row of the person, or of the picture, that a single plant changes


@pytest.fixture(name="place", scope="module")
def _place(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Content]:
    folder = tmp_path_factory.mktemp("clean") / "set"
    return folder, clean_set(folder, PICTURES)


@pytest.fixture(name="content")
def _content(place: tuple[Path, Content]) -> Content:
    return copy.deepcopy(place[1])


def _names(audit: Audit) -> set[str]:
    return {finding.fault.name for finding in audit.findings}


def _opened(folder: Path, content: Content, pictures: Path) -> Audit:
    return with_pictures(audit_labels(written(folder, content), COCO17), pictures, look=0)


def test_nothing_is_found_in_a_clean_set(place: tuple[Path, Content], tmp_path: Path) -> None:
    audit = audit_labels(written(tmp_path, place[1]), COCO17)

    assert with_pictures(audit, place[0] / "images", look=PICTURES).findings == []


@pytest.mark.parametrize("name", PERSON_PLANTS)
def test_a_person_with_a_fault_is_found_and_nobody_else(name: str, content: Content, tmp_path: Path) -> None:
    plant = PERSON_PLANTS[name]
    plant.change(content["annotations"][HIT])

    audit = audit_labels(written(tmp_path, content), COCO17)

    assert name in _names(audit)
    assert _names(audit) <= {name, *plant.companions}
    assert audit.hits[name].nonzero()[0].tolist() == [HIT]


@pytest.mark.parametrize("name", MORE_PERSON_PLANTS)
def test_other_persons_with_the_fault_are_found_too(name: str, content: Content, tmp_path: Path) -> None:
    for row, change in enumerate(MORE_PERSON_PLANTS[name]):
        change(content["annotations"][row])

    hit = audit_labels(written(tmp_path, content), COCO17).hits[name]

    assert hit.nonzero()[0].tolist() == list(range(len(MORE_PERSON_PLANTS[name])))


@pytest.mark.parametrize("name", MORE_SET_PLANTS)
def test_other_sets_with_the_fault_are_found_too(name: str, content: Content, tmp_path: Path) -> None:
    MORE_SET_PLANTS[name](content)

    assert name in _names(audit_labels(written(tmp_path, content), COCO17))


@pytest.mark.parametrize("name", PICTURE_PLANTS)
def test_a_picture_with_a_fault_is_found(
    name: str, content: Content, place: tuple[Path, Content], tmp_path: Path
) -> None:
    plant = PICTURE_PLANTS[name]
    plant.change(content["images"][HIT])

    audit = _opened(tmp_path, content, place[0] / "images")

    assert name in _names(audit)
    assert _names(audit) <= {name, *plant.companions}


@pytest.mark.parametrize("name", SET_PLANTS)
def test_a_fault_of_the_set_is_found(name: str, content: Content, tmp_path: Path) -> None:
    plant = SET_PLANTS[name]
    plant.change(content)

    audit = audit_labels(written(tmp_path, content), COCO17)

    assert name in _names(audit)
    assert _names(audit) <= {name, *plant.companions}


@pytest.mark.parametrize("name", FOLDER_PLANTS)
def test_a_fault_of_a_picture_file_is_found(name: str, tmp_path: Path) -> None:
    content = clean_set(tmp_path / "set", 3)
    FOLDER_PLANTS[name](tmp_path / "set" / "images" / "2.png")

    audit = _opened(tmp_path, content, tmp_path / "set" / "images")

    assert _names(audit) - {"sizes-lacking"} == {name}
    assert audit.hits[name].tolist() == [False, True, False]


def test_many_faults_in_one_set_are_all_named(content: Content, place: tuple[Path, Content], tmp_path: Path) -> None:
    for row, plant in enumerate(PERSON_PLANTS.values()):
        plant.change(content["annotations"][row])
    for row, plant in enumerate(PICTURE_PLANTS.values(), PICTURES - len(PICTURE_PLANTS)):
        plant.change(content["images"][row])

    assert _names(_opened(tmp_path, content, place[0] / "images")) >= {*PERSON_PLANTS, *PICTURE_PLANTS}


def test_the_worst_comes_first(content: Content, tmp_path: Path) -> None:
    for name in ("crowd", "area", "joint-count"):
        PERSON_PLANTS[name].change(content["annotations"][HIT])

    found = audit_labels(written(tmp_path, content), COCO17).findings

    assert [finding.fault.name for finding in found] == ["joint-count", "area", "crowd"]


def test_one_missing_picture_among_thousands_does_not_stop_a_training(content: Content, tmp_path: Path) -> None:
    audit = audit_labels(written(tmp_path, content), COCO17)
    hits = {"picture-missing": audit.hits["picture-without-persons"].repeat(100)}
    hits["picture-missing"][7] = True

    finding = Audit(audit.labels, hits, audit.measured_sigmas).findings[0]

    assert (finding.fault.severity, finding.severity) == ("stops training", "costs accuracy")


@pytest.mark.parametrize("name", ["boxes-only", "nobody-to-train-on"])
def test_a_set_that_no_pose_network_can_learn_from_stops_a_training(
    name: str, content: Content, tmp_path: Path
) -> None:
    SET_PLANTS[name].change(content)

    found = {
        finding.fault.name: finding.severity for finding in audit_labels(written(tmp_path, content), COCO17).findings
    }

    assert found[name] == "stops training"


def test_faults_and_checks_go_by_the_same_names(content: Content, place: tuple[Path, Content], tmp_path: Path) -> None:
    audit = with_pictures(audit_labels(written(tmp_path, content), COCO17), place[0] / "images", look=1)

    assert sorted(audit.hits) == sorted(fault.name for fault in FAULTS)
