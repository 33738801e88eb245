"""How good is the embedded bundle? People and things it has not seen, against the drawn truth.

    python benchmarks/portraits.py [--bundle NAME|DIR] [--count N] [--seed S]

Prints one table in Markdown. PSNR in dB, higher is better; the change is where the true edit is visible.
"""

from __future__ import annotations

import argparse
import platform
import time

import torch
from torch import Tensor

from ood_core import load_bundle
from ood_core.bundle import Bundle
from ood_core.domains import portraits
from ood_core.pipeline import edit, invert_picture

VISIBLE = 0.5


def psnr(first: Tensor, second: Tensor, where: Tensor) -> float:
    """PSNR in dB of pictures in [-1, 1] over the pixels where a mask [B, 1, H, W] is set."""
    error = (first - second).square().mean(dim=1, keepdim=True)[where].mean()
    return float(10 * torch.log10(4 / error.clamp_min(1e-10)))


def reconstruction(bundle: Bundle, count: int, seed: int) -> float:
    """Mean PSNR of the inversion of portraits without foreign things."""
    factors = portraits.sample_factors(count, torch.Generator().manual_seed(seed))
    image = portraits.render(factors, bundle.resolution).image.clamp(-1, 1)
    made = invert_picture(image, bundle).reconstruction.clamp(-1, 1)
    return psnr(made, image, torch.ones_like(image[:, :1], dtype=torch.bool))


def compare(bundle: Bundle, count: int, seed: int) -> dict[str, dict[str, float]]:
    """Method → figures, over `count` edits of people with foreign things."""
    random = torch.Generator().manual_seed(seed)
    sample = portraits.sample_edit(count, random, resolution=bundle.resolution)
    results: dict[str, list[Tensor]] = {"no edit": [], "gan": [], "paper": [], "faithful": []}
    masks, seconds = [], dict.fromkeys(results, 0.0)
    for index in range(count):
        source = sample.source[index : index + 1]
        name = portraits.ATTRIBUTES[int(sample.attributes[index])]
        edits = {name: float(sample.signs[index])}
        start = time.perf_counter()
        faithful = edit(source, bundle, edits)
        middle = time.perf_counter()
        paper = edit(source, bundle, edits, "paper")
        seconds["faithful"] += (middle - start) / count
        seconds["paper"] += (time.perf_counter() - middle) / count
        masks.append(faithful.mask)
        pictures = {"no edit": source, "gan": paper.edited, "paper": paper.final, "faithful": faithful.final}
        for method, picture in pictures.items():
            results[method].append(picture.clamp(-1, 1))
    inside = sample.change_mask > VISIBLE
    untouched = torch.cat(masks) == 0
    table = {}
    for method, parts in results.items():
        final = torch.cat(parts)
        same = (final == sample.source).all(dim=1, keepdim=True)
        table[method] = {
            "inside": psnr(final, sample.target, inside),
            "outside": psnr(final, sample.target, ~inside),
            "whole": psnr(final, sample.target, inside | ~inside),
            "identical": float(same[untouched].float().mean()),
            "seconds": seconds[method],
        }
    return table


def main() -> None:
    """Measure and print."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--bundle", default="portraits-128")
    arguments.add_argument("--count", type=int, default=128)
    arguments.add_argument("--seed", type=int, default=20_000)
    chosen = arguments.parse_args()
    bundle = load_bundle(chosen.bundle)
    print(f"{chosen.count} edits, seed {chosen.seed}, {bundle.name}, {platform.machine()}, ", end="")
    print(f"{torch.get_num_threads()} threads, torch {torch.__version__}\n")
    inversion = reconstruction(bundle, 64, chosen.seed)
    print(f"Inversion of portraits without foreign things: {inversion:.1f} dB\n")
    print("| method | inside the change | outside | whole | identical outside the mask | seconds |")
    print("| --- | --- | --- | --- | --- | --- |")
    for method, row in compare(bundle, chosen.count, chosen.seed).items():
        figures = f"{row['inside']:.1f} | {row['outside']:.1f} | {row['whole']:.1f} | {row['identical']:.1%}"
        print(f"| {method} | {figures} | {row['seconds']:.2f} |")


if __name__ == "__main__":
    main()
