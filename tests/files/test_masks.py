"""A mask means what somebody meant who painted, erased or exported it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from ood_core.errors import ImageError
from ood_core.files.pictures import load_mask
from tests.files.writers import png

SIZE = (40, 60)
MARKED = np.zeros(SIZE, dtype=bool)
MARKED[10:20, 15:40] = True


def soft() -> np.ndarray:
    """A brush's opacity, 0..255, with a soft edge."""
    opacity = MARKED * 255
    opacity[9, 15:40] = opacity[20, 15:40] = 128
    return opacity.astype(np.uint8)


def saved(path: Path, colours: np.ndarray, opacity: np.ndarray | None = None) -> Path:
    pixels = np.broadcast_to(colours, (*SIZE, 3)).astype(np.uint8)
    layers = pixels if opacity is None else np.dstack([pixels, opacity])
    Image.fromarray(layers).save(
        path, **({"lossless": True, "exact": True} if path.suffix == ".webp" else {})
    )
    return path


def photograph() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (*SIZE, 3))


@pytest.mark.parametrize("suffix", [".png", ".tif", ".webp"])
@pytest.mark.parametrize("colour", [(255, 255, 255), (255, 0, 0), (20, 200, 90), (0, 0, 0), (3, 0, 2)])
def test_what_is_painted_on_a_transparent_layer_is_edited(
    tmp_path: Path, colour: tuple[int, int, int], suffix: str
) -> None:
    for under in (colour, (0, 0, 0), (255, 255, 255)):  # transparent pixels keep any colour
        colours = np.where(soft()[:, :, None] > 0, colour, under)
        mask = load_mask(saved(tmp_path / f"paint{suffix}", colours, soft()))
        assert np.array_equal((mask[0, 0] * 255).round().numpy(), soft())
    faint = load_mask(saved(tmp_path / f"faint{suffix}", np.array(colour), soft() // 4))
    assert np.array_equal((faint[0, 0] * 255).round().numpy(), soft() // 4)


def test_what_is_erased_from_a_photograph_is_edited(tmp_path: Path) -> None:
    mask = load_mask(saved(tmp_path / "erased.png", photograph(), 255 - soft()))
    assert np.array_equal((mask[0, 0] * 255).round().numpy(), soft())
    grey = np.dstack([photograph()[:, :, 0], 255 - soft()]).astype(np.uint8)
    Image.fromarray(grey).save(tmp_path / "grey.png")
    assert torch.equal(load_mask(tmp_path / "grey.png"), mask)


def test_black_and_white_paint_keeps_its_meaning(tmp_path: Path) -> None:
    colours = np.where(MARKED, 255, 0)[:, :, None].repeat(3, 2)
    opacity = np.zeros(SIZE, np.uint8)
    opacity[5:30] = 255
    mask = load_mask(saved(tmp_path / "layers.png", colours, opacity))
    assert np.array_equal(mask[0, 0].numpy() == 1, MARKED) and mask.min() == 0


def test_masks_without_transparency_are_read_by_brightness(tmp_path: Path) -> None:
    grey = np.random.default_rng(1).integers(0, 256, SIZE).astype(np.uint8)
    for mode in ("L", "P", "RGB", "RGBA", "LA"):
        Image.fromarray(grey).convert(mode).save(tmp_path / "mask.png")
        mask = load_mask(tmp_path / "mask.png")
        assert np.array_equal((mask[0, 0] * 255).round().numpy(), grey), mode
    almost = np.full(SIZE, 254, np.uint8)
    assert load_mask(saved(tmp_path / "almost.png", photograph(), almost)).mean() > 0.3
    Image.fromarray(MARKED).save(tmp_path / "bits.png")
    assert np.array_equal(load_mask(tmp_path / "bits.png")[0, 0].numpy(), MARKED.astype(np.float32))


def test_16_bit_masks_keep_their_steps_with_and_without_opacity(tmp_path: Path) -> None:
    levels = np.linspace(0, 65535, SIZE[0] * SIZE[1]).astype(int).reshape(*SIZE, 1)
    (tmp_path / "grey.png").write_bytes(png(levels, 0, 16))
    (tmp_path / "paint.png").write_bytes(png(np.concatenate([levels * 0 + 65535, levels], 2), 4, 16))
    for name in ("grey", "paint"):
        mask = load_mask(tmp_path / f"{name}.png")
        assert (mask[0, 0] * 65535 - torch.from_numpy(levels[:, :, 0])).abs().max() < 0.01


def test_a_palette_with_a_transparent_colour_is_paint(tmp_path: Path) -> None:
    picture = Image.fromarray(MARKED.astype(np.uint8), "P")
    picture.putpalette([0, 0, 255, 255, 60, 60])
    picture.save(tmp_path / "palette.png", transparency=0)
    assert np.array_equal(load_mask(tmp_path / "palette.png")[0, 0].numpy(), MARKED.astype(np.float32))


def test_what_could_mean_either_is_asked_back(tmp_path: Path) -> None:
    black = np.zeros(3, int)
    with pytest.raises(ImageError, match=r"hole\.png: is black with a hole; paint the part to edit white"):
        load_mask(saved(tmp_path / "hole.png", black, 255 - soft()))
    with pytest.raises(ImageError, match=r"empty\.png: is transparent everywhere"):
        load_mask(saved(tmp_path / "empty.png", black, np.zeros(SIZE, np.uint8)))
