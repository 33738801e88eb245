"""How near do learned and found directions come to the true ones?

    python benchmarks/directions.py [--people N] [--seed S] [--sizes N …]

On the drawn domain the true directions are known. Directions are learned from pictures of different people
with and without an attribute, some with things in front of them, through the bundle's encoder; and found in
the generator. Each is judged by its cosine to the true one, and by the share of edits of strength 1 after
which the judge sees the attribute (amount over one half) where it did not before. Prints tables in Markdown.
"""

from __future__ import annotations

import argparse
import dataclasses
import statistics
from collections.abc import Mapping

import torch
from torch import Tensor

from ood_core import Bundle, centred, invert, load_bundle
from ood_core.domains import portraits
from ood_core.editing import fit_boundary
from ood_core.evaluation.judge import shipped_judge
from ood_core.evaluation.samples import ABSENT, PRESENT
from ood_core.making import find_directions, learn_direction, sample_latents


@torch.no_grad()
def pictures(name: str, value: float, count: int, seed: int) -> Tensor:
    """Different people with an attribute at a value, every third one among things."""
    random = torch.Generator().manual_seed(seed)
    factors = portraits.set_attribute(portraits.sample_factors(count, random), name, value)
    made = []
    for number, one in enumerate(factors.split(1)):
        drawn = (
            portraits.render_among_things(one, random)[0] if number % 3 == 0 else portraits.render(one).image
        )
        made.append(drawn)
    return torch.cat(made)


@torch.no_grad()
def success(bundle: Bundle, edit: Tensor, name: str, people: Tensor) -> float:
    """Share of people without an attribute in whom an edit [L, D] shows it, by the judge."""
    judge = shipped_judge()
    index = judge.config.attributes.index(name)
    latents = people[:, None].expand(-1, bundle.generator.num_styles, -1)
    before, after = (
        judge(bundle.generator.synthesis(codes).clamp(-1, 1))[:, index] for codes in (latents, latents + edit)
    )
    lacking = before < 0.3
    return float((after[lacking] > 0.5).float().mean()) if bool(lacking.any()) else float("nan")


def cosine(one: Tensor, other: Tensor) -> float:
    """Of two directions."""
    return float((one.flatten() @ other.flatten()) / one.norm() / other.norm())


def learned(
    bundle: Bundle, people: Tensor, seed: int, size: int, latents: Mapping[str, tuple[Tensor, Tensor]]
) -> None:
    """Print the row of directions learned from so many pictures, half with and half without."""
    figures = []
    for name, (present, absent) in latents.items():
        half = size // 2
        made = learn_direction(bundle, name, present[:half], absent[:half])
        true = bundle.attribute_directions[name]
        labels = torch.cat([torch.ones(half), torch.zeros(half)])
        separating = fit_boundary(torch.cat([present[:half], absent[:half]]), labels)
        edit = made.directions[name] * made.default_strengths[name]
        figures.append(
            (
                cosine(made.directions[name], true),
                success(bundle, edit, name, people),
                cosine(separating, true),
            )
        )
    means = [statistics.mean(values) for values in zip(*figures, strict=True)]
    print(f"| learned, {size} pictures | {' | '.join(f'{value:.2f}' for value in means)} |", flush=True)


def found(bundle: Bundle, people: Tensor, method: str) -> None:
    """Print the row of directions found by a method: the nearest of twelve to each true one."""
    bare = dataclasses.replace(bundle, attributes={}, directions={})
    made = find_directions(bare, method)  # type: ignore[arg-type]
    figures = []
    for name, true in bundle.attribute_directions.items():
        best = max(made.attributes, key=lambda own: abs(cosine(made.directions[own], true)))
        near = cosine(made.directions[best], true)
        edit = made.directions[best] * made.default_strengths[best] * (1 if near > 0 else -1)
        figures.append((abs(near), success(bundle, edit, name, people)))
    means = [statistics.mean(values) for values in zip(*figures, strict=True)]
    print(f"| found, {method}, nearest of 12 | {means[0]:.2f} | {means[1]:.2f} | |", flush=True)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=64, help="random people who are edited")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--sizes", type=int, nargs="+", default=(20, 100, 500), help="pictures learned from")
    chosen = parser.parse_args()
    bundle = load_bundle()
    people = sample_latents(bundle, chosen.people, seed=chosen.seed + 1000)
    half = max(chosen.sizes) // 2
    print(f"means over {len(bundle.attributes)} attributes, {chosen.people} people edited")
    print("| directions | cosine | attribute success | cosine of the normal |\n| --- | --- | --- | --- |")
    true = [
        success(bundle, edit * bundle.default_strengths[name], name, people)
        for name, edit in bundle.attribute_directions.items()
    ]
    print(f"| true | 1 | {statistics.mean(true):.2f} | |", flush=True)
    for method in ("pca", "sefa"):
        found(bundle, people, method)
    latents = {}
    for number, name in enumerate(bundle.attributes):
        kinds = [
            pictures(name, value, half, chosen.seed + 10 * number + k)
            for k, value in enumerate((PRESENT, ABSENT))
        ]
        latents[name] = tuple(invert(centred(kind), bundle).latents for kind in kinds)
    for size in chosen.sizes:
        learned(bundle, people, chosen.seed, size, latents)  # type: ignore[arg-type]


if __name__ == "__main__":
    main()
