"""Pictures side by side with a title under each, for people to look at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from PIL import Image, ImageDraw, ImageFont
from torch import Tensor

from ..errors import ShapeError
from .levels import from_uint8, mask_to_uint8, to_uint8

_GAP, _CAPTION = 8, 28
_PAPER, _INK = (255, 255, 255), (40, 40, 40)


def labelled_strip(images: Mapping[str, Tensor], height: int = 256) -> Image.Image:
    """One row of pictures, scaled to one height, each titled underneath.

    Args:
        images: title → picture [1,3,H,W] in [-1,1] or mask [1,1,H,W] in [0,1], of any sizes, left to right.
        height: of every picture in the strip, in pixels.

    Raises:
        ShapeError: if there is no picture, or one is neither a picture nor a mask.
    """
    if not images:
        raise ShapeError("a strip needs at least one picture")
    font = ImageFont.load_default(size=15)
    cells = [(title, _scaled(image, height)) for title, image in images.items()]
    widths = [max(cell.width, round(font.getlength(title))) for title, cell in cells]
    sheet = Image.new("RGB", (sum(widths) + _GAP * (len(cells) + 1), height + _GAP + _CAPTION), _PAPER)
    draw, left = ImageDraw.Draw(sheet), _GAP
    for (title, cell), width in zip(cells, widths, strict=True):
        sheet.paste(cell, (left + (width - cell.width) // 2, _GAP))
        draw.text((left + width / 2, height + _GAP + _CAPTION / 2), title, _INK, font, anchor="mm")
        left += width + _GAP
    return sheet


def labelled_grid(rows: Sequence[tuple[str, Mapping[str, Tensor]]], height: int = 128) -> Image.Image:
    """Rows of pictures, each a `labelled_strip` under a title of its own.

    Args:
        rows: the row's title, and its pictures.
        height: of every picture, in pixels.

    Raises:
        ShapeError: if there is no row, or one has no pictures.
    """
    if not rows:
        raise ShapeError("a grid needs at least one row")
    font = ImageFont.load_default(size=15)
    strips = [labelled_strip(images, height) for _, images in rows]
    width, each = max(strip.width for strip in strips), strips[0].height + _CAPTION
    grid = Image.new("RGB", (width, each * len(strips)), _PAPER)
    draw = ImageDraw.Draw(grid)
    for place, ((title, _), strip) in enumerate(zip(rows, strips, strict=True)):
        draw.text((_GAP, each * place + _CAPTION / 2), title, _INK, font, anchor="lm")
        grid.paste(strip, (0, each * place + _CAPTION))
    return grid


def as_picture(sheet: Image.Image) -> Tensor:
    """A sheet as a picture, [1, 3, H, W] in [-1, 1]."""
    return from_uint8(np.asarray(sheet.convert("RGB"))[None])


def _scaled(image: Tensor, height: int) -> Image.Image:
    pixels = mask_to_uint8(image)[0] if image.dim() == 4 and image.shape[1] == 1 else to_uint8(image)[0]
    picture = Image.fromarray(pixels).convert("RGB")
    width = max(1, round(picture.width * height / picture.height))
    return picture.resize((width, height), Image.Resampling.LANCZOS)
