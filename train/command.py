"""The commands of this folder: options, one library call, printing."""

from pathlib import Path
from typing import Any

import click

from rsn_edge.commands.inspect import print_facts
from rsn_edge.commands.printing import json_option, print_json, say
from rsn_edge.embedded import POSE

from .audit.command import audit_data as audit_data

_SETS = "DIR[:SPLIT]|JSON|synthetic[:N]"
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
    from rsn_edge.artefact.description import Description
    from rsn_edge.artefact.writing import check_output
    from rsn_edge.skeleton import open_skeleton

    from .published.importing import import_weights as import_from

    out = out or Path(f"{model}.safetensors")
    check_output(out, file)
    checkpoint, side, ignored = import_from(file, model, input_hw, open_skeleton(skeleton) if skeleton else None)
    write_checkpoint(out, checkpoint)
    facts = {
        **Description("checkpoint", checkpoint.spec, "fp32", checkpoint.weights_sha256).facts(),
        "ignored": list(ignored),
        "file": str(out),
    }
    if as_json:
        print_json("import-weights", {"side": side, **facts})
        return
    click.echo(f"{'written by':16} {_WRITERS[side]}")
    print_facts(facts)
    click.echo(f"rsn-edge export {out}")


@click.command(
    epilog="Examples: rsn-edge train --data synthetic:2000 --val synthetic:200 --epochs 40 --out drawn;  "
    "rsn-edge train --data data/coco --val data/coco --out nano --resume"
)
@click.option(
    "--data",
    multiple=True,
    required=True,
    metavar=_SETS,
    help="COCO keypoints; @1.5 behind one draws it 1.5 times as often.",
)
@click.option("--val", multiple=True, metavar=_SETS, help="Sets to validate on.")
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
@click.option("--qat", type=click.Path(path_type=Path), metavar="CHECKPOINT", help="Finished network to teach INT8.")
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


@click.command(epilog="Example: rsn-edge finetune --data photos/person_keypoints.json --out mine")
@click.option("--data", multiple=True, required=True, metavar=_SETS, help="COCO keypoints of 50 to 2,000 pictures.")
@click.option("--val", multiple=True, metavar=_SETS, help="To measure on.  [default: a fifth of --data, held out]")
@click.option("--init", default=POSE, show_default=True, metavar="NAME|CHECKPOINT", help="The trained network.")
@click.option("--skeleton", metavar="NAME|FILE.toml", help="Joints, where they are not the network's own.")
@click.option("--epochs", type=click.FloatRange(min=0, min_open=True), help="Length, if not the usual one.")
@click.option("--minutes", type=click.FloatRange(min=0, min_open=True), help="Its length by the clock instead.")
@click.option("--resume", is_flag=True, help="Go on from the newest state in --out.")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), default="finetuned", show_default=True)
@click.option("--threads", type=click.IntRange(min=1), help="Of each process.  [default: the cores, shared out]")
@json_option
def finetune(init: str, as_json: bool, **options: Any) -> None:
    """Train a trained pose network on pictures of your own.

    Joints may be others: those of the same name go on as they were. A fifth of the pictures is held out to measure
    before and after; a sheet shows both. Writes what rsn-edge train writes, and goes on after an interruption with
    --resume.
    """
    from dataclasses import asdict

    from .finetune.finetuning import finetune as run
    from .job import TrainOptions

    if options["epochs"] and options["minutes"]:
        raise click.UsageError("--epochs and --minutes are two ways to say how long: give one.")
    done = run(TrainOptions(**options, recipe="finetune", save_minutes=2.0, val_minutes=3.0), init, say)
    if done is None:  # not the first of several processes
        return
    if as_json:
        print_json("finetune", asdict(done) | {"sheet": str(done.sheet), "file": str(done.file)})
        return
    width = max(map(len, done.scores), default=8)
    click.echo(f"{'held out':{width}}  before   after")
    for name, scored in done.scores.items():
        click.echo(f"{name:{width}}  {_percent(scored['before'])}  {_percent(scored['after'])}")
    click.echo(f"Some of those who were held out, before and after: {done.sheet}\nrsn-edge export {done.file}")


def _percent(score: float | None) -> str:
    return f"{'-' if score is None else f'{100 * score:.1f}':>6}"
