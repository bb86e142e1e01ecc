"""`rsn-edge run SOURCE...`: the main job."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from rsn_edge.commands.printing import counted, json_option, print_json, say

if TYPE_CHECKING:
    from rsn_edge.commands.assembly import Assembly
    from rsn_edge.pipeline.serial import RunTally


_fraction = click.FloatRange(0, 1)
_count = click.IntRange(min=1)
_NAMED_FILES = 4  # in the last line


@click.command(
    epilog="\b\nExamples:\n  rsn-edge run sample\n  rsn-edge run street.mp4 --out poses.mp4 --jsonl poses.jsonl\n"
    "  rsn-edge run --camera 0 --out camera.mp4"
)
@click.argument("sources", nargs=-1, metavar="SOURCE...")
@click.option("--camera", type=click.IntRange(min=0), metavar="N", help="Camera N of this machine.")
@click.option("--model", metavar="NAME|FILE", help="Pose network.  [default: rsn-nano]")
@click.option("--detector", metavar="NAME|FILE", help="Person detector.  [default: person-nano]")
@click.option("--boxes", metavar="whole|FILE", help="No detector: the whole frame, or boxes of a COCO json.")
@click.option(
    "--backend",
    type=click.Choice(["auto", "onnxruntime", "openvino", "torch"]),
    default="auto",
    show_default=True,
    help="Runtime; auto takes what fits the file.",
)
@click.option(
    "--provider",
    type=click.Choice(["cpu", "cuda", "tensorrt", "rtx"]),
    default="cpu",
    show_default=True,
    help="Where the runtime computes; one that is not there is an error.",
)
@click.option("--device", type=click.IntRange(min=0), default=0, help="Index of the device.")
@click.option("--bf16", is_flag=True, help="Let OpenVINO compute in bfloat16: --backend openvino.")
@click.option("--out", type=click.Path(path_type=Path), metavar="DIR|FILE", help="Overlays: a folder, or one file.")
@click.option("--jsonl", metavar="FILE|-", help="JSON Lines, one line a frame.")
@click.option("--coco", type=click.Path(path_type=Path), metavar="FILE", help="COCO results list.")
@click.option("--openpose", type=click.Path(path_type=Path), metavar="DIR", help="OpenPose BODY_25, one file a frame.")
@click.option("--csv", type=click.Path(path_type=Path), metavar="FILE", help="One row a joint.")
@click.option("--show", is_flag=True, help="A window on this screen; q or Esc ends.")
@click.option("--max-persons", type=_count, metavar="N", help="At most N a frame, the most certain.")
@click.option("--threshold", type=_fraction, help="Joints less sure are left out [default: the model's, else 0.2].")
@click.option("--person-threshold", type=_fraction, help="Persons less certain are dropped [default: the detector's].")
@click.option("--flip-test", is_flag=True, help="Average over the mirrored crop: twice the work.")
@click.option("--limit", type=_count, metavar="N", help="Stop after N frames.")
@click.option("--strict", is_flag=True, help="Exit with 1 if anything had to be left out.")
@json_option
def run(**options: Any) -> int:
    """Find the people in SOURCE and their skeletons.

    SOURCE is `sample`, a picture, a folder, a glob, a video, /dev/videoN, or `test://persons=3` (drawn figures with
    known truth). Without an output option, overlays are written to ./rsn-edge-out.
    """
    import cv2

    from rsn_edge.commands.assembly import RunOptions, RunProgress, assemble
    from rsn_edge.pipeline.serial import RunTally, run_serial
    from rsn_edge.sink.opening import Outputs

    outputs = Outputs(**{name: options.pop(name) for name in ("out", "jsonl", "coco", "openpose", "csv", "show")})
    chosen = RunOptions(outputs=outputs, **options)
    cv2.setNumThreads(1)  # warps of this size gain nothing from more, and every library would take all cores
    parts = assemble(chosen)
    with parts.estimator:
        tally = RunTally()  # its clock starts here, when everything is loaded
        try:
            with RunProgress(parts.source.facts, chosen.limit) as progress:
                run_serial(parts.source, parts.estimator, parts.sinks, tally, chosen.limit, progress.show)
        finally:
            _sum_up(parts, tally, chosen.as_json)
    return 1 if parts.boxes_of_others or (chosen.strict and parts.left_out) else 0


def _sum_up(run: "Assembly", tally: "RunTally", as_json: bool) -> None:
    """What was left out, where the results are, how long it took; also after an interrupt."""
    for sentence in run.remarks:
        say(sentence)
    if run.source.skipped:
        say(f"{len(run.source.skipped)} left out.")
    files = [path for sink in run.sinks for path in sink.written]
    if as_json:
        print_json("run", _results(run, tally, [str(path) for path in files]))
    if not tally.frames:
        return
    if run.quantised:
        say("INT8 of the embedded networks ran; --model rsn-nano and --detector person-nano are fp32.")
    shares = ", ".join(f"{name} {ns / 1e6 / tally.frames:.1f}" for name, ns in tally.stage_ns.items())
    say(
        f"{counted(tally.frames, 'frame')}, {counted(tally.persons, 'person')} in {tally.seconds:.2f} s: "
        f"{tally.frames_per_second:.1f} frames/s (ms a frame: {shares})"
    )
    if files:
        more = f" and {counted(len(files) - _NAMED_FILES, 'more file')}" if len(files) > _NAMED_FILES else ""
        say(f"Written: {', '.join(map(str, files[:_NAMED_FILES]))}{more}")


def _results(run: "Assembly", tally: "RunTally", files: list[str]) -> dict[str, Any]:
    return {
        "source": run.source.facts.name,
        "frames": tally.frames,
        "persons": tally.persons,
        "seconds": tally.seconds,
        "frames_per_second": tally.frames_per_second,
        "stage_seconds": {name: ns / 1e9 for name, ns in tally.stage_ns.items()},
        "skipped": list(run.source.skipped),
        "files": files,
    }
