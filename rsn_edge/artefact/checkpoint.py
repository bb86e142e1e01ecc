"""Checkpoints for exchange: safetensors that carry the network's spec, readable without PyTorch.

Metadata: `rsn_edge.spec` (JSON), `weights_sha256`, `rsn_edge.version`, and notes of whoever wrote the file.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from rsn_edge import __version__
from rsn_edge.artefact.kind import artefact_kind, next_step, weights_sha256
from rsn_edge.artefact.writing import write_bytes
from rsn_edge.errors import ArtefactError
from rsn_edge.spec import SPEC_KEY, Spec, spec_from_json, spec_to_json

_DIGEST, _VERSION = "weights_sha256", "rsn_edge.version"


@dataclass(frozen=True, slots=True, eq=False)
class Checkpoint:
    """A network's spec, its arrays by name (batch norms not folded), and notes (what the weights are, whence)."""

    spec: Spec
    state: Mapping[str, NDArray[Any]]
    notes: Mapping[str, str] = field(default_factory=dict)

    @property
    def weights_sha256(self) -> str:
        """Digest of the arrays: equal weights, equal digest."""
        return weights_sha256(self.state)


def read_checkpoint(path: Path) -> Checkpoint:
    """The checkpoint in `path`, whatever its suffix.

    ArtefactError where the file is missing, broken, altered, or something else; it names the command that helps.
    """
    metadata = checkpoint_metadata(path)
    with _opened(path) as file:
        state = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - not a dict
    notes = {key: value for key, value in metadata.items() if key not in (SPEC_KEY, _DIGEST, _VERSION)}
    checkpoint = Checkpoint(spec_from_json(metadata[SPEC_KEY], str(path)), state, notes)
    if checkpoint.weights_sha256 != metadata.get(_DIGEST):
        raise ArtefactError(
            f"the weights in {path} are not those that were written to it (their digest differs)", "Copy it again."
        )
    return checkpoint


def checkpoint_metadata(path: Path) -> Mapping[str, str]:
    """What the checkpoint in `path` says of itself; its weights are neither read nor compared with their digest.

    ArtefactError where the file is missing, cut off, or something else; it names the command that helps.
    """
    kind = artefact_kind(path)
    if kind != "checkpoint":
        raise ArtefactError(f"{path} is not a checkpoint but a file of kind {kind}", next_step(kind, path))
    with _opened(path) as file:
        metadata: dict[str, str] = file.metadata() or {}
    if SPEC_KEY not in metadata:
        raise ArtefactError(f"{path} holds tensors but does not say of which network", next_step("torch", path))
    return metadata


def write_checkpoint(path: Path, checkpoint: Checkpoint) -> None:
    """Writes the whole file or nothing; equal checkpoints give equal bytes. OutputError where that fails."""
    own = {
        SPEC_KEY: spec_to_json(checkpoint.spec),
        _DIGEST: checkpoint.weights_sha256,
        _VERSION: __version__,
    }
    state = {name: array.copy(order="C") for name, array in checkpoint.state.items()}
    write_bytes(path, _sorted_header(save(state, metadata={**checkpoint.notes, **own})))


@contextmanager
def _opened(path: Path) -> Iterator[Any]:
    try:
        with safe_open(path, framework="numpy") as file:
            yield file
    except (SafetensorError, TypeError, AttributeError) as error:  # the latter two: number formats numpy lacks
        raise ArtefactError(f"{path} is cut off or damaged ({error})", "Copy or write it again.") from error


def _sorted_header(content: bytes) -> bytes:
    # safetensors writes the metadata in a new order each time; a file of equal content should have equal bytes.
    # Layout: length of the header (8 bytes, little-endian), header as JSON padded to 8 bytes, arrays.
    end = 8 + int.from_bytes(content[:8], "little")
    header = json.loads(content[8:end])
    text = json.dumps(header, sort_keys=True, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    return len(text).to_bytes(8, "little") + text + content[end:]
