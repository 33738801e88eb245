"""Draw the pictures that ship with the embedded bundle: people the GAN knows, with things it does not.

python benchmarks/examples.py ood_core/bundles/portraits-128/examples
"""

from __future__ import annotations

import sys
from pathlib import Path

import torch

from ood_core.domains import portraits
from ood_core.domains.portraits import Thing
from ood_core.files.pictures import save_image

RESOLUTION = 512
EXAMPLES = {
    "bricks_and_headphones": (3, ["headphones", "bricks"]),
    "cap_and_phone": (19, ["cap", "phone", "foliage"]),
    "microphone": (13, ["microphone", "sky"]),
    "waving": (1, ["waving_hand", "books"]),
}


def person(seed: int) -> torch.Tensor:
    """Somebody young with a plain face, so that every attribute can be added: factors [1, K]."""
    factors = portraits.sample_factors(1, torch.Generator().manual_seed(seed))
    for name in portraits.ATTRIBUTES:
        factors = portraits.set_attribute(factors, name, 0.03)
    return factors


def main(folder: Path) -> None:
    """Write the four pictures."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, (seed, kinds) in EXAMPLES.items():
        things = [tuple(Thing(kind, seed) for kind in kinds)]
        image = portraits.render_scene(person(seed), things, RESOLUTION)
        save_image(folder / f"{name}.png", image, overwrite=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
