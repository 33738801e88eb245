"""A face's square is cut out upright, filtered, at any size; whole pixels stay whole pixels."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from ood_core.alignment import Affine, Alignment, align, box_alignment, face_alignment, warp
from ood_core.alignment.frame import Frame
from ood_core.errors import FaceError, ShapeError
from ood_core.images import Box, resize_area

UPRIGHT = torch.tensor([[40.0, 50.0], [60.0, 50.0], [50.0, 62.0], [43.0, 72.0], [57.0, 72.0]])
ANGLES = st.floats(-180, 180)


def turned(points: torch.Tensor, degrees: float, scale: float, shift: float = 0.0) -> torch.Tensor:
    """Points turned clockwise about (50, 60), scaled about it and moved."""
    c, s = scale * math.cos(math.radians(degrees)), scale * math.sin(math.radians(degrees))
    x, y = (points - torch.tensor([50.0, 60.0])).unbind(-1)
    return torch.stack([c * x - s * y, s * x + c * y], dim=-1) + 60 + shift


def apply(affine: Affine, x: float, y: float) -> tuple[float, float]:
    a, b, c, d, e, f = affine
    return a * x + b * y + c, d * x + e * y + f


def waves(height: int, width: int, period: float = 40.0) -> torch.Tensor:
    """A smooth picture, a function of continuous coordinates, [1, 3, H, W]."""
    y, x = (torch.arange(n, dtype=torch.float64) + 0.5 for n in (height, width))
    phases = torch.arange(3.0)[:, None, None]
    picture = torch.sin(x * 2 * math.pi / period + phases) * torch.cos(y[:, None] * 2 * math.pi / period)
    return 0.9 * picture[None].float()


def test_the_square_is_ffhqs() -> None:
    found = face_alignment(UPRIGHT, Frame(), (200, 200))
    assert found.centre == (50.0, 50 + 0.1 * 22) and found.angle == 0
    assert found.side == pytest.approx(2 * max(2.0 * 20, 1.8 * 22))


@given(degrees=ANGLES, scale=st.floats(0.3, 15))
@settings(max_examples=60, deadline=None)
def test_it_turns_and_grows_with_the_face(degrees: float, scale: float) -> None:
    still = face_alignment(UPRIGHT, Frame(), (200, 200))
    found = face_alignment(turned(UPRIGHT, degrees, scale), Frame(), (200, 200))
    assert found.side == pytest.approx(scale * still.side, rel=1e-4)
    assert math.remainder(found.angle - degrees, 360) == pytest.approx(0, abs=1e-2)


@given(degrees=ANGLES, size=st.sampled_from([16, 128, 1024]), x=st.floats(0, 1), y=st.floats(0, 1))
@settings(max_examples=60, deadline=None)
def test_the_way_back_is_the_inverse(degrees: float, size: int, x: float, y: float) -> None:
    found = face_alignment(turned(UPRIGHT, degrees, 3.0), Frame(), (200, 300))
    there = apply(found.to_picture(size), x * size, y * size)
    assert apply(found.to_crop(size), *there) == pytest.approx((x * size, y * size), abs=1e-6 * size)


@pytest.mark.parametrize("degrees", [0.0, 17.0, 90.0, -135.0, 180.0])
@pytest.mark.parametrize("size", [24, 96, 300])
def test_a_crop_is_the_picture_seen_through_the_square(degrees: float, size: int) -> None:
    alignment = Alignment(
        (151.3, 148.9),
        (48 * math.cos(math.radians(degrees)), 48 * math.sin(math.radians(degrees))),
        (300, 310),
    )
    crop = align(waves(300, 310), alignment, size)
    for i, j in ((2, 3), (size // 2, size // 3), (size - 3, size - 2)):
        x, y = apply(alignment.to_picture(size), j + 0.5, i + 0.5)
        expected = 0.9 * math.sin(x * 2 * math.pi / 40) * math.cos(y * 2 * math.pi / 40)
        assert float(crop[0, 0, i, j]) == pytest.approx(expected, abs=0.06 if size == 24 else 0.01)


def test_shrinking_averages_instead_of_skipping() -> None:
    checks = (torch.arange(400)[:, None] + torch.arange(400)).remainder(2).float().expand(
        1, 3, -1, -1
    ) * 2 - 1
    crop = align(checks, Alignment((200.2, 199.7), (100.0, 31.0), (400, 400)), 20)
    assert crop.abs().max() < 0.05


@pytest.mark.parametrize("size", [8, 40, 64])
def test_whole_pixels_keep_the_exact_path(size: int) -> None:
    picture = torch.rand(2, 3, 50, 70, generator=torch.Generator().manual_seed(0)) * 2 - 1
    box = Box(3, 11, 40, 40)
    alignment = box_alignment(box, (50, 70))
    assert alignment.box == box and alignment.window == box
    assert torch.equal(align(picture, alignment, size), resize_area(box.crop(picture), size))


def test_a_part_has_the_bits_it_has_in_the_whole() -> None:
    picture, affine = waves(80, 90), Alignment((41.2, 39.7), (20.0, 9.0), (80, 90)).to_picture(64)
    whole, part = Box(0, 0, 64, 64), Box(13, 7, 21, 40)
    for kernel in ("bilinear", "bicubic"):
        assert torch.equal(
            warp(picture, affine, part, kernel), part.crop(warp(picture, affine, whole, kernel))
        )


def test_a_face_over_the_border_goes_on_smoothly_and_its_own_pixels_stay() -> None:
    picture = waves(120, 120)
    inside = Alignment((60.0, 60.0), (30.0, 0.3), (120, 120))
    cut = Alignment((30.0, 60.0), (30.0, 0.3), (120, 90))
    crop, whole = align(picture[..., 30:], cut, 60), align(picture, inside, 60)
    assert torch.allclose(crop[..., 2:], whole[..., 2:], atol=1e-4)
    far = align(picture, Alignment((0.0, 0.0), (50.0, 5.0), (120, 120)), 64)
    assert torch.isfinite(far).all() and far.abs().max() <= 1


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda p: p * math.nan, "finite"),
        (lambda p: p * math.inf, "finite"),
        (lambda p: p * 0 + 5, "on a line"),
        (lambda p: torch.arange(10.0).reshape(5, 2), "on a line"),
        (lambda p: p[[1, 0, 2, 4, 3]], "mirrored"),
        (lambda p: p + 5000, "outside the picture"),
        (lambda p: (p - 50) * 1e6, "no landmarks of a face"),
        (lambda p: p * 1e-3, "no landmarks of a face"),
    ],
)
def test_points_that_are_no_face_are_refused_plainly(change, says: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(FaceError, match=says):
        face_alignment(change(UPRIGHT), Frame(), (100, 100))


def test_other_shapes_are_refused() -> None:
    with pytest.raises(ShapeError, match="five landmarks"):
        face_alignment(UPRIGHT[:4], Frame(), (100, 100))
    with pytest.raises(ShapeError, match="is a square"):
        box_alignment(Box(0, 0, 3, 4), (10, 10))
    with pytest.raises(ShapeError, match="belongs to"):
        align(waves(50, 50), face_alignment(UPRIGHT, Frame(), (100, 100)), 16)


@pytest.mark.parametrize("size", [(1, 1), (1, 10000), (10000, 1)])
def test_pictures_of_one_pixel_or_line_have_their_square(size: tuple[int, int]) -> None:
    alignment = box_alignment(Box(0, 0, 1, 1), size)
    assert align(torch.zeros(1, 3, *size), alignment, 8).shape == (1, 3, 8, 8)
