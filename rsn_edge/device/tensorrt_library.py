"""The one place that imports TensorRT, standard or RTX, and owns the process's one logger."""

import importlib
from collections import Counter
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Literal

from rsn_edge.errors import MissingPackageError

Flavour = Literal["tensorrt", "tensorrt_rtx"]

# What the library says of every fp16 file with integers: its kernels take scales in fp32.
_HARMLESS = ("Converting conv activation scales to fp32", "Converting conv weight scales to fp32")


@dataclass(slots=True)
class Heard:
    """What the library said since it was last forgotten: errors, warnings, and the table of an engine's layers."""

    errors: list[str] = field(default_factory=list)
    warnings: Counter[str] = field(default_factory=Counter)
    layers: str = ""

    def hear(self, level: str, text: str) -> None:
        """Takes a message of a level that the library calls by that name."""
        if level in ("INTERNAL_ERROR", "ERROR"):
            self.errors.append(text)
        elif level == "WARNING" and not any(harmless in text for harmless in _HARMLESS):
            self.warnings[text] += 1
        elif level == "VERBOSE" and text.startswith("Layers:"):
            self.layers = text

    def forget(self) -> None:
        """Begins anew."""
        self.errors.clear()
        self.warnings.clear()
        self.layers = ""


@dataclass(frozen=True, slots=True)
class TensorRt:
    """A loaded library.

    Args:
        module: `tensorrt` or `tensorrt_rtx`.
        logger: to be handed to its builder, parser and runtime.
        heard: what the logger collects.
    """

    module: Any
    logger: Any
    heard: Heard

    @property
    def version(self) -> str:
        """As the library gives it."""
        return str(self.module.__version__)

    @property
    def is_rtx(self) -> bool:
        """Whether it is TensorRT-RTX: it builds for named targets, on machines without a GPU too."""
        return hasattr(self.module, "ComputeCapability")


@cache
def load_tensorrt(flavour: Flavour) -> TensorRt:
    """The library, loaded once; MissingPackageError where it is not installed."""
    try:
        module = importlib.import_module(flavour)
    except ImportError as error:
        extra = "tensorrt-rtx" if flavour == "tensorrt_rtx" else "tensorrt"
        raise MissingPackageError(flavour, "building engines", extra) from error
    heard = Heard()
    return TensorRt(module, _logger(module, heard), heard)


def _logger(module: Any, heard: Heard) -> Any:
    class Logger(module.ILogger):  # type: ignore[misc]
        def __init__(self) -> None:
            module.ILogger.__init__(self)

        def log(self, level: Any, text: str) -> None:
            heard.hear(level.name, text)

    return Logger()
