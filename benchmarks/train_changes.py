"""Train the network that finds changes, as shipped in ood_core/diffcam/changes.safetensors.

    python benchmarks/train_changes.py OUT.safetensors --photos FOLDER --photos FOLDER [--vae FOLDER]

Only photographs that may be trained on, drawn portraits, random edits and drifts of
`ood_core.training.change_pairs`, and the public kinds of `ood bench --keep` are used. Samples are made first
(about three seconds each on one thread) and kept in memory, then the network is trained (about ten minutes).
"""

from __future__ import annotations

import argparse
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor

from ood_core.diffcam.change_network import ChangeNetwork
from ood_core.errors import OodError
from ood_core.evaluation.keep.autoencoder import load_autoencoder
from ood_core.evaluation.keep.pairs import Half, PairSource
from ood_core.files.formats import SUFFIXES
from ood_core.files.networks import save_network
from ood_core.training.change_network import ChangeTraining, train_changes
from ood_core.training.change_pairs import sample_pair
from ood_core.training.change_pairs.scenes import sample_scene
from ood_core.training.change_samples import ChangeSample, change_sample

_SIDE = 512
_STRIDE = 16  # of the autoencoder, with room to spare
_RANDOM = 0.55  # share of the pairs with random edits; the others are of the benchmark's public kinds
_ENCODED = 0.75  # share of those that may go through the autoencoder


def main() -> None:
    """Make samples, train, save."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--photos", type=Path, action="append", default=[])
    parser.add_argument("--vae", type=Path, help="folder of an autoencoder's weights")
    parser.add_argument("--samples", type=int, default=200)
    parser.add_argument("--steps", type=int, default=1700)
    parser.add_argument("--seed", type=int, default=7)
    asked = parser.parse_args()
    paths = [path for folder in asked.photos for path in sorted(folder.iterdir())]
    source = Samples([path for path in paths if path.suffix.lower() in SUFFIXES], asked.vae, asked.seed)
    samples = [source.draw(index) for index in range(asked.samples)]
    network = ChangeNetwork().to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    for step, loss in enumerate(train_changes(network, samples, ChangeTraining(steps=asked.steps))):
        if step % 100 == 0:
            print(step, f"{loss:.3f}", flush=True)
    save_network(asked.out, network)


class Samples:
    """Where training samples come from."""

    def __init__(self, photographs: list[Path], vae: Path | None, seed: int) -> None:
        self.random = torch.Generator().manual_seed(seed)
        self.seed, self.photographs = seed, photographs
        self.autoencoder = load_autoencoder(vae) if vae else None
        self.sources = [PairSource(Half.PUBLIC, paths, self.autoencoder) for paths in (photographs, ())]

    def draw(self, index: int) -> ChangeSample:
        """Sample ``index``; another one where an edit cannot be made of the photograph."""
        while True:
            try:
                return change_sample(*self._pair(index))
            except OodError:
                index += 100_000

    def _pair(self, index: int) -> tuple[Tensor, Tensor, Tensor]:
        if float(torch.rand((), generator=self.random)) < _RANDOM:
            encoded = float(torch.rand((), generator=self.random)) < _ENCODED
            scene = sample_scene(self.photographs, _SIDE, self.random)
            made = sample_pair(scene, self.random, self._encode if encoded and self.autoencoder else None)
            return made.original, made.edited, made.mask
        pair = self.sources[index % 3 == 0].draw(self.seed, index)
        return pair.true.original, pair.drifted.edited, (pair.true.mask > 0.5).float()

    def _encode(self, picture: Tensor, noise: float, random: torch.Generator) -> Tensor:
        """Through the autoencoder, with noise on the latents in units of their deviation."""
        assert self.autoencoder is not None
        height, width = picture.shape[-2:]
        padding = (0, -width % _STRIDE, 0, -height % _STRIDE)
        sides = F.pad(picture, padding, mode="replicate").bfloat16().to(memory_format=torch.channels_last)
        latents = self.autoencoder.encoder(sides)
        latents = latents + noise * latents.std() * torch.randn(latents.shape, generator=random).to(latents)
        return self.autoencoder.decoder(latents)[..., :height, :width].float().clamp(0, 1)


if __name__ == "__main__":
    main()
