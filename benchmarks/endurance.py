"""What long use and sudden death do: memory over many edits, and commands killed at random moments.

python benchmarks/endurance.py [--edits 1000] [--kills 40] [--seed 0]

The first part edits one picture again and again in one process. The second kills `ood edit --resume` on a
folder, `ood train bundle` and `ood import` with SIGKILL at random moments, starts each again until all is
done, and compares every result with that of an undisturbed run, byte by byte: a result is whole, or it is
not there.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch

from ood_core import edit, load_bundle, save_image
from ood_core.domains.portraits import render, sample_factors

ROOT = Path(__file__).resolve().parents[1]
PICTURES = 12


def resident() -> float:
    """This process's memory in MiB."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * 4096 / 2**20


def memory(edits: int) -> None:
    """Print the memory after a tenth and after all of the edits."""
    bundle = load_bundle("portraits-128")
    picture = render(sample_factors(1, torch.Generator().manual_seed(1)), 128).image
    for count in range(1, edits + 1):
        edit(picture, bundle, {"Smiling": 1.0}, align="never")
        if count in (max(1, edits // 10), edits):
            print(f"after {count} edits: {resident():.0f} MiB", flush=True)


@dataclass
class Work:
    """Something to be killed in the middle.

    Attributes:
        name: of the command.
        command: arguments behind `ood`, for an output folder; it goes on where it stopped.
        results: pattern of the finished files in that folder, which must never be half-written.
    """

    name: str
    command: Callable[[Path], list[str]]
    results: str

    def start(self, output: Path) -> subprocess.Popen[bytes]:
        """Run it in a process of its own."""
        command = [sys.executable, "-m", "ood_core.cli", *self.command(output)]
        environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)}
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        return subprocess.Popen(command, env=environment, **quiet)  # type: ignore[call-overload]


def works(folder: Path) -> list[Work]:
    """An edit of a folder, the training of a tiny bundle, and the import of a foreign generator."""
    from ood_core.checkpoints.stylegan2_names import ROSINALITY, generator_table
    from ood_core.checkpoints.tables import to_theirs
    from ood_core.stylegan2 import Generator, GeneratorConfig

    sys.path.insert(0, str(ROOT / "tests/training"))
    from recipes import write_recipes

    source = folder / "in"
    for number in range(PICTURES):
        drawn = render(sample_factors(1, torch.Generator().manual_seed(number)), 256).image
        save_image(source / f"{number:02d}.png", drawn)
    recipes = write_recipes(folder / "recipes")
    config = GeneratorConfig(resolution=64, z_dim=64, w_dim=64, mapping_layers=4, channel_base=2048)
    generator = Generator(config)
    tensors = generator.state_dict()
    average = tensors.pop("mapping.w_avg")
    names = to_theirs(tensors, generator_table(config, ROSINALITY), kernels=True)
    foreign = folder / "generator.pt"
    torch.save({"g_ema": names, "latent_avg": average}, foreign)
    edit_options = ["--edit", "Smiling", "--align", "never", "--resume", "-o"]
    return [
        Work("edit", lambda out: ["edit", str(source), *edit_options, str(out)], "*_result.png"),
        Work("train", lambda out: ["train", "bundle", "--recipe", str(recipes), "-o", str(out)], "bundle/*"),
        Work("import", lambda out: ["import", str(foreign), "--force", "-o", str(out / "mine")], "mine/*"),
    ]


def kills(work: Work, wanted: int, seed: int, folder: Path) -> None:
    """Print what was left behind by processes killed at random moments."""
    whole, output = folder / f"{work.name}-whole", folder / f"{work.name}-out"
    started = time.monotonic()
    if work.start(whole).wait() != 0:
        raise SystemExit(f"ood {work.name} fails undisturbed")
    takes, chance = time.monotonic() - started, random.Random(seed)
    right = {path.relative_to(whole): path.read_bytes() for path in whole.glob(work.results)}
    killed = finished = half = missing = left = 0
    while killed < wanted or finished == 0:
        process = work.start(output)
        try:
            process.wait(timeout=None if killed >= wanted else chance.uniform(0.2 * takes, takes))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            killed += 1
        there = {path.relative_to(output): path.read_bytes() for path in output.glob(work.results)}
        half += sum(content != right.get(path) for path, content in there.items())
        if process.returncode == 0:
            finished += 1
            missing += len(right.keys() - there.keys())
            left += sum(path.name.startswith(".ood-") for path in output.rglob("*"))
            shutil.rmtree(output)
        elif process.returncode > 0:
            raise SystemExit(f"ood {work.name} does not go on after a kill: {work.command(output)}")
    print(f"ood {work.name}: killed {killed} times, finished {finished} times by going on")
    print(f"  half-written or different results: {half}; results missing after finishing: {missing}")
    print(f"  hidden unfinished files, which the next run removes an hour later: {left}", flush=True)


def main() -> None:
    """Run both parts."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--edits", type=int, default=1000)
    parser.add_argument("--kills", type=int, default=40)
    parser.add_argument("--seed", type=int, default=0)
    wanted = parser.parse_args()
    if wanted.edits:
        memory(wanted.edits)
    with tempfile.TemporaryDirectory() as folder:
        for work in works(Path(folder)):
            kills(work, wanted.kills, wanted.seed, Path(folder))


if __name__ == "__main__":
    main()
