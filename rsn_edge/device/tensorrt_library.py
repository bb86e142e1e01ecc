"""The one place that imports TensorRT, standard or RTX, and owns the process's one logger."""

import importlib
from collections.abc import Callable
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
    warnings: dict[str, int] = field(default_factory=dict)
    layers: str = ""

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
    severity = module.ILogger.Severity
    takers: dict[Any, Callable[[str], None]] = {
        severity.INTERNAL_ERROR: heard.errors.append,
        severity.ERROR: heard.errors.append,
        severity.WARNING: lambda text: _count(heard.warnings, text),
        severity.VERBOSE: lambda text: _keep_layers(heard, text),
    }

    class Logger(module.ILogger):  # type: ignore[misc]
        def __init__(self) -> None:
            module.ILogger.__init__(self)

        def log(self, level: Any, text: str) -> None:
            if level in takers:
                takers[level](text)

    return Logger()


def _count(warnings: dict[str, int], text: str) -> None:
    if not any(harmless in text for harmless in _HARMLESS):
        warnings[text] = warnings.get(text, 0) + 1


def _keep_layers(heard: Heard, text: str) -> None:
    if text.startswith("Layers:"):
        heard.layers = text
