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


def blurred(view: View, dice: Dice) -> View:
    """Softened by a Gaussian of 0.4 to 1.2 pixels."""
    sigma = dice.uniform(0.4, 1.2)
    return view.damaged(lambda pictures: blur(pictures, sigma))


def sharpened(view: View, dice: Dice) -> View:
    """An unsharp mask."""
    amount, sigma = dice.uniform(0.25, 0.9), dice.uniform(0.8, 1.6)
    return view.damaged(lambda pictures: pictures + amount * (pictures - blur(pictures, sigma)))


def jpeg(view: View, dice: Dice) -> View:
    """Saved as a JPEG of quality 45 to 92, at half the resolution of colours mostly."""
    quality, subsampling = round(dice.uniform(45, 92)), dice.pick((2, 2, 0))
    return view.damaged(
        lambda pictures: torch.cat([_as_jpeg(one, quality, subsampling) for one in pictures.split(1)])
    )


def noise(view: View, dice: Dice) -> View:
    """Grain of 1 to 5 levels, some of it coarser than a pixel."""
    sigma, coarse = dice.uniform(1, 5) / 255, dice.uniform(0, 0.7)
    return view.damaged(lambda pictures: pictures + sigma * blur(_normal(pictures.shape, dice), coarse))


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
    return view.damaged(lambda pictures: _texture_moved(pictures, heights, share, far, dice))


def encoded(view: View, dice: Dice, autoencoder: Autoencoder | None) -> View:
    """Through a diffusion editor's autoencoder; without its weights, softened and with colours that bleed."""
    if autoencoder is not None:
        return view.damaged(autoencoder)
    sigma, colours = dice.uniform(0.4, 0.7), dice.uniform(0.8, 1.6)
    return view.damaged(
        lambda pictures: _softened(pictures, sigma, colours) + 0.006 * _normal(pictures.shape, dice)
    )


def _softened(pictures: Tensor, sigma: float, colours: float) -> Tensor:
    grey = pictures.mean(1, keepdim=True)
    return blur(grey, sigma) + blur(pictures - grey, colours)


def _texture_moved(pictures: Tensor, heights: Tensor, share: float, far: float, dice: Dice) -> Tensor:
    size = pictures.shape[-2:]
    smooth = blur(pictures, 1.6)
    detail = pictures - smooth
    strength = blur(detail.square().mean(1, keepdim=True), 3.0).sqrt()
    field = F.interpolate(heights, size=size, mode="bicubic", align_corners=False)
    where = step(
        field, torch.quantile(field, 1 - share).item() - 0.05, torch.quantile(field, 1 - share).item() + 0.05
    )
    where = where / (1 + (strength / 0.08) ** 4)
    way = torch.randn((len(pictures), 2, size[0] // 6 + 1, size[1] // 6 + 1), generator=dice.generator)
    moves = far * F.interpolate(way, size=size, mode="bicubic", align_corners=False)
    other = sample_at(detail / 2 + 0.5, pixel_centres(*size) + moves) * 2 - 1
    return smooth + torch.lerp(detail, other, where)


def _normal(shape: torch.Size, dice: Dice) -> Tensor:
    return torch.randn(shape, generator=dice.generator)


def _as_jpeg(picture: Tensor, quality: int, subsampling: int) -> Tensor:
    pixels = (picture[0] * 255).round().byte().permute(1, 2, 0).contiguous().numpy()
    file = BytesIO()
    Image.fromarray(pixels).save(file, "JPEG", quality=quality, subsampling=subsampling)
    read = np.asarray(Image.open(file)).copy()
    return torch.from_numpy(read).permute(2, 0, 1)[None].float() / 255
