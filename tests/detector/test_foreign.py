"""Detectors of other projects: a red person in a picture comes back where it was painted, whatever the form."""

import numpy as np
import pytest

from rsn_edge.backend.function import FunctionBackend
from rsn_edge.detector.forms import recognised
from rsn_edge.detector.opening import ForeignDetector
from tests.detector.networks import PROJECTS, SCORE, ClosingBackend, Project, picture

BOX = (60, 40, 130, 190)
every_project = pytest.mark.parametrize("project", PROJECTS, ids=lambda project: project.name)


def open_network(project: Project, backend: FunctionBackend, threshold: float = 0.25) -> ForeignDetector:
    return ForeignDetector(backend, recognised(backend, project.mark, "there.onnx"), threshold)


@every_project
@pytest.mark.parametrize("height_width", [(240, 320), (320, 240), (333, 500)], ids=["wide", "high", "odd"])
def test_a_person_is_found_within_half_a_pixel_and_dogs_and_doubles_are_not(
    project: Project, height_width: tuple[int, int]
) -> None:
    detector = open_network(project, project.backend())

    found = detector.detect(picture(*height_width, BOX))

    np.testing.assert_allclose(found.boxes_xyxy, [BOX], atol=0.5)
    np.testing.assert_allclose(found.scores, [SCORE], rtol=1e-6)


@every_project
def test_a_large_picture_is_shrunk_and_its_person_found(project: Project) -> None:
    detector = open_network(project, project.backend())

    found = detector.detect(picture(960, 1280, (200, 300, 600, 900)))

    np.testing.assert_allclose(found.boxes_xyxy, [(200, 300, 600, 900)], atol=0.5)


@every_project
@pytest.mark.parametrize("size", [(416, 416), (384, 640)], ids=["416 square", "384x640"])
def test_the_canvas_has_the_size_that_the_network_takes(project: Project, size: tuple[int, int]) -> None:
    detector = open_network(project, project.backend(size))

    np.testing.assert_allclose(detector.detect(picture(240, 320, BOX)).boxes_xyxy, [BOX], atol=0.5)


@every_project
def test_a_network_of_any_size_gets_640_square(project: Project) -> None:
    backend = project.backend(free=True)

    np.testing.assert_allclose(
        open_network(project, backend).detect(picture(240, 320, BOX)).boxes_xyxy, [BOX], atol=0.5
    )


@every_project
def test_a_half_precision_network_is_fed_and_read_as_such(project: Project) -> None:
    detector = open_network(project, project.backend(dtype="float16"))

    np.testing.assert_allclose(detector.detect(picture(240, 320, BOX)).boxes_xyxy, [BOX], atol=0.5)


@every_project
def test_a_person_under_the_threshold_is_left_out(project: Project) -> None:
    detector = open_network(project, project.backend(), threshold=SCORE + 0.01)

    assert len(detector.detect(picture(240, 320, BOX))) == 0


def test_closing_frees_the_backend() -> None:
    network = PROJECTS[0].backend()
    backend = ClosingBackend(network.inputs, network.outputs, network.infer)

    open_network(PROJECTS[0], backend).close()

    assert backend.closed
