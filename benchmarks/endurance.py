"""What long use and sudden death do: memory over many edits, and commands killed at random moments.

python benchmarks/endurance.py [--edits 1000] [--kills 40] [--seed 0] [--only edit,train,…]
python benchmarks/endurance.py --comfyui DIR [--edits 1000]

The first part edits one picture again and again in one process. The second kills `ood edit --resume` on a
folder, `ood train bundle`, `ood import` and `ood complete` with SIGKILL at random moments, starts each again
until all is done, and compares every result with that of an undisturbed run, byte by byte: a result is whole,
or it is not there. With --comfyui, prompts are queued in a ComfyUI instead, one edit each.
"""

from __future__ import annotations

import argparse
import json
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
from typing import Any

import torch

from ood_core import edit, load_bundle, save_bundle, save_image
from ood_core.bundle import Bundle
from ood_core.bundle.manifest import Attribute
from ood_core.domains.portraits import render, sample_factors
from ood_core.errors import OodError
from ood_core.stylegan2 import Generator, GeneratorConfig

ROOT = Path(__file__).resolve().parents[1]
PICTURES = 12


def resident(process: int | str = "self") -> float:
    """A process's memory in MiB."""
    pages = int(Path(f"/proc/{process}/statm").read_text(encoding="ascii").split()[1])
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
        prepare: makes the folder what the command needs, before it is started for the first time.
        steadily: whether the files change while it goes on, each whole: then only the last state counts.
    """

    name: str
    command: Callable[[Path], list[str]]
    results: str
    prepare: Callable[[Path], object] | None = None
    steadily: bool = False

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
    lone = folder / "lone"
    save_bundle(lone_bundle(config, generator), lone)
    edit_options = ["--edit", "Smiling", "--align", "never", "--resume", "-o"]
    return [
        Work("edit", lambda out: ["edit", str(source), *edit_options, str(out)], "*_result.png"),
        Work("train", lambda out: ["train", "bundle", "--recipe", str(recipes), "-o", str(out)], "bundle/*"),
        Work("import", lambda out: ["import", str(foreign), "--force", "-o", str(out / "mine")], "mine/*"),
        Work(
            "complete",
            lambda out: ["complete", str(out / "mine"), "--steps", "8"],
            "mine/*.*",
            lambda out: shutil.copytree(lone, out / "mine"),
            steadily=True,
        ),
    ]


def lone_bundle(config: GeneratorConfig, generator: Generator) -> Bundle:
    """A generator with two directions, and nothing else."""
    random = torch.Generator().manual_seed(0)
    names = ("first", "second")
    directions = {
        name: torch.randn(config.num_styles, config.w_dim, generator=random) * 0.1 for name in names
    }
    attributes = {name: Attribute(name, None, name) for name in names}
    return Bundle("lone", 64, "MIT", "random", attributes, generator, directions=directions, frame=None)


def prompts(comfyui: Path, count: int) -> None:
    """Print a ComfyUI's memory after a tenth and after all of so many prompts, each with its own edit."""
    sys.path.insert(0, str(ROOT / "tests/comfyui"))
    from comfyui_server import Server

    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "custom_nodes").mkdir()
        (Path(folder) / "custom_nodes" / "ood").symlink_to(ROOT, target_is_directory=True)
        server = Server(comfyui, Path(folder))
        try:
            for number in range(1, count + 1):
                server.run(edit_graph(strength=0.5 + 0.5 * number / count))
                if number in (max(1, count // 10), count):
                    print(f"after {number} prompts: {resident(server.process.pid):.0f} MiB", flush=True)
        finally:
            server.close()


def edit_graph(strength: float) -> dict[str, Any]:
    """A template's graph; another strength is another edit, so that nothing is answered from the cache."""
    text = (ROOT / "workflows/api/03 Several attributes at once.json").read_text(encoding="utf-8")
    graph: dict[str, Any] = json.loads(text)
    for node in graph.values():
        if node["class_type"] == "OOD_Edit":
            node["inputs"]["strength"] = strength
    return graph


def loads(bundle: Path) -> bool:
    """Whether every file of a bundle is there and whole."""
    try:
        load_bundle(bundle)
    except OodError:
        return False
    return True


def kills(work: Work, wanted: int, seed: int, folder: Path) -> None:
    """Print what was left behind by processes killed at random moments."""
    whole, output = folder / f"{work.name}-whole", folder / f"{work.name}-out"
    started = time.monotonic()
    if work.prepare is not None:
        work.prepare(whole)
    if work.start(whole).wait() != 0:
        raise SystemExit(f"ood {work.name} fails undisturbed")
    takes, chance = time.monotonic() - started, random.Random(seed)
    right = {path.relative_to(whole): path.read_bytes() for path in whole.glob(work.results)}
    killed = finished = half = missing = left = 0
    while killed < wanted or finished == 0:
        if work.prepare is not None and not output.exists():
            work.prepare(output)
        process = work.start(output)
        try:
            process.wait(timeout=None if killed >= wanted else chance.uniform(0.2 * takes, takes))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            killed += 1
        there = {path.relative_to(output): path.read_bytes() for path in output.glob(work.results)}
        if not work.steadily or process.returncode == 0:
            half += sum(content != right.get(path) for path, content in there.items())
        else:
            half += not loads(output / "mine")
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
    parser.add_argument("--only", default="edit,train,import,complete", help="which commands are killed")
    parser.add_argument("--comfyui", type=Path, help="a ComfyUI's folder; queue prompts there instead")
    wanted = parser.parse_args()
    if wanted.comfyui is not None:
        prompts(wanted.comfyui, wanted.edits)
        return
    if wanted.edits:
        memory(wanted.edits)
    with tempfile.TemporaryDirectory() as folder:
        for work in works(Path(folder)):
            if wanted.kills and work.name in wanted.only.split(","):
                kills(work, wanted.kills, wanted.seed, Path(folder))


if __name__ == "__main__":
    main()
