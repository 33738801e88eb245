"""What each step costs on a photograph of 24 megapixels: seconds, and the peak of the memory until then.

    python benchmarks/photographs.py [--megapixels 24] [--face 2400]

A drawn portrait, turned by 20 degrees, stands in the photograph; every step runs in a process of its own.
"""

from __future__ import annotations

import argparse
import json
import math
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

STEPS = ("read", "find faces", "align", "edit the square", "paste back", "write")


def photograph(megapixels: float, side: float, path: Path) -> None:
    """Draw the photograph."""
    import torch

    from ood_core.alignment import Alignment
    from ood_core.composition import paste_square
    from ood_core.domains.portraits import render, sample_factors
    from ood_core.files.pictures import save_image
    from ood_core.images import resize_bilinear

    height = round(math.sqrt(megapixels * 1e6 * 2 / 3))
    size = (height, height * 3 // 2)
    generator = torch.Generator().manual_seed(7)
    picture = resize_bilinear(torch.rand(1, 3, 40, 60, generator=generator) * 1.6 - 0.8, size)
    angle, centre = math.radians(20), (size[1] * 0.55, size[0] * 0.5)
    place = Alignment(centre, (side / 2 * math.cos(angle), side / 2 * math.sin(angle)), size)
    portrait = render(sample_factors(1, generator), 768).image
    save_image(path, paste_square(picture, portrait, place))


def measure(step: str, path: Path) -> dict[str, float]:
    """Run all steps up to one; the seconds are those of the last."""
    from ood_core.alignment import face_crops, face_detector
    from ood_core.bundle import load_bundle
    from ood_core.files.pictures import read_image, save_like
    from ood_core.progress import Steps
    from ood_core.sources import Latents, cut_for, invert
    from ood_core.stages import composite as blend
    from ood_core.stages import deghost, find_mask, paste

    bundle = load_bundle()
    state: dict[str, Any] = {}
    detector = face_detector(bundle.detector)

    def look() -> None:
        picture = state["file"].image
        state["crops"] = face_crops(picture, bundle.frame, detector(picture))

    def edit_crops() -> None:
        source = Latents(invert(state["crops"], bundle), {"Eyeglasses": 1.0})
        (pair,) = source.pairs(Steps(None, 1))
        state["edited"] = deghost(blend(find_mask(pair)))

    work = {
        "read": lambda: state.update(file=read_image(path)),
        "find faces": look,
        "align": lambda: cut_for(bundle, state["crops"]),
        "edit the square": edit_crops,
        "paste back": lambda: state.update(done=paste(state["edited"])),
        "write": lambda: save_like(path.with_name("result.png"), state["done"].result, state["file"], True),
    }
    for name in STEPS[: STEPS.index(step)]:
        work[name]()
    start = time.perf_counter()
    work[step]()
    return {"seconds": time.perf_counter() - start, "peak": _peak()}


def _peak() -> float:
    """Peak memory of this process so far, in MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--megapixels", type=float, default=24)
    parser.add_argument("--face", type=float, default=2400, help="side of the portrait in pixels")
    parser.add_argument("--measure", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure:
        print(json.dumps(measure(options.measure[0], Path(options.measure[1]))))
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "photograph.png"
        photograph(options.megapixels, options.face, path)
        print("| step | seconds | peak memory so far, MiB |\n| --- | --- | --- |")
        for step in STEPS:
            command = [sys.executable, __file__, "--measure", step, str(path)]
            found = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
            print(f"| {step} | {found['seconds']:.2f} | {found['peak']:.0f} |", flush=True)


if __name__ == "__main__":
    main()
