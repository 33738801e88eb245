"""How long and how much memory does an edit at 1024 px take with networks of the published sizes?

    python benchmarks/official.py [--bundle DIR] [--runs N]

Without --bundle the published files are filled with pseudo-weights (tests/parity), written to a temporary
folder (4 GB) and imported. Every measurement has a process of its own. Prints tables in Markdown.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from measuring import in_own_process, machine, peak

MODES = ("paper", "faithful", "given composite")
"""The last cleans the rim with the deghosting network, as `faithful` did before it had a decomposer."""


def pseudo() -> Any:
    """The module that fills the published manifests."""
    path = Path(__file__).parents[1] / "tests" / "parity" / "pseudo.py"
    spec = importlib.util.spec_from_file_location("pseudo", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def write_files(folder: Path) -> dict[str, Path]:
    """The three weight files and one direction."""
    import numpy as np

    weights = pseudo()
    names = {"psp": "psp_ffhq_encode", "diffcam": "diff_cam_weight", "deghosting": "deghosting"}
    for name in names.values():
        torch.save(weights.checkpoint(name), folder / f"{name}.pt")
    (folder / "directions").mkdir()
    np.save(folder / "directions" / "Smiling.npy", weights.direction("Smiling").numpy())
    return {
        **{key: folder / f"{name}.pt" for key, name in names.items()},
        "directions": folder / "directions",
    }


def measure_import(files: dict[str, str], output: str) -> dict[str, float]:
    """Seconds and peak memory of `import_official`: of `ood import` without what it adds from samples."""
    from ood_core.checkpoints.official import import_official

    start = time.perf_counter()
    import_official(**files, output=output)
    return {"seconds": time.perf_counter() - start, "peak": peak()}


def measure_edit(bundle: str, mode: str, runs: int) -> dict[str, float]:
    """Seconds to load, median seconds of an edit and of another strength, and peak memory after either.

    An untrained decomposer stands in where the bundle has none: its time is that of a trained one.
    """
    from ood_core.bundle import load_bundle
    from ood_core.decomposition import Decomposer
    from ood_core.modes import FAITHFUL, GIVEN_COMPOSITE, PAPER
    from ood_core.pipeline import edit_crops, edit_inverted, find_crops
    from ood_core.sources import invert
    from ood_core.training.decomposer import decomposer_sizes

    how = {each.name: each for each in (PAPER, FAITHFUL, GIVEN_COMPOSITE)}[mode]
    picture = pseudo().picture()
    start = time.perf_counter()
    networks = load_bundle(bundle)
    found = {"load": time.perf_counter() - start, "loaded": peak()}
    if how is GIVEN_COMPOSITE:
        networks = replace(networks, decomposer=None)
    elif networks.decomposer is None:
        networks = replace(networks, decomposer=Decomposer(decomposer_sizes(networks.resolution)).eval())
    attribute = next(iter(networks.attributes))
    crops = find_crops(picture, networks, align="never")
    first = timed(lambda: edit_crops(crops, networks, {attribute: 1.0}, how), runs)
    inverted = invert(crops, networks)
    again = timed(lambda: edit_inverted(inverted, {attribute: 0.7}, how), runs)
    return {**found, "seconds": first, "again": again, "peak": peak()}


def timed(work: Callable[[], object], runs: int) -> float:
    """Median seconds."""
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def main() -> None:
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--bundle", help="an imported bundle, instead of pseudo-weights")
    options.add_argument("--runs", type=int, default=3, help="edits a mode; the median counts")
    options.add_argument("--measure", help=argparse.SUPPRESS)
    chosen = options.parse_args()
    if chosen.measure:
        what, *arguments = json.loads(chosen.measure)
        measured = (measure_import if what == "import" else measure_edit)(*arguments)
        sys.stdout.write(json.dumps(measured))
        return
    print(f"{machine()}, float32\n")
    with tempfile.TemporaryDirectory() as folder:
        bundle = chosen.bundle or imported(Path(folder))
        print("| mode | load | edit at 1024 px | another strength | peak loaded | peak edited |")
        print("|---|---|---|---|---|---|")
        for mode in MODES:
            row = in_own_process(__file__, "edit", str(bundle), mode, chosen.runs)
            print(
                f"| {mode} | {row['load']:.1f} s | {row['seconds']:.1f} s | {row['again']:.1f} s "
                f"| {row['loaded']:.2f} GiB | {row['peak']:.2f} GiB |"
            )


def imported(folder: Path) -> Path:
    """A bundle of pseudo-weights, and a line about its import."""
    files = write_files(folder)
    largest = max(path.stat().st_size for path in files.values()) / 2**30
    paths = {key: str(path) for key, path in files.items()}
    row = in_own_process(__file__, "import", paths, str(folder / "ffhq-1024"))
    print(f"import: {row['seconds']:.1f} s, peak {row['peak']:.2f} GiB, largest file {largest:.2f} GiB\n")
    return folder / "ffhq-1024"


if __name__ == "__main__":
    main()
