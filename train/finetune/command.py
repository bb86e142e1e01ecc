"""`rsn-edge finetune`: options, one library call, printing."""

from pathlib import Path
from typing import Any

import click

from rsn_edge.commands.printing import json_option, print_json, say
from rsn_edge.embedded import POSE

_SETS = "DIR[:SPLIT]|JSON|synthetic[:N]"


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

    from ..job import TrainOptions
    from .finetuning import finetune as run

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
