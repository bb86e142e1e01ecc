"""The commands of this folder: options, one library call, printing."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from rsn_edge.commands.inspect import print_facts
from rsn_edge.commands.printing import json_option, print_json, say

from .audit.command import audit_data as audit_data
from .finetune.command import finetune as finetune

if TYPE_CHECKING:
    from rsn_edge.artefact.checkpoint import Checkpoint

    from .published.importing import ImportReport


_WRITERS = {"official": "the RSN or MSPN code", "mmpose": "mmpose", "rsn-edge": "rsn-edge"}


def _height_by_width(_ctx: click.Context, _option: click.Parameter, value: str | None) -> tuple[int, int] | None:
    if value is None:
        return None
    height, _, width = value.partition("x")
    if not (height.isdecimal() and width.isdecimal()):
        raise click.BadParameter(f"'{value}' is not height x width, such as 256x192")
    return int(height), int(width)


@click.command(epilog="Example: rsn-edge import-weights 2xrsn50_coco_256x192-50648f0e_20201127.pth --model 2xrsn50")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--model", required=True, metavar="NAME", help="Its row in rsn-edge models.")
@click.option("--out", type=click.Path(path_type=Path), help="Checkpoint to write.  [default: NAME.safetensors]")
@click.option(
    "--input", "input_hw", metavar="HxW", callback=_height_by_width, help="Crop size in pixels, if not the usual one."
)
@click.option("--skeleton", metavar="NAME|FILE.toml", help="Joints, where they are neither COCO's nor MPII's.")
@json_option
def import_weights(
    file: Path, model: str, out: Path | None, input_hw: tuple[int, int] | None, skeleton: str | None, as_json: bool
) -> None:
    """Bring in a published RSN or MSPN checkpoint.

    FILE may come from the RSN or MSPN code, or from mmpose 0.x or 1.x (torch.save or safetensors). Who wrote it
    and how many joints it knows are read off the file; tensors only, nothing in it is executed.
    """
    from rsn_edge.artefact.checkpoint import write_checkpoint
    from rsn_edge.artefact.growing import check_output
    from rsn_edge.skeleton import open_skeleton

    from .published.importing import import_weights as import_from

    out = out or Path(f"{model}.safetensors")
    check_output(out, file)
    checkpoint, report = import_from(file, model, input_hw, open_skeleton(skeleton) if skeleton else None)
    write_checkpoint(out, checkpoint)
    facts = _facts(checkpoint, report, out)
    for remark in report.remarks:
        say(f"Note: {remark}.")
    if as_json:
        print_json("import-weights", facts)
        return
    click.echo(f"{'written by':16} {_WRITERS[report.side]}")
    print_facts({name: value for name, value in facts.items() if name not in ("side", "remarks")})
    click.echo(f"rsn-edge export {out}")


def _facts(checkpoint: "Checkpoint", report: "ImportReport", out: Path) -> dict[str, Any]:
    from rsn_edge.artefact.description import Description

    return {
        "side": report.side,
        **Description("checkpoint", checkpoint.spec, "fp32", checkpoint.weights_sha256).facts(),
        "ignored": list(report.ignored),
        "remarks": list(report.remarks),
        "file": str(out),
    }


@click.command(
    epilog="Examples: rsn-edge train --data synthetic:2000 --val synthetic:200 --epochs 40 --out drawn;  "
    "rsn-edge train --data data/coco --val data/coco --out nano --resume"
)
@click.option(
    "--data",
    multiple=True,
    required=True,
    metavar="DIR[:SPLIT]|JSON|synthetic[:N]",
    help="COCO keypoints to train on; several are mixed. @1.5 behind one draws its persons 1.5 times as often.",
)
@click.option("--val", multiple=True, metavar="DIR[:SPLIT]|JSON|synthetic[:N]", help="Sets to validate on.")
@click.option("--model", metavar="NAME", help="Its row in rsn-edge models.  [default: that of --init, else rsn-nano]")
@click.option("--input", "input_hw", metavar="HxW", callback=_height_by_width, help="Crop size in pixels.")
@click.option("--skeleton", metavar="NAME|FILE.toml", help="Joints, where they are not the network's own.")
@click.option("--recipe", type=click.Choice(["modern", "official"]), default="modern", show_default=True)
@click.option("--epochs", type=click.FloatRange(min=0, min_open=True), help="Length of the training.")
@click.option("--minutes", type=click.FloatRange(min=0, min_open=True), help="Its length by the clock instead.")
@click.option("--batch", type=click.IntRange(min=2), help="Persons in a step, over all processes.")
@click.option("--lr", type=click.FloatRange(min=0, min_open=True), help="Peak learning rate.")
@click.option("--amp/--no-amp", default=None, help="Compute in bfloat16.  [default: where the machine is faster so]")
@click.option("--resume", is_flag=True, help="Go on from the newest state in --out.")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), required=True, metavar="DIR")
@click.option("--cache", type=click.Path(path_type=Path, file_okay=False), help="For crops.  [default: DIR/cache]")
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True)
@click.option("--init", type=click.Path(path_type=Path), metavar="CHECKPOINT", help="Weights to start from.")
@click.option(
    "--qat", type=click.Path(path_type=Path), metavar="CHECKPOINT", help="Teach a finished network to compute in INT8."
)
@click.option("--threads", type=click.IntRange(min=1), help="Of each process.  [default: the cores, shared out]")
@click.option("--save-minutes", type=click.FloatRange(min=0), default=10.0, show_default=True)
@click.option("--val-minutes", type=click.FloatRange(min=0), default=15.0, show_default=True)
def train(qat: Path | None, **options: Any) -> None:
    """Train a pose network.

    Writes NAME.safetensors, the best network so far, learning curve, a sheet of augmented crops and training states
    into --out. An interrupted run goes on with --resume as if nothing had happened. Several processes train together
    under torchrun.
    """
    from rsn_edge.artefact.checkpoint import read_checkpoint

    from .assembly import train as run
    from .job import TrainOptions

    if options["epochs"] and options["minutes"]:
        raise click.UsageError("--epochs and --minutes are two ways to say how long: give one.")
    if qat:
        own = {"--init": options["init"], "--model": options["model"], "--input": options["input_hw"]}
        own |= {"--skeleton": options["skeleton"], "--recipe": options["recipe"] == "official"}
        given = ", ".join(name for name, value in own.items() if value)
        if given:
            raise click.UsageError(f"--qat takes its network as it is: leave out {given}.")
        options |= {"init": qat, "recipe": "qat"}
    start = read_checkpoint(options["init"]) if options["init"] else None
    out = run(TrainOptions(**options), start, say)
    if out:
        click.echo(f"rsn-edge build-engine {out} --precision int8" if qat else f"rsn-edge export {out}")
