"""A typed ONNX file built into an engine, by TensorRT or TensorRT-RTX, whichever was loaded."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rsn_edge.device.tensorrt_library import TensorRt as TensorRt
from rsn_edge.device.tensorrt_library import load_tensorrt as load_tensorrt
from rsn_edge.errors import BackendError, InputError

_LEVEL = 3  # of effort, 0 to 5: the libraries' own default
_USUAL = 4  # persons at once, for which kernels are chosen
_LAYER, _TYPE = re.compile(r"LayerType: ([^,]+)"), re.compile(r"Datatype: (\w+)")
_CONVOLUTION = "correlation"


@dataclass(frozen=True, slots=True)
class Plan:
    """An engine in memory.

    Args:
        content: to be written as it is.
        layers: how many layers of each kind and type of input, as far as the library told: RTX does without a GPU.
        warnings: of the library, and how often each came.
    """

    content: bytes
    layers: Mapping[tuple[str, str], int]
    warnings: Mapping[str, int]

    @property
    def integer_convolutions(self) -> int:
        """Convolutions that read integers."""
        return sum(n for (kind, types), n in self.layers.items() if kind == _CONVOLUTION and types == "Int8")

    @property
    def convolutions(self) -> int:
        """All of them."""
        return sum(n for (kind, _), n in self.layers.items() if kind == _CONVOLUTION)


def build_plan(library: TensorRt, model: bytes, most: int, targets: Sequence[str] = ()) -> Plan:
    """Builds the engine of an ONNX file's content; strongly typed, so that every precision is that of the file.

    `most` persons or frames may come at once. `targets` are compute capabilities such as `sm86` that RTX builds for;
    none: its portable default. BackendError with the library's own words where it refuses.
    """
    trt, heard = library.module, library.heard
    heard.forget()
    builder = trt.Builder(library.logger)
    network = builder.create_network(1 << int(trt.NetworkDefinitionCreationFlag.STRONGLY_TYPED))
    parser = trt.OnnxParser(network, library.logger)
    # Garbage is parsed without a word, into nothing.
    if not parser.parse(model) or not network.num_outputs:
        words = [parser.get_error(at).desc() for at in range(parser.num_errors)]
        raise _refusal(library, "does not understand this file", words)
    config = builder.create_builder_config()
    config.builder_optimization_level = _LEVEL
    config.profiling_verbosity = trt.ProfilingVerbosity.DETAILED
    config.clear_flag(trt.BuilderFlag.TF32)  # fp32 is to mean fp32
    _aim(library, config, targets)
    _add_profile(builder, network, config, most)
    content = builder.build_serialized_network(network, config)
    if content is None:
        raise _refusal(library, "could not build an engine", heard.errors)
    return Plan(bytes(content), _layers(heard.layers), dict(heard.warnings))


def _aim(library: TensorRt, config: Any, targets: Sequence[str]) -> None:
    if not targets:
        return
    if not library.is_rtx:
        raise InputError("standard TensorRT builds for the GPU of this machine only", "Leave --target out.")
    known = library.module.ComputeCapability.__members__
    config.num_compute_capabilities = len(targets)
    for at, target in enumerate(targets):
        capability = known.get(target.upper())
        # A refused one would come back as an error without a reason.
        if capability is None or not config.set_compute_capability(capability, at):
            able = ", ".join(name.lower() for name in known if name.startswith("SM"))
            raise InputError(f"TensorRT-RTX {library.version} does not build for {target}", f"It knows {able}.")


def _add_profile(builder: Any, network: Any, config: Any, most: int) -> None:
    profile = builder.create_optimization_profile()
    for at in range(network.num_inputs):
        tensor = network.get_input(at)
        shapes = [tuple(n if length == -1 else length for length in tensor.shape) for n in (1, min(_USUAL, most), most)]
        profile.set_shape(tensor.name, *shapes)
    config.add_optimization_profile(profile)


def _layers(table: str) -> Counter[tuple[str, str]]:
    """From the compiler's table: kind of layer, and types of what it reads, constants left out."""
    found: Counter[tuple[str, str]] = Counter()
    for line in table.splitlines():
        kind = _LAYER.search(line)
        if kind:
            reads = line.split("Outputs:")[0].split("Constants:")[0]
            found[kind.group(1), "+".join(sorted(set(_TYPE.findall(reads))))] += 1
    return found


def _refusal(library: TensorRt, verdict: str, words: Sequence[str]) -> BackendError:
    name = "TensorRT-RTX" if library.is_rtx else "TensorRT"
    reason = "; ".join(dict.fromkeys(words)) or "it gives no reason"
    return BackendError(f"{name} {library.version} {verdict}: {reason}", "Check the file: rsn-edge inspect FILE.")
