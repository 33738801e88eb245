"""Things painted on a photograph: what an editor adds when asked for glasses, a hat, a beard, a word."""

from __future__ import annotations

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor

from ...diffcam.filters import blur
from ...domains.portraits.colours import HAIR_COOL, HAIR_WARM, LIPS, colour
from ...domains.portraits.shapes import box, bump, cover, disc, ellipse, segment, smooth_union, soft, step
from ...domains.portraits.things.tools import Dice, turned
from .photograph import Photograph

Painter = Callable[["Paint", Photograph, Dice], None]


class Paint:
    """A copy of a picture that is painted on, in [0, 1]."""

    def __init__(self, picture: Tensor) -> None:
        self.rgb = (picture + 1) / 2

    def lay(self, colours: Tensor, coverage: Tensor) -> None:
        """Cover the picture with a colour [1, 3, 1 or H, 1 or W] where a share [1, 1, H, W] says so."""
        self.rgb = torch.lerp(self.rgb, colours, coverage.expand_as(self.rgb))

    def shade(self, coverage: Tensor, factor: float = 0.35) -> None:
        """Darken to ``factor`` where the share [1, 1, H, W] is 1, as a soft shadow does."""
        self.lay(self.rgb * factor, coverage)

    @property
    def picture(self) -> Tensor:
        """What was painted, [1, 3, H, W] in [-1, 1]."""
        return self.rgb.clamp(0, 1) * 2 - 1


def glasses(paint: Paint, photo: Photograph, dice: Dice) -> None:
    """Frames with faintly tinted lenses and a glint."""
    _glasses(
        paint, photo, dice, dice.uniform(0.04, 0.12), colour(dice.pick(("#1a1412", "#5a2f1c", "#8a8f98")))
    )


def sunglasses(paint: Paint, photo: Photograph, dice: Dice) -> None:
    """Dark lenses, darker above than below."""
    dark = dice.uniform(0.85, 0.97) - 0.15 * photo.frame.v.clamp(-0.4, 0.4)
    _glasses(paint, photo, dice, dark, colour(dice.pick(("#0c0c10", "#2c1a10", "#141c2c"))))


def _glasses(paint: Paint, photo: Photograph, dice: Dice, lens: Tensor | float, frame: Tensor) -> None:
    u, v, pixel = photo.frame.u, photo.frame.v, photo.frame.pixel
    rx, ry, thick = dice.uniform(0.36, 0.42), dice.uniform(0.26, 0.36), dice.uniform(0.014, 0.05)
    side, down = u.abs() - 0.5, v - 0.05
    rim = box(side, down, rx, ry, dice.uniform(0.1, 0.26))
    inside = cover(rim, pixel)
    paint.lay(frame if not isinstance(lens, float) else colour("#30404a"), inside * lens)
    slant = (side + 0.8 * down).abs()
    paint.lay(colour("#ffffff"), inside * soft(slant - 0.03, 0.03) * 0.25)
    bridge = torch.maximum((down + 0.06 - 0.5 * u.square()).abs() - 0.5 * thick, u.abs() - 0.5 + rx)
    temple = torch.maximum((down + 0.1).abs() - 0.6 * thick, torch.maximum(rx - side, u.abs() - 1.12))
    wire = torch.minimum(torch.minimum(rim.abs() - 0.5 * thick, bridge), temple)
    paint.shade(soft(wire - 0.02, 0.07) * 0.35)
    paint.lay(frame, cover(wire, pixel))


def hat(paint: Paint, photo: Photograph, dice: Dice) -> None:
    """A brimmed felt hat with a ribbon."""
    u, v, pixel = photo.frame.u, photo.frame.v, photo.frame.pixel
    felt, ribbon = dice.accents()
    felt = felt * dice.uniform(0.5, 0.95)
    tall, wide = dice.uniform(0.95, 1.25), dice.uniform(1.95, 2.3)
    top = -0.72 - tall - 0.05 * torch.cos(4 * u)
    crown = torch.maximum(torch.maximum(u.abs() - 1.12 - 0.12 * (v + 0.7), top - v), v + 0.62)
    brim = ellipse(u, v + 0.68 - 0.07 * u.square(), wide, 0.2)
    cloth = felt * (1 - 0.45 * (u / 1.2).square().clamp(max=1)) * _grain(photo, dice, 0.05)
    paint.shade(soft(ellipse(u, v + 0.45, 1.15, 0.3), 0.4) * 0.6)
    paint.lay(cloth, cover(crown, pixel))
    paint.lay(ribbon * 0.8, cover(torch.maximum(crown, (v + 0.9).abs() - 0.13), pixel))
    paint.lay(
        felt * (0.75 + 0.5 * (-(v + 0.66)).clamp(-0.4, 0.4)) * _grain(photo, dice, 0.05), cover(brim, pixel)
    )


def beanie(paint: Paint, photo: Photograph, dice: Dice) -> None:
    """A knitted cap with a folded band."""
    u, v, pixel = photo.frame.u, photo.frame.v, photo.frame.pixel
    wool, band = dice.accents()
    hem = -0.62 - 0.12 * (1 - (u / 1.3).square())
    crown = torch.maximum(ellipse(u, v + 0.6, 1.24, dice.uniform(1.15, 1.35)), v - hem)
    ribs = 0.82 + 0.18 * torch.sin(34 * torch.asin((u / 1.4).clamp(-0.99, 0.99)))
    round_ = 1 - 0.5 * (u / 1.3).square().clamp(max=1)
    paint.shade(soft(crown - 0.03, 0.12) * 0.4)
    paint.lay(wool * ribs * round_ * _grain(photo, dice, 0.08), cover(crown, pixel))
    fold = torch.maximum((v - hem + 0.16).abs() - 0.2, u.abs() - 1.25)
    paint.lay(band * ribs * round_ * _grain(photo, dice, 0.08), cover(fold, pixel))


def beard(paint: Paint, photo: Photograph, dice: Dice) -> None:
    """A full beard with a moustache, of single hairs; the lips stay free."""
    frame = photo.frame
    u, v = frame.u, frame.v
    low = v - frame.mouth[1]
    jaw = step(1 - ((u / 0.98).square() + ((v - 0.55) / 1.5).square()).sqrt(), 0.0, 0.12)
    below = step(low + 0.28 - 0.75 * (u.abs() - 0.35).clamp_min(0), 0.0, 0.12)
    lips = ellipse(u - frame.mouth[0], low, 0.95 * frame.mouth_width, 0.16)
    area = jaw * below * step(lips, 0.0, 0.06)
    hairs = _strokes(photo, dice)
    tone = colour(dice.pick(HAIR_COOL[:4] + HAIR_WARM[:3])) * (0.7 + 0.6 * hairs)
    paint.lay(tone, area * (0.72 + 0.28 * step(hairs, 0.2, 0.6)))


def make_up(paint: Paint, photo: Photograph, dice: Dice) -> None:
    """Lipstick, eye shadow and rouge."""
    frame = photo.frame
    u, v = frame.u - frame.mouth[0], frame.v - frame.mouth[1]
    lips = ellipse(u, v, 1.05 * frame.mouth_width, 0.15 + 0.04 * torch.cos(6 * u))
    red = colour(dice.pick(LIPS + ("#8c1233", "#c2185b", "#6a1430")))
    shade = paint.rgb.mean(1, keepdim=True)
    paint.lay(red * (0.35 + 1.1 * shade), soft(lips, 0.06) * dice.uniform(0.6, 0.85))
    lid = ellipse(frame.u.abs() - 0.5, frame.v + 0.17, 0.27, 0.1)
    tint = colour(dice.pick(("#3f6fa8", "#7a3f8c", "#2f8a6a", "#5a3520")))
    paint.lay(tint * (0.3 + shade), soft(lid, 0.08) * dice.uniform(0.5, 0.75))
    cheek = bump(frame.u.abs() - 0.72, frame.v - 0.62, 0.42, 0.3)
    paint.lay(paint.rgb * colour("#ff7a80"), cheek * dice.uniform(0.5, 0.9))


def earrings(paint: Paint, photo: Photograph, dice: Dice) -> None:
    """Thin hoops at both ears."""
    frame, size, thick = photo.frame, dice.uniform(0.2, 0.32), dice.uniform(0.018, 0.04)
    ring = disc(frame.u.abs() - 1.06, frame.v - 0.72 - size, size).abs() - thick
    metal = colour(dice.pick(("#e3b341", "#d9dde4", "#d98a6a")))
    paint.shade(soft(ring - 0.02, 0.06) * 0.4)
    paint.lay(
        metal * (0.65 + 0.5 * step(-torch.sin(5 * frame.v + 3 * frame.u), -1, 1)), cover(ring, frame.pixel)
    )


def sticker(paint: Paint, photo: Photograph, dice: Dice) -> None:
    """A heart, a star or a disc with a pale border, anywhere on the person."""
    frame = photo.frame
    first, second = dice.accents()
    x = frame.u - dice.uniform(-1.3, 1.3)
    y = frame.v - dice.uniform(-0.2, 2.8)
    x, y = turned(x, y, dice.uniform(-40, 40))
    size = dice.uniform(0.22, 0.5)
    kind = dice.pick(("heart", "star", "disc"))
    if kind == "heart":
        lobes = torch.minimum(disc(x - 0.45 * size, y, 0.6 * size), disc(x + 0.45 * size, y, 0.6 * size))
        shape = smooth_union(
            lobes, segment(x, y, (0.0, 0.1 * size), (0.0, 0.9 * size)) - 0.2 * size, 0.5 * size
        )
    elif kind == "star":
        angle = torch.atan2(x, -y)
        shape = disc(x, y, 0.75 * size) - 0.25 * size * torch.cos(5 * angle)
    else:
        shape = disc(x, y, size)
    paint.shade(soft(shape - 0.06, 0.06) * 0.4)
    paint.lay(colour("#f7f3ea"), cover(shape - 0.05, frame.pixel))
    paint.lay(torch.lerp(first, second, soft(y + 0.1, 1.5 * size)), cover(shape, frame.pixel))


def _grain(photo: Photograph, dice: Dice, amount: float) -> Tensor:
    """Multiplicative grain as cloth has, [1, 1, H, W] around 1."""
    noise = torch.randn(photo.frame.u.shape, generator=dice.generator)
    return 1 + amount * blur(noise, 0.7) * 2


def _strokes(photo: Photograph, dice: Dice) -> Tensor:
    """Hairs that hang down, [1, 1, H, W] in [0, 1]: noise drawn out along v."""
    scale = 1 / photo.frame.pixel
    noise = torch.randn((1, 1, 256, 256), generator=dice.generator)
    drawn = blur(noise, 0.5)
    for _ in range(3):
        drawn = (drawn + drawn.roll(1, 2) + drawn.roll(-1, 2)) / 3
    drawn = drawn / drawn.std()
    fanned = photo.frame.u * (1 + 0.25 * photo.frame.v)
    places = [value * scale / 128 % 2 - 1 for value in (fanned, photo.frame.v * 0.4)]
    grid = torch.cat(places, dim=1).permute(0, 2, 3, 1)
    return (0.5 + 0.22 * F.grid_sample(drawn, grid, padding_mode="reflection", align_corners=False)).clamp(
        0, 1
    )


WORDS = ("SALE", "Hello", "2026", "OPEN", "Berlin", "love", "No. 7", "Cafe")


def lettering(paint: Paint, photo: Photograph, dice: Dice) -> None:
    """A word somewhere in the picture, a little turned."""
    from PIL import Image, ImageDraw, ImageFont

    height, width = photo.picture.shape[-2:]
    font = ImageFont.load_default(size=round(height * dice.uniform(0.05, 0.14)))
    canvas = Image.new("L", (width, height))
    place = (width * dice.uniform(0.3, 0.7), height * dice.uniform(0.1, 0.9))
    ImageDraw.Draw(canvas).text(place, dice.pick(WORDS), 255, font, anchor="mm")
    canvas = canvas.rotate(dice.uniform(-12, 12), Image.Resampling.BICUBIC)
    letters = torch.frombuffer(bytearray(canvas.tobytes()), dtype=torch.uint8).view(1, 1, height, width) / 255
    under = float((paint.rgb * letters).sum() / (3 * letters.sum() + 1e-6))
    paint.lay(colour("#fdfaf2" if under < 0.5 else "#1c1a24"), letters)


REMOVABLE: tuple[Painter, ...] = (glasses, hat, sticker, lettering)
"""What a removal takes away again: pictures with these painted in serve as originals."""

__all__ = [
    "REMOVABLE",
    "Paint",
    "Painter",
    "beanie",
    "beard",
    "earrings",
    "glasses",
    "hat",
    "lettering",
    "make_up",
    "sticker",
    "sunglasses",
]
