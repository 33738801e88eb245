"""How long does the embedded bundle make one wait: to import, to load, for a first edit, for a slider step?

    python benchmarks/embedded.py [--bundle NAME|DIR] [--runs N]

Every run has a process of its own, so that "first" means first. Prints a table in Markdown.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import statistics
import sys
import time
from pathlib import Path
from typing import Any

from measuring import in_own_process, machine, seconds

ROOT = Path(__file__).resolve().parents[1]
EDITS = 5


def load(name: str, path: Path, **options: Any) -> Any:
    """Import a file under a name of our choice."""
    spec = importlib.util.spec_from_file_location(name, path, **options)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def measure_import() -> dict[str, float]:
    """Seconds beyond torch's own, which the line about the machine has imported already."""
    start = time.perf_counter()
    import ood_core.bundle
    import ood_core.pipeline  # noqa: F401

    return {"import of the library, beyond torch": time.perf_counter() - start}


def measure_nodes() -> dict[str, float]:
    """Seconds beyond torch's for the pack as ComfyUI imports it, over a stand-in for ComfyUI's interface."""
    import asyncio

    load("standin", ROOT / "tests" / "nodes" / "standin.py").install(ROOT)
    start = time.perf_counter()
    pack = load("pack", ROOT / "__init__.py", submodule_search_locations=[str(ROOT)])
    asyncio.run(asyncio.run(pack.comfy_entrypoint()).get_node_list())
    return {"import of the ComfyUI pack, beyond torch": time.perf_counter() - start}


def measure_edits(bundle: str, mode: str) -> dict[str, float]:
    """Seconds to load, of the first edit in the process, of later ones, and of another strength."""
    from ood_core.alignment import centred
    from ood_core.bundle import load_bundle
    from ood_core.files.pictures import load_image
    from ood_core.pipeline import edit, edit_inverted
    from ood_core.sources import invert

    start = time.perf_counter()
    networks = load_bundle(bundle)
    loaded = time.perf_counter() - start
    examples = sorted((ROOT / "ood_core" / "bundles").glob("*/examples/*.png"))
    picture, name = load_image(examples[0]), next(iter(networks.attributes))
    first = seconds(lambda: edit(picture, networks, {name: 1.0}, mode, align="never"))
    later = seconds(lambda: edit(picture, networks, {name: 1.0}, mode, align="never"), EDITS)
    inverted = invert(centred(picture), networks)
    step = seconds(lambda: edit_inverted(inverted, {name: 0.5}, mode), EDITS)
    return {"load": loaded, f"{mode}: first edit": first, "a later edit": later, "a slider step": step}


def measure_precision(bundle: str) -> dict[str, float]:
    """What bfloat16 changes in the results, `faithful`, over all example pictures and attributes."""
    import torch

    from ood_core.bundle import load_bundle
    from ood_core.files.pictures import load_image
    from ood_core.pipeline import edit

    full, half = load_bundle(bundle), load_bundle(bundle, precision="bf16")
    errors = []
    for path in sorted((ROOT / "ood_core" / "bundles").glob("*/examples/*.png")):
        picture = load_image(path)
        for name in full.attributes:
            edited = [edit(picture, networks, {name: 1.0}) for networks in (full, half)]
            exact, rounded = (done.result for done in edited)
            errors.append((exact - rounded) * 127.5)
    every = torch.stack(errors)
    return {"rms": float(every.square().mean().sqrt()), "max": float(every.abs().max())}


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--bundle", default="portraits-128")
    options.add_argument("--runs", type=int, default=5, help="processes a row; the median counts")
    options.add_argument("--measure", help=argparse.SUPPRESS)
    chosen = options.parse_args()
    if chosen.measure:
        what, *arguments = json.loads(chosen.measure)
        kinds: dict[str, Any] = {"import": measure_import, "nodes": measure_nodes, "edits": measure_edits}
        kinds["precision"] = measure_precision
        print(json.dumps(kinds[what](*arguments)))
        return
    print(f"{machine()}, {chosen.bundle}, a picture of 512 px, median of {chosen.runs} processes\n")
    print("| | seconds |\n| --- | --- |")
    edits = [("edits", chosen.bundle, mode) for mode in ("paper", "faithful")]
    for what in [("import",), ("nodes",), *edits]:
        runs = [in_own_process(__file__, *what) for _ in range(chosen.runs)]
        for row in runs[0]:
            print(f"| {row} | {statistics.median(run[row] for run in runs):.3f} |")
    error = in_own_process(__file__, "precision", chosen.bundle)
    print(f"\nbfloat16 changes results by {error['rms']:.2f} grey levels (rms), at most {error['max']:.0f}.")


if __name__ == "__main__":
    main()
