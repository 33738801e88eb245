"""Black-and-white and toned photographs stay so; colour photographs are not taken for them."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor

from ood_core.composition.tone import Tone, colour_space_of
from ood_core.domains.portraits import render, sample_factors
from ood_core.errors import ShapeError
from ood_core.files.levels import from_uint8, to_uint8


def _shift(y: Tensor) -> Tensor:
    """Cool shadows, warm lights."""
    return 0.08 * torch.sin(3 * y)


TONES: dict[str, Callable[[Tensor], Tensor]] = {
    "black and white": lambda y: y.repeat(1, 3, 1, 1),
    "sepia": lambda y: torch.cat([y * 1.07 + 0.05, y * 0.9 - 0.02, y * 0.7 - 0.1], 1).clamp(-1, 1),
    "faded": lambda y: torch.cat([y * 0.7 + 0.2, y * 0.65 + 0.1, y * 0.55], 1),
    "cyanotype": lambda y: torch.cat([(y + 1) ** 1.6 / 1.6 - 1, y, (y + 1) ** 0.8 - 0.9], 1).clamp(-1, 1),
    "split": lambda y: torch.cat([y + 0.08 * torch.sin(3 * y), y, y - 0.08 * torch.sin(3 * y)], 1).clamp(
        -1, 1
    ),
    "duotone": lambda y: torch.cat([0.85 * y + 0.15, 0.88 * y - 0.02, 0.4 * y], 1),
    "blue paper": lambda y: torch.cat([_bent(y, 1.8), _bent(y, 1.1), 0.15 + 0.85 * _bent(y, 0.7)], 1),
}


def _bent(y: Tensor, gamma: float) -> Tensor:
    return ((y + 1) / 2) ** gamma * 2 - 1


def portrait(size: int = 96, seed: int = 5) -> Tensor:
    return render(sample_factors(1, torch.Generator().manual_seed(seed)), size).image


def stored(picture: Tensor, quality: int | None) -> Tensor:
    """As it comes back from a file: 8 bits, and a JPEG's losses."""
    if quality is None:
        return from_uint8(to_uint8(picture))
    file = io.BytesIO()
    Image.fromarray(to_uint8(picture)[0]).save(file, "JPEG", quality=quality)
    return from_uint8(np.asarray(Image.open(file))[None])


@pytest.mark.parametrize("quality", [None, 85])
@pytest.mark.parametrize("name", TONES)
def test_an_edit_in_colour_takes_the_photographs_tone(name: str, quality: int | None) -> None:
    make = TONES[name]
    grey = portrait(192).mean(1, keepdim=True)
    photograph = stored(make(grey), quality)
    tone = colour_space_of(photograph)
    assert tone is not None
    assert (tone.of(photograph) - photograph).abs().mean() < 1.5 / 127.5
    result = tone.of(portrait(192, seed=8))
    assert result.shape == photograph.shape and result.abs().max() <= 1
    again = colour_space_of(torch.cat([photograph, result], dim=-1))
    assert again is not None, "the edit has colours that the photograph has not"


@pytest.mark.parametrize("name", TONES)
def test_a_few_highlights_and_shadows_of_their_own_are_no_colours(name: str) -> None:
    """Too few to be known by themselves, they lie where the curve goes on."""
    grey = 0.5 * portrait(192).mean(1, keepdim=True)
    for row, level in enumerate((0.9, 0.8, -0.65, -0.7)):
        grey[:, :, 20 + 8 * row : 24 + 8 * row, 20:28] = level
    assert colour_space_of(TONES[name](grey)) is not None


def test_a_black_and_white_result_has_no_colour_at_all() -> None:
    tone = colour_space_of(portrait().mean(1, keepdim=True).repeat(1, 3, 1, 1))
    assert tone is not None
    pixels = to_uint8(tone.of(portrait(seed=8))).astype(int)
    assert (pixels.max(-1) == pixels.min(-1)).all()
    before, after = portrait(seed=8), tone.of(portrait(seed=8))
    weights = torch.tensor([0.299, 0.587, 0.114])[:, None, None]
    assert ((before - after) * weights).sum(1).abs().max() < 1e-5, "brightness is kept"


@pytest.mark.parametrize("seed", range(12))
def test_colour_pictures_have_no_tone(seed: int) -> None:
    assert colour_space_of(portrait(seed=seed)) is None


def test_pale_colours_and_a_little_of_one_colour_are_colours() -> None:
    grey = portrait().mean(1, keepdim=True).repeat(1, 3, 1, 1)
    assert colour_space_of(grey + 0.35 * (portrait() - grey)) is None
    lips = grey.clone()
    lips[:, 0, 58:64, 38:50] += 0.3
    assert colour_space_of(lips) is None
    flat = torch.ones(1, 3, 8, 40)
    flat[:, :, :, :10], flat[:, 1:, :, 10:20], flat[:, 2:, :, 20:30] = -1, -1, -1  # black, red, yellow, white
    assert colour_space_of(flat) is None


def test_the_embedded_examples_have_colours() -> None:
    examples = Path(__file__).parents[2] / "ood_core/bundles/portraits-128/examples"
    for path in sorted(examples.glob("*.png")):
        assert colour_space_of(from_uint8(np.asarray(Image.open(path).convert("RGB"))[None])) is None


def test_pictures_of_one_colour_and_extremes_do_no_harm() -> None:
    assert colour_space_of(torch.tensor([0.9, -0.5, -0.5])[None, :, None, None].expand(1, 3, 9, 9)) is None
    for level in (-1.0, 0.0, 1.0):
        tone = colour_space_of(torch.full((1, 3, 9, 9), level))
        assert isinstance(tone, Tone) and torch.isfinite(tone.of(portrait())).all()
        assert (tone.of(torch.full((2, 3, 4, 4), 3.0)) == 1).all()
    with pytest.raises(ShapeError, match="one picture"):
        colour_space_of(torch.zeros(2, 3, 4, 4))
    with pytest.raises(ShapeError, match="3, H, W"):
        colour_space_of(torch.zeros(1, 1, 4, 4))
