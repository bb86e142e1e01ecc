"""Opening pose networks: what does not fit is one sentence, and holds nothing."""

from dataclasses import replace
from pathlib import Path

import pytest

from rsn_edge import poser
from rsn_edge.artefact.checkpoint import Checkpoint, write_checkpoint
from rsn_edge.backend.choice import BackendChoice
from rsn_edge.backend.protocol import TensorSpec
from rsn_edge.errors import ArtefactError
from rsn_edge.spec import VARIANTS
from tests.detector.networks import ClosingBackend

SPEC = replace(VARIANTS["rsn-nano"], input_hw=(64, 32))


def test_a_network_that_is_not_as_described_is_freed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_checkpoint(tmp_path / "net", Checkpoint(SPEC, {}))
    takes, gives = TensorSpec("crops", (-1, 3, 64, 64), "float32"), TensorSpec("maps", (-1, 17), "float32")
    backend = ClosingBackend((takes,), (gives,), lambda feed: feed)
    monkeypatch.setattr(poser, "open_backend", lambda *_: backend)

    with pytest.raises(ArtefactError) as caught:
        poser.open_poser(tmp_path / "net", BackendChoice())

    assert backend.closed
    assert str(caught.value).startswith(
        "the network takes crops float32 (any, 3, 64, 64) and gives maps float32 (any, 17), but its description says "
        "crops of (3, 64, 32) and heatmaps of (17, 16, 8)"
    )
