"""How much faster and smaller is an edit at 1024 px than the published way of computing it?

    python benchmarks/published.py [--bundle DIR] [--runs N] [--variants NAME ...]

Networks of the published sizes, filled with pseudo-weights (tests/parity) unless --bundle names imported
ones, `paper` mode, one picture, CPU. Each variant has a process of its own. Prints tables in Markdown.

    plain         what the published code computes, the way it does (plain.py)
    plain, kept   the same in a process that keeps freed memory, as the `ood` command does
    fp32          this library
    fp32, kept    the same, keeping freed memory
    bf16, kept    the same with convolutions in bfloat16
"""

from __future__ import annotations

import argparse
import copy
import json
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

import plain
import torch
import torch.nn.functional as F
from measuring import in_own_process, machine, peak, seconds
from official import imported, pseudo
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from ood_core.alignment import centred
from ood_core.bundle import Bundle, load_bundle
from ood_core.bundle.memory import keep_freed_memory
from ood_core.diffcam import paper_diffcam
from ood_core.pipeline import STAGES, edit, edit_inverted
from ood_core.sources import invert

VARIANTS = ("plain", "plain, kept", "fp32", "fp32, kept", "bf16, kept")
PICTURES = ("reconstruction", "edited", "mask", "coarse", "result")


def plain_edit(bundle: Bundle, picture: Tensor, name: str) -> tuple[list[float], list[Tensor]]:
    """Seconds of each stage, and its result."""
    times, results, start = [], [], time.perf_counter()
    for result in plain.edit_stages(bundle, picture, name):
        times.append(time.perf_counter() - start)
        results.append(result)
        start = time.perf_counter()
    return [*times, 0.0], results  # nothing is pasted


def our_edit(bundle: Bundle, picture: Tensor, name: str) -> tuple[list[float], list[Tensor]]:
    """Seconds of each stage, and its result."""
    ticks: list[float] = []
    result = edit(
        picture,
        bundle,
        {name: 1.0},
        "paper",
        align="never",
        progress=lambda *_: ticks.append(time.perf_counter()),
    )
    times = [after - before for before, after in zip(ticks[:-1], ticks[1:], strict=True)]
    return times, [getattr(result, picture) for picture in PICTURES]


@torch.no_grad()
def measure(folder: str, variant: str, runs: int, results: str) -> dict[str, Any]:
    """All figures of one variant."""
    precision, _, kept = variant.partition(", ")
    bundle = load_bundle(folder, precision="bf16" if precision == "bf16" else "fp32")
    if kept:
        keep_freed_memory()
    picture, name = pseudo().picture(), next(iter(bundle.attributes))
    found: dict[str, Any] = {"loaded": peak()}
    if precision == "plain":
        for network in bundle.networks.values():
            network.to(memory_format=torch.contiguous_format)  # type: ignore[call-overload]
    once = plain_edit if precision == "plain" else our_edit
    edits = [once(bundle, picture, name) for _ in range(runs)]
    found["stages"] = [statistics.median(times) for times in zip(*(times for times, _ in edits), strict=True)]
    found["edit"] = statistics.median(sum(times) for times, _ in edits)
    found["peak"] = peak()
    pictures = dict(zip(PICTURES, edits[-1][1], strict=True))
    torch.save(pictures, results)
    found |= mask_alone(bundle, name, pictures, runs) if precision == "plain" else parts(bundle, name, runs)
    return found


def mask_alone(bundle: Bundle, name: str, pictures: dict[str, Tensor], runs: int) -> dict[str, float]:
    """The mask from two pictures, both ways in one process."""
    side, index = bundle.diffcam.config.input_resolution, bundle.attributes[name].diffcam_class
    small = [F.interpolate(pictures[k], size=(side, side), mode="area") for k in ("reconstruction", "edited")]
    slow = seconds(lambda: plain.heat_map(bundle.diffcam, small[0], small[1], index or 0), runs + 1)
    network = bundle.diffcam.requires_grad_(False).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    fast = seconds(lambda: paper_diffcam(small[0], small[1], network, [index]), runs + 1)
    return {"slow mask": slow, "fast mask": fast}


def parts(bundle: Bundle, name: str, runs: int) -> dict[str, Any]:
    """What the edit is made of, its floating-point operations, and what this machine gives a convolution."""
    picture = pseudo().picture()
    inverted = invert(centred(picture), bundle)
    dtype = bundle.generator.synthesis.b8.conv1.weight.dtype
    x = torch.randn(1, 256, 256, 256, dtype=dtype).to(memory_format=torch.channels_last)
    kernel = torch.randn(256, 256, 3, 3, dtype=dtype).to(memory_format=torch.channels_last)
    convolution = min(seconds(lambda: F.conv2d(x, kernel, padding=1), 1) for _ in range(8))
    small = torch.nn.functional.avg_pool2d(picture, 4)
    work: dict[str, tuple[nn.Module, tuple[Tensor, ...]]] = {
        "encoder": (bundle.encoder, (small,)),
        "synthesis": (bundle.generator.synthesis, (inverted.latents,)),
        "DiffCAM": (bundle.diffcam, (small, small.flip(3))),
        "deghosting": (bundle.deghoster, (picture,)),
    }
    rows = {}
    for what, (network, inputs) in work.items():
        rows[what] = (operations(network, inputs), seconds(lambda n=network, i=inputs: n(*i), runs))
    slider = seconds(lambda: edit_inverted(inverted, {name: 0.5}, "paper"), runs)
    return {"convolution": operations_of(x, kernel) / convolution, "parts": rows, "slider": slider}


def operations_of(x: Tensor, kernel: Tensor) -> float:
    return 2.0 * x[0, 0].numel() * kernel.numel()


def operations(network: nn.Module, inputs: tuple[Tensor, ...]) -> float:
    """Floating-point operations of a forward pass, counted on shapes alone."""
    shapes = copy.deepcopy(network).to("meta")
    with FlopCounterMode(display=False) as counter:
        shapes(*(x.to("meta") for x in inputs))
    return float(counter.get_total_flops())


def tables(found: dict[str, dict[str, Any]], errors: dict[str, str]) -> None:
    """Print them."""
    print(f"| variant | {' | '.join(STAGES)} | edit | peak loaded | peak | largest difference to plain |")
    print("| --- " * (len(STAGES) + 5) + "|")
    for variant, row in found.items():
        times = " | ".join(f"{value:.2f}" for value in (*row["stages"], row["edit"]))
        figures = f"{row['loaded']:.2f} GiB | {row['peak']:.2f} GiB | {errors.get(variant, '–')}"
        print(f"| {variant} | {times} | {figures} |")
    print("\n| variant | time / plain | peak / plain | another strength | / first edit | / plain's edit |")
    print("| --- " * 6 + "|")
    base = found.get("plain")
    for variant, row in found.items():
        if "slider" in row:
            slider, other = row["slider"], base or {"edit": float("nan"), "peak": float("nan")}
            ratios = row["edit"] / other["edit"], row["peak"] / other["peak"]
            to_plain = slider / other["edit"]
            figures = f"{ratios[0]:.2f} | {ratios[1]:.2f} | {slider:.2f} s | {slider / row['edit']:.2f}"
            print(f"| {variant} | {figures} | {to_plain:.2f} |")
    if base:
        slow, fast = base["slow mask"], base["fast mask"]
        print(f"\nMask from two pictures: {fast:.2f} s, by a backward pass {slow:.2f} s: {fast / slow:.2f}\n")
    for variant, row in found.items():
        if "parts" in row:
            peak_rate = row["convolution"]
            print(f"\n{variant}: a large convolution reaches {peak_rate / 1e9:.0f} GFLOP/s\n")
            print("| part | GFLOP | seconds | GFLOP/s | of the convolution's |\n" + "| --- " * 5 + "|")
            for what, (work, took) in row["parts"].items():
                rate = work / took
                share = f"{rate / peak_rate:.0%}"
                print(f"| {what} | {work / 1e9:.0f} | {took:.2f} | {rate / 1e9:.0f} | {share} |")


def difference(first: Path, second: Path) -> str:
    """Largest differences of mask and result, and the result's PSNR over the range of pictures."""
    one, two = torch.load(first), torch.load(second)
    largest = [float((one[key] - two[key]).abs().max()) for key in ("mask", "result")]
    psnr = 10 * torch.log10(4 / (one["result"] - two["result"]).square().mean())
    return f"mask {largest[0]:.1e}, result {largest[1]:.1e} ({psnr:.0f} dB)"


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--bundle", help="an imported bundle, instead of pseudo-weights")
    options.add_argument("--runs", type=int, default=3, help="edits a variant; the median counts")
    options.add_argument("--variants", nargs="+", default=VARIANTS, choices=VARIANTS, metavar="NAME")
    options.add_argument("--measure", help=argparse.SUPPRESS)
    chosen = options.parse_args()
    if chosen.measure:
        print(json.dumps(measure(*json.loads(chosen.measure))))
        return
    print(f"{machine()}, median of {chosen.runs}\n")
    found, errors = {}, {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        bundle = chosen.bundle or imported(folder)
        for variant in chosen.variants:
            result = str(folder / f"{variant}.pt")
            found[variant] = in_own_process(__file__, str(bundle), variant, chosen.runs, result)
            if variant != "plain" and "plain" in found:
                errors[variant] = difference(folder / "plain.pt", folder / f"{variant}.pt")
    tables(found, errors)


if __name__ == "__main__":
    main()
