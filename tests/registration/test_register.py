"""Registration finds what an editor did to the whole picture, and says so when it cannot."""

from __future__ import annotations

import io

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor

from ood_core.errors import ImageError, ShapeError
from ood_core.files.levels import from_uint8, to_uint8
from ood_core.registration import pasted_box, register
from ood_core.registration.geometry import pixel_grid, resizing, transform
from tests.registration.scenes import eight_bits, move, picture, with_disc


def error(found: Tensor, truth: Tensor) -> float:
    """Mean distance in pixels between a flow [1, 2, H, W] and an affine map."""
    x, y = torch.broadcast_tensors(*transform(truth, *pixel_grid(found.shape[-2:], found.device)))
    return float((found[0] - torch.stack([x, y])).square().sum(0).sqrt().mean())


@pytest.mark.parametrize(
    "motion", [(0.5, -0.3, 1.0, 0.0), (-9.0, 6.0, 1.0, 0.0), (2.0, 1.0, 1.04, 0.0), (1.0, -2.0, 0.97, 2.5)]
)
def test_rigid_drift_is_found_to_a_tenth_of_a_pixel(motion: tuple[float, float, float, float]) -> None:
    original = picture()
    edited, truth = move(with_disc(original)[0], *motion)
    found = register(original, edited)
    assert error(found.flow, truth) < 0.1
    assert found.report.zoom == pytest.approx(motion[2], abs=0.003)
    assert found.report.turn == pytest.approx(motion[3], abs=0.1)
    assert found.report.confidence > 0.5


def test_another_size_and_aspect_is_brought_back() -> None:
    original = picture()
    edited = torch.nn.functional.interpolate(original, size=(224, 224), mode="bicubic", antialias=True)
    registered = register(original, edited).registered
    assert float((registered - original)[..., 4:-4, 4:-4].abs().mean()) < 0.02


def test_a_crop_is_recognised_and_the_rest_is_not_covered() -> None:
    original = picture()
    found = register(original, original[..., 16:176, 20:180].contiguous())
    assert float(found.coverage[..., 20:170, 24:176].min()) == 1
    assert float(found.coverage[..., :, :15].max()) == 0
    assert float((found.registered - original)[..., 24:168, 28:172].abs().mean()) < 0.01


@pytest.mark.parametrize("quality", [40, 75])
def test_the_blocks_of_a_jpeg_move_nothing(quality: int) -> None:
    original, file = picture(height=384, width=448), io.BytesIO()
    Image.fromarray(to_uint8(with_disc(original)[0])[0]).save(file, "JPEG", quality=quality)
    edited = from_uint8(np.asarray(Image.open(file))[None])
    assert register(original, edited).placement.plain
    smaller = eight_bits(
        torch.nn.functional.interpolate(edited, size=(360, 420), mode="bicubic", antialias=True)
    )
    placement = register(original, smaller).placement
    assert error(placement.flow(original.device), resizing((384, 448), (360, 420))) < 0.03


def test_identical_pictures_are_not_touched() -> None:
    original = picture()
    found = register(original, original.clone())
    assert torch.equal(found.registered, original)
    assert found.report.shift == (0, 0)


@pytest.mark.parametrize("name", ["mirrored", "rotated by 90", "rotated by 180", "rotated by 270"])
def test_mirrored_and_rotated_pictures_are_put_right_and_said(name: str) -> None:
    original = picture()
    turned = {
        "mirrored": original.flip(-1),
        "rotated by 90": torch.rot90(original, -1, (-2, -1)),
        "rotated by 180": torch.rot90(original, 2, (-2, -1)),
        "rotated by 270": torch.rot90(original, 1, (-2, -1)),
    }[name].contiguous()
    found = register(original, turned)
    assert name in " ".join(found.report.notes)
    assert float((found.registered - original).abs().mean()) < 0.01


def test_another_scene_is_refused_in_a_sentence() -> None:
    found = register(picture(1), picture(2))
    assert found.report.confidence == 0
    assert "not registered" in found.report.notes[0]
    assert found.report.shift == (0, 0)


@pytest.mark.parametrize("kind", ["flat", "noise", "tiny", "flat and noise"])
def test_pictures_without_structure_are_ordinary_input(kind: str) -> None:
    random = torch.Generator().manual_seed(3)
    flat, noise = torch.full((1, 3, 48, 64), 0.2), torch.rand(1, 3, 48, 64, generator=random) * 2 - 1
    original, edited = {
        "flat": (flat, flat + 0.1),
        "noise": (noise, noise.roll(1, -1)),
        "tiny": (noise[..., :9, :11], noise[..., :12, :8]),
        "flat and noise": (flat, noise),
    }[kind]
    found = register(original, edited)
    assert found.registered.shape == original.shape
    assert bool(torch.isfinite(found.registered).all())


def test_colour_and_light_are_taken_from_unchanged_pixels() -> None:
    original = picture()
    with_edit, disc = with_disc(original, 40)
    tinted = eight_bits(with_edit * torch.tensor([0.9, 0.95, 0.85]).view(1, 3, 1, 1) + 0.05)
    registered = register(original, tinted).registered
    assert float(((registered - with_edit).abs() * (1 - disc)).mean()) < 2 / 127.5


def test_light_that_differs_across_the_picture_is_matched() -> None:
    original = picture()
    across = torch.linspace(-0.06, 0.06, original.shape[-1])
    registered = register(original, eight_bits(original * (1 + across) + across)).registered
    assert float((registered - original).abs().mean()) < 2 / 127.5


def test_inputs_are_never_changed() -> None:
    original, edited = picture(), eight_bits(picture() * 0.9 + 0.05)
    before = original.clone(), edited.clone()
    assert not torch.equal(register(original, edited).registered, edited)
    assert torch.equal(original, before[0]) and torch.equal(edited, before[1])


def test_a_pasted_rectangle_is_seen() -> None:
    original = picture()
    edited = original.clone()
    edited[..., 40:140, 60:160] = eight_bits(edited[..., 40:140, 60:160] * 0.9)
    box = pasted_box(original, edited)
    assert box is not None
    assert tuple(box) == pytest.approx((40, 60, 100, 100), abs=2)
    assert pasted_box(original, with_disc(original)[0]) is None


def test_what_is_no_picture_is_refused() -> None:
    original = picture()
    with pytest.raises(ShapeError, match="one RGB picture"):
        register(original, original[:, :1])
    with pytest.raises(ShapeError, match="8 a side"):
        register(original, original[..., :4, :4])
    broken = original.clone()
    broken[0, 0, 0, 0] = torch.nan
    with pytest.raises(ImageError, match="not finite"):
        register(original, broken)
