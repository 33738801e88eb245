"""What long use and sudden death do: memory over many edits, and `ood edit` killed at random moments.

python benchmarks/endurance.py [--edits 1000] [--kills 40] [--seed 0]

The first part edits one picture again and again in one process. The second kills `ood edit --resume` on a
folder with SIGKILL at random moments, starts it again until all is done, and compares every result with
that of an undisturbed run, byte by byte: a result is whole, or it is not there.
"""

from __future__ import annotations

import argparse
import random
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from ood_core import edit, load_bundle, save_image
from ood_core.domains.portraits import render, sample_factors

PICTURES = 12


def resident() -> float:
    """This process's memory in MiB."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * 4096 / 2**20


def memory(edits: int) -> None:
    """Print the memory after a tenth and after all of the edits."""
    import torch

    bundle = load_bundle("portraits-128")
    picture = render(sample_factors(1, torch.Generator().manual_seed(1)), 128).image
    for count in range(1, edits + 1):
        edit(picture, bundle, {"Smiling": 1.0}, align="never")
        if count in (max(1, edits // 10), edits):
            print(f"after {count} edits: {resident():.0f} MiB", flush=True)


def command(source: Path, output: Path) -> list[str]:
    """`ood edit` of a folder, going on where it stopped."""
    options = ["--edit", "Smiling", "--align", "never", "--resume", "-o", str(output)]
    return [sys.executable, "-m", "ood_core.cli", "edit", str(source), *options]


def kills(wanted: int, seed: int, folder: Path) -> None:
    """Print what was left behind by processes killed at random moments."""
    import torch

    source, whole, output = folder / "in", folder / "whole", folder / "out"
    for number in range(PICTURES):
        drawn = render(sample_factors(1, torch.Generator().manual_seed(number)), 256).image
        save_image(source / f"{number:02d}.png", drawn)
    started = time.monotonic()
    subprocess.run(command(source, whole), check=True, capture_output=True)
    takes, chance = time.monotonic() - started, random.Random(seed)
    killed = finished = half = missing = left = 0
    while killed < wanted:
        process = subprocess.Popen(
            command(source, output), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        try:
            process.wait(timeout=chance.uniform(0.3 * takes, takes))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            killed += 1
        results = sorted(output.glob("*_result.png"))
        half += sum(path.read_bytes() != (whole / path.name).read_bytes() for path in results)
        if process.returncode == 0:
            finished += 1
            names, wanted_names = ({path.name for path in one.iterdir()} for one in (output, whole))
            missing, left = missing + len(wanted_names - names), left + len(names - wanted_names)
            shutil.rmtree(output)
    print(f"killed {killed} times, finished {finished} times by --resume")
    print(f"half-written or different results: {half}; results missing after finishing: {missing}")
    print(f"hidden unfinished files (.ood-…) of killed processes: {left}")


def main() -> None:
    """Run both parts."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--edits", type=int, default=1000)
    parser.add_argument("--kills", type=int, default=40)
    parser.add_argument("--seed", type=int, default=0)
    wanted = parser.parse_args()
    memory(wanted.edits)
    with tempfile.TemporaryDirectory() as folder:
        kills(wanted.kills, wanted.seed, Path(folder))


if __name__ == "__main__":
    main()
