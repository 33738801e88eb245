"""Drift that loses detail: blur, sharpening, JPEG, noise, texture drawn anew, autoencoders."""

from __future__ import annotations

from io import BytesIO

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from torch import Tensor

from ...diffcam.filters import blur
from ...domains.portraits.shapes import step
from ...domains.portraits.things.tools import Dice
from .autoencoder import Autoencoder
from .view import View, pixel_centres, sample_at

_STRONG = 0.08  # detail of more than this, of white, is an outline and no texture


def blurred(view: View, dice: Dice) -> View:
    """Softened by a Gaussian of 0.4 to 1.2 pixels."""
    sigma = dice.uniform(0.4, 1.2)
    return view.damaged(lambda picture, random: blur(picture, sigma), dice)


def sharpened(view: View, dice: Dice) -> View:
    """An unsharp mask."""
    amount, sigma = dice.uniform(0.25, 0.9), dice.uniform(0.8, 1.6)
    return view.damaged(lambda picture, random: picture + amount * (picture - blur(picture, sigma)), dice)


def jpeg(view: View, dice: Dice) -> View:
    """Saved as a JPEG of quality 45 to 92, at half the resolution of colours mostly."""
    quality, subsampling = round(dice.uniform(45, 92)), dice.pick((2, 2, 0))
    return view.damaged(lambda picture, random: _as_jpeg(picture, quality, subsampling), dice)


def noise(view: View, dice: Dice) -> View:
    """Grain of 1 to 5 levels, some of it coarser than a pixel."""
    sigma, coarse = dice.uniform(1, 5) / 255, dice.uniform(0, 0.7)
    return view.damaged(
        lambda picture, random: picture + sigma * blur(_normal(picture, random), coarse), dice
    )


def reinvented(view: View, dice: Dice, most: float = 0.4) -> View:
    """Fine texture drawn anew in parts: of the same strength as before, but not the same hairs.

    Editors that draw the whole picture keep outlines and lose what a description cannot hold: fur, carpet,
    skin. Here fine detail is moved by a few pixels, elsewhere than its neighbours; strong edges stay.

    Args:
        view: what is redrawn.
        dice: chance.
        most: share of the picture that may be touched.
    """
    share = most * dice.uniform(0.2, 1.0)
    heights = torch.rand((1, 1, 6, 6), generator=dice.generator)
    far = dice.uniform(1.2, 3.0)
    return view.damaged(lambda picture, random: _texture_moved(picture, heights, share, far, random), dice)


def encoded(view: View, dice: Dice, autoencoder: Autoencoder | None) -> View:
    """Through a diffusion editor's autoencoder; without its weights, softened and with colours that bleed."""
    if autoencoder is not None:
        return view.damaged(lambda picture, random: autoencoder(picture), dice)
    sigma, colours = dice.uniform(0.4, 0.7), dice.uniform(0.8, 1.6)

    def imitated(picture: Tensor, random: torch.Generator) -> Tensor:
        return _softened(picture, sigma, colours) + 0.006 * _normal(picture, random)

    return view.damaged(imitated, dice)


def _softened(pictures: Tensor, sigma: float, colours: float) -> Tensor:
    grey = pictures.mean(1, keepdim=True)
    return blur(grey, sigma) + blur(pictures - grey, colours)


def _texture_moved(
    picture: Tensor, heights: Tensor, share: float, far: float, random: torch.Generator
) -> Tensor:
    """Fine detail from ``far`` pixels away in a connected ``share`` of the picture, chosen by ``heights``."""
    size = (picture.shape[-2], picture.shape[-1])
    smooth = blur(picture, 1.6)
    detail = picture - smooth
    strength = blur(detail.square().mean(1, keepdim=True), 3.0).sqrt()
    field = F.interpolate(heights, size=size, mode="bicubic", align_corners=False)
    level = float(torch.quantile(field[..., ::4, ::4], 1 - share))
    where = step(field, level - 0.05, level + 0.05) / (1 + (strength / _STRONG) ** 4)
    way = torch.randn((1, 2, size[0] // 6 + 1, size[1] // 6 + 1), generator=random)
    moves = far * F.interpolate(way, size=size, mode="bicubic", align_corners=False)
    other = sample_at(detail / 2 + 0.5, pixel_centres(*size) + moves) * 2 - 1
    return smooth + torch.lerp(detail, other, where)


def _normal(picture: Tensor, random: torch.Generator) -> Tensor:
    return torch.randn(picture.shape, generator=random)


def _as_jpeg(picture: Tensor, quality: int, subsampling: int) -> Tensor:
    pixels = (picture[0] * 255).round().byte().permute(1, 2, 0).contiguous().numpy()
    file = BytesIO()
    Image.fromarray(pixels).save(file, "JPEG", quality=quality, subsampling=subsampling)
    read = np.asarray(Image.open(file)).copy()
    return torch.from_numpy(read).permute(2, 0, 1)[None].float() / 255
