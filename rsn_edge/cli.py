"""The command line: a table of commands, each loaded when it is called, and exit codes.

0 done; 1 anything that went wrong with files, machines, models or data; 2 a wrong command line; 3 a verdict;
130 Ctrl-C; 143 SIGTERM.
"""

import logging
import signal
import sys
import traceback
from collections.abc import Sequence
from importlib import import_module
from types import FrameType
from typing import NamedTuple, NoReturn

import click

from rsn_edge import __version__
from rsn_edge.errors import MissingPackageError, RsnEdgeError


class _Row(NamedTuple):
    folder: str  # of the library, or one of the three top-level folders that a wheel holds below it
    attribute: str
    summary: str


COMMANDS = {
    "run": _Row("commands.run", "run", "Find people and their skeletons in pictures, videos or a camera."),
    "train": _Row("train", "train", "Train a pose network on COCO keypoints or on drawn figures."),
    "finetune": _Row("train", "finetune", "Train an embedded network further on pictures of your own."),
    "audit-data": _Row("train", "audit_data", "Check annotations and pictures before training."),
    "import-weights": _Row("train", "import_weights", "Bring in a published RSN or MSPN checkpoint."),
    "export": _Row("export", "export", "Turn a checkpoint into an ONNX file, checked against PyTorch."),
    "calibrate": _Row("export", "calibrate", "Watch a network on your pictures: the ranges for INT8."),
    "build-engine": _Row("export", "build_engine", "Build the files that a device runs: INT8, FP16, engines."),
    "bench": _Row("benchmarks", "bench", "Measure the accuracy of a model file on COCO or MPII."),
    "models": _Row("commands.models", "models", "List the networks: size, cost, published scores."),
    "inspect": _Row("commands.inspect", "inspect", "Say what a model file is."),
    "doctor": _Row("commands.doctor", "doctor", "Say what works on this machine and what is missing."),
}

# The extra that brings what the commands of a top-level folder need, and single packages that others ask for.
_EXTRA_OF_FOLDER = {"train": "train", "export": "export", "benchmarks": "bench"}
_EXTRA_OF_PACKAGE = {"torch": "train", "openvino": "openvino", "hotcoco": "bench", "tensorrt": "tensorrt"}


class _Program(click.Group):
    called = ""  # the command of this process
    debug = False
    terminated = False  # by SIGTERM, which is raised as Ctrl-C is, so that outputs are closed the same way

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        self.called = cmd_name
        return command_named(cmd_name)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, row.summary) for name, row in COMMANDS.items()])


def command_named(name: str) -> click.Command:
    """The command of that name in COMMANDS, loaded now."""
    row = COMMANDS[name]
    command: click.Command = getattr(_command_module(row.folder), row.attribute)
    if not any(option.name == "debug" for option in command.params):
        command.params += _shared_options()
    return command


@click.command(cls=_Program, epilog="Start with: rsn-edge run sample")
@click.version_option(__version__, message="rsn-edge %(version)s")
def _program() -> None:
    """Multi-person pose estimation with RSN and MSPN networks on edge devices."""


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Runs one command and ends the process with its exit code."""
    signal.signal(signal.SIGTERM, _terminate)
    sys.exit(_exit_code(arguments))


def _exit_code(arguments: Sequence[str] | None) -> int:
    try:
        result = _program.main(arguments, prog_name="rsn-edge", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (KeyboardInterrupt, click.Abort):
        click.echo("rsn-edge: interrupted; what was written so far is whole", err=True)
        return 143 if _program.terminated else 130
    except BrokenPipeError:  # the reader of our output went away, as `rsn-edge models | head` does
        sys.stderr.close()
        return 1
    except Exception as error:  # the last line of defence: no traceback unless asked for
        if _program.debug:
            traceback.print_exc()
        told = _for_people(error)
        click.echo(f"rsn-edge: {told}", err=True)
        return told.exit_code
    return result if isinstance(result, int) else 0


def _for_people(error: Exception) -> RsnEdgeError:
    if isinstance(error, RsnEdgeError):
        return error
    if isinstance(error, ModuleNotFoundError) and error.name:
        package = error.name.partition(".")[0]
        folder = COMMANDS[_program.called].folder if _program.called else ""
        extra = _EXTRA_OF_FOLDER.get(folder) or _EXTRA_OF_PACKAGE.get(package)
        if extra:
            return MissingPackageError(package, f"rsn-edge {_program.called}", extra)
    if isinstance(error, MemoryError):
        return RsnEdgeError("this machine has not enough memory for that", "Try smaller pictures or fewer persons.")
    if isinstance(error, OSError) and error.strerror:
        return RsnEdgeError(f"{error.filename or 'the system'}: {error.strerror}")
    return RsnEdgeError(
        f"an error that this program does not know: {type(error).__name__}: {error}",
        "Run the same command with --debug and report what it prints.",
    )


def _command_module(folder: str) -> object:
    if folder not in _EXTRA_OF_FOLDER:
        return import_module(f"rsn_edge.{folder}")
    try:
        return import_module(f"rsn_edge.{folder}.command")  # an installed wheel
    except ModuleNotFoundError as error:
        if error.name != f"rsn_edge.{folder}":
            raise
    return import_module(f"{folder}.command")  # a checkout


def _shared_options() -> list[click.Parameter]:
    return [
        click.Option(["-v", "--verbose"], is_flag=True, expose_value=False, callback=_tell_more, help="Say what runs."),
        click.Option(["--debug"], is_flag=True, expose_value=False, callback=_remember_debug, help="Show tracebacks."),
    ]


def _tell_more(_ctx: click.Context, _option: click.Parameter, value: bool) -> None:
    if value:
        logging.basicConfig(format="%(message)s")
        logging.getLogger("rsn_edge").setLevel(logging.INFO)


def _remember_debug(_ctx: click.Context, _option: click.Parameter, value: bool) -> None:
    _program.debug = value


def _terminate(_number: int, _frame: FrameType | None) -> NoReturn:
    _program.terminated = True
    raise KeyboardInterrupt
