"""How many pictures a minute, and how does that grow with the batch and with a second process?

    python benchmarks/folder.py [--bundle NAME|DIR] [--count N] [--batches 1 2 4 8] [--runs N]

Drawn portraits, `faithful` mode. The first table is the library's batched edit in one process; the second is
`ood edit FOLDER`, alone and in two processes that accelerate joins (torchrun starts them), from reading the
files to writing the results. Start-up is timed with a folder of one picture and taken off.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import torch
from measuring import machine, peak, seconds

from ood_core.bundle import Bundle, load_bundle
from ood_core.domains import portraits
from ood_core.files.pictures import save_image
from ood_core.pipeline import edit

EDIT = "Smiling"


def draw(count: int, resolution: int) -> torch.Tensor:
    """People to edit, [N, 3, R, R]."""
    factors = portraits.sample_factors(count, torch.Generator().manual_seed(0))
    return portraits.render(factors, resolution).image


def batched(bundle: Bundle, count: int, batches: list[int]) -> None:
    """The first table."""
    pictures = draw(count, bundle.resolution)
    edit(pictures[:1], bundle, {EDIT: 1.0})
    print("| batch | ms a picture | pictures a minute | to one by one | peak |\n" + "| --- " * 5 + "|")
    single = None
    for size in batches:
        parts = pictures.split(size)
        took = seconds(lambda p=parts: [edit(part, bundle, {EDIT: 1.0}) for part in p], 3) / count
        single = took if single is None else single
        figures = f"{took * 1e3:.0f} | {60 / took:.0f} | {single / took:.2f}"
        print(f"| {size} | {figures} | {peak():.2f} GiB |")


def command(folder: Path, bundle: str, processes: int, threads: int) -> float:
    """Seconds of `ood edit FOLDER`."""
    start_by = ["torch.distributed.run", "--nproc-per-node", str(processes), "-m"] if processes > 1 else []
    output = str(folder / "output")
    asked = ["ood_core.cli", "edit", str(folder), "--bundle", bundle, "--edit", EDIT, "-o", output, "--force"]
    environment = {**os.environ, "OMP_NUM_THREADS": str(threads)}
    start = time.perf_counter()
    call = [sys.executable, "-m", *start_by, *asked]
    subprocess.run(call, check=True, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return time.perf_counter() - start


def folders(bundle: Bundle, name: str, count: int, runs: int) -> None:
    """The second table."""
    cores = os.cpu_count() or 1
    print("\n| processes × threads | seconds | of them start | pictures a minute | to one thread |")
    print("| --- " * 5 + "|")
    with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as many:
        for index, picture in enumerate(draw(count, bundle.resolution).split(1)):
            save_image(Path(many) / f"{index:04}.png", picture)
        save_image(Path(one) / "0.png", draw(1, bundle.resolution))
        alone = None
        for processes, threads in ((1, 1), (1, cores), (2, max(1, cores // 2))):
            begin = statistics.median(command(Path(one), name, processes, threads) for _ in range(runs))
            total = statistics.median(command(Path(many), name, processes, threads) for _ in range(runs))
            each = (total - begin) / (count - 1)
            alone = each if alone is None else alone
            figures = f"{total:.1f} | {begin:.1f} | {60 / each:.0f} | {alone / each:.2f}"
            print(f"| {processes} × {threads} | {figures} |")


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--bundle", default="portraits-128")
    options.add_argument("--count", type=int, default=32)
    options.add_argument("--runs", type=int, default=3, help="of each command; the median counts")
    options.add_argument("--batches", type=int, nargs="+", default=[1, 2, 4, 8])
    chosen = options.parse_args()
    bundle = load_bundle(chosen.bundle)
    print(f"{machine()}, {chosen.bundle}, {chosen.count} pictures of {bundle.resolution} px\n")
    batched(bundle, chosen.count, chosen.batches)
    folders(bundle, chosen.bundle, chosen.count, chosen.runs)


if __name__ == "__main__":
    main()
