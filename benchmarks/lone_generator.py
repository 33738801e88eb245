"""What does one foreign file give? The embedded generator, written as others write theirs and imported alone.

    python benchmarks/lone_generator.py -o FOLDER [--format rosinality|nvidia]

The drawn domain's mapping network reads factors, where published ones read Gaussian noise. So the file gets a
mapping network of one layer that gives the same latents from noise: Gaussian before the last leaky ReLU, as
Zhu et al. 2020 found them to be. Writes the file, imports it and prints what was found.
"""

from __future__ import annotations

import argparse
import dataclasses
from pathlib import Path

import torch
from nvidia_pickle import write_nvidia

from ood_core import load_bundle
from ood_core.checkpoints.importing import import_files
from ood_core.checkpoints.stylegan2_names import ROSINALITY, generator_table
from ood_core.checkpoints.tables import to_theirs
from ood_core.making import sample_latents
from ood_core.stylegan2 import Generator
from ood_core.stylegan2.ops import ACTIVATION_GAIN, LEAK

_MULTIPLIER = 0.01  # of every published mapping network's learning rate


@torch.no_grad()
def with_gaussian_mapping(generator: Generator, latents: torch.Tensor) -> Generator:
    """The same synthesis behind a mapping of one layer that gives latents [N, D] like these from noise."""
    config = dataclasses.replace(
        generator.config, z_dim=generator.config.w_dim, mapping_layers=1, lr_multiplier=_MULTIPLIER
    )
    made = Generator(config).eval()
    made.synthesis.load_state_dict(generator.synthesis.state_dict())
    plain = torch.where(latents < 0, latents / LEAK, latents).double() / ACTIVATION_GAIN
    values, vectors = torch.linalg.eigh(torch.cov(plain.t()))
    half = vectors * values.clamp_min(0).sqrt()
    layer = made.mapping.get_submodule("fc0")
    layer.weight.copy_(half.float() / layer.weight_gain)  # type: ignore[operator,union-attr]
    layer.bias.copy_(plain.mean(dim=0).float() / layer.bias_gain)  # type: ignore[operator,union-attr]
    made.mapping.w_avg.copy_(latents.mean(dim=0))
    return made


def write(generator: Generator, path: Path, form: str) -> None:
    """Write a generator as somebody else's code would."""
    state, config = generator.state_dict(), generator.config
    if form == "nvidia":
        write_nvidia(path, generator)
        return
    names = to_theirs(state, generator_table(config, ROSINALITY), kernels=True)
    torch.save({"g_ema": names, "latent_avg": generator.mapping.w_avg}, path)


def main() -> None:
    """Write, import, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("-o", "--output", type=Path, required=True)
    parser.add_argument("--format", choices=("rosinality", "nvidia"), default="rosinality")
    chosen = parser.parse_args()
    chosen.output.mkdir(parents=True, exist_ok=True)
    bundle = load_bundle()
    lone = with_gaussian_mapping(bundle.generator, sample_latents(bundle, 10_000))
    path = chosen.output / ("nvidia.pkl" if chosen.format == "nvidia" else "rosinality.pt")
    write(lone, path, chosen.format)
    found = import_files([path], chosen.output / "bundle", overwrite=True)
    for line in (*found.networks, *found.manifest.stand_ins, *found.notes):
        print(line)


if __name__ == "__main__":
    main()
