"""What do descent and pivotal tuning cost, and do they help the edit or only the reconstruction?

    python benchmarks/inversions.py [--samples N] [--seed S] [--kinds A,B,…]

People with things, drawn with their true edits, are inverted by several kinds of inverters and edited
faithfully from there. Prints a table in Markdown.
"""

from __future__ import annotations

import argparse
import math
import time
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from ood_core import Bundle, Inverter, centred, edit_inverted, invert, inverter_of, load_bundle
from ood_core.evaluation.judge import judged, shipped_judge
from ood_core.evaluation.judgement import JudgedFigures
from ood_core.evaluation.metrics import PooledPsnr
from ood_core.evaluation.samples import Sample, draw_sample
from ood_core.inversion import optimise, part_of
from ood_core.progress import Progress
from ood_core.stylegan2 import Generator


@dataclass(frozen=True, eq=False)
class Plain:
    """Descent in which things count like everything else."""

    start: Inverter
    steps: int

    def __call__(self, image: Tensor, generator: Generator, progress: Progress | None = None) -> Tensor:
        """See `Inverter`."""
        start = self.start(image, generator)
        return optimise(image, start, generator, self.steps, tolerance=math.inf)


def kinds(bundle: Bundle) -> dict[str, Inverter]:
    """Name → inverter."""
    encoder = bundle.encoder
    return {
        "encoder": inverter_of(encoder),
        "encoder, descent 30": inverter_of(encoder, 30),
        "encoder, descent 30 on all pixels": Plain(inverter_of(encoder), 30),
        "descent 200 from w_avg": inverter_of(None, 200),
        "encoder, tuning 30": inverter_of(encoder, 0, 30),
        "encoder, descent 30, tuning 30": inverter_of(encoder, 30, 30),
    }


def measure(bundle: Bundle, samples: list[Sample], inverter: Inverter) -> dict[str, float]:
    """Figures of one kind: PSNR of reconstruction and edit in dB, shares of 1, seconds per picture."""
    start = time.perf_counter()
    inverted = invert(centred(torch.cat([sample.source for sample in samples])), bundle, inverter)
    seconds = (time.perf_counter() - start) / len(samples)
    reconstruction, gan, whole, inside = (PooledPsnr() for _ in range(4))
    judge, figures = shipped_judge(), JudgedFigures()
    for number, sample in enumerate(samples):
        one = slice(number, number + 1)
        own = replace(
            inverted,
            crops=inverted.crops[one],
            original=inverted.original[one],
            latents=inverted.latents[one],
            reconstruction=inverted.reconstruction[one],
            tuning=part_of(inverted.tuning, one),
        )
        done = edit_inverted(own, sample.edits)
        everywhere = torch.ones_like(sample.change, dtype=torch.bool)
        reconstruction.add(own.reconstruction.clamp(-1, 1), sample.source, everywhere)
        gan.add(done.edited.clamp(-1, 1), sample.target, sample.change > 0.5)
        whole.add(done.result, sample.target, everywhere)
        inside.add(done.result, sample.target, sample.change > 0.5)
        read = judged(judge, sample.source), judged(judge, sample.target)
        figures.add(sample.edits, *read, judged(judge, done.result))
    found = figures.figures()
    return {
        "reconstruction": reconstruction.value or 0.0,
        "GAN inside": gan.value or 0.0,
        "edit": whole.value or 0.0,
        "edit inside": inside.value or 0.0,
        "attribute success": found["attribute_success"] or 0.0,
        "leakage": found["leakage"] or 0.0,
        "seconds": seconds,
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--samples", type=int, default=14)
    parser.add_argument("--seed", type=int, default=20_000)
    parser.add_argument("--kinds", default="")
    chosen = parser.parse_args()
    bundle = load_bundle()
    names = list(bundle.attributes)
    samples = [draw_sample(chosen.seed, n, names, bundle.resolution) for n in range(chosen.samples)]
    known = kinds(bundle)
    rows = [name for name in known if not chosen.kinds or name in chosen.kinds.split(";")]
    print(f"{chosen.samples} people with things, seed {chosen.seed}, {torch.get_num_threads()} threads")
    for number, name in enumerate(rows):
        figures = measure(bundle, samples, known[name])
        if not number:
            print(f"| inversion | {' | '.join(figures)} |\n| --- |{' --- |' * len(figures)}")
        print(f"| {name} | {' | '.join(f'{value:.3g}' for value in figures.values())} |", flush=True)


if __name__ == "__main__":
    main()
