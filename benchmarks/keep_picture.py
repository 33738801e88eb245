"""Make the picture of docs/keep.md: a photograph, a drifting editor's version, the mask and the result.

python benchmarks/keep_picture.py docs/images/keep.jpg

The photograph is scikit-image's coffee (CC0, Rachel Michetti). The editor is simulated: it adds a red
sticker, and shifts, zooms, tints and softens the whole picture as real ones do.
"""

from __future__ import annotations

import sys
from pathlib import Path

import torch
from torch import Tensor

from ood_core import keep
from ood_core.alignment import Affine, warp
from ood_core.composition import overlay
from ood_core.files.levels import from_uint8, to_uint8
from ood_core.files.sheets import labelled_strip
from ood_core.images import Box, resize_area, resize_bicubic

DRIFT: Affine = (0.985, 0.004, 4.3, -0.004, 0.985, -2.6)
TINT = (0.03, 0.0, -0.04)


def edited(photograph: Tensor) -> Tensor:
    """The photograph with a sticker on the cup's saucer."""
    height, width = photograph.shape[2:]
    rows, columns = torch.arange(height)[:, None] + 0.5, torch.arange(width) + 0.5
    disc = ((rows - 0.72 * height).square() + (columns - 0.34 * width).square()).sqrt()
    inside = (0.09 * height - disc + 0.5).clamp(0, 1)
    ring = (disc - 0.066 * height).abs().lt(0.006 * height).float()
    colour = torch.tensor([0.75, -0.8, -0.75])[:, None, None].lerp(torch.ones(3, 1, 1), ring)
    return photograph.lerp(colour[None], inside)


def drifted(picture: Tensor) -> Tensor:
    """Shifted, zoomed, turned, tinted, softened, and rounded to 8 bits."""
    height, width = picture.shape[2:]
    moved = warp(picture, DRIFT, Box(0, 0, height, width))
    soft = resize_bicubic(resize_area(moved, (height * 5 // 6, width * 5 // 6)), (height, width))
    tinted = soft * 0.96 + torch.tensor(TINT)[:, None, None]
    return from_uint8(to_uint8(tinted.clamp(-1, 1)))


def main(path: Path) -> None:
    """Write the picture, and print what was found."""
    from skimage.data import coffee

    photograph = from_uint8(coffee()[None])
    returned = drifted(edited(photograph))
    kept = keep(photograph, returned)
    same = (kept.result == photograph).all(dim=1)[kept.mask[:, 0] == 0].float().mean()
    print(kept.report.line, f"identical outside the mask: {float(same):.0%}", sep="\n")
    strip = {
        "the photograph": photograph,
        "what the editor returned": returned,
        "the mask": overlay(photograph, kept.mask),
        "kept": kept.result,
    }
    labelled_strip(strip, height=220).save(path, quality=90)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
