"""What saving does to a picture is no edit."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor

from ood_core.diffcam import changed
from ood_core.files.levels import from_uint8, to_uint8

cv2 = pytest.importorskip("cv2")
data = pytest.importorskip("skimage.data")

SIDE = 192
STICKER = (slice(None), slice(None), slice(70, 120), slice(60, 130))
BESIDE = (slice(None), slice(None), slice(48, 142), slice(38, 152))  # JPEG's squares reach into these


def photograph(name: str) -> Tensor:
    return from_uint8(getattr(data, name)()[None, 40 : 40 + SIDE, 110 : 110 + SIDE, :3])


def grainy() -> Tensor:
    random = torch.Generator().manual_seed(6)
    coarse = torch.rand(1, 3, 6, 6, generator=random) * 1.4 - 0.7
    smooth = torch.nn.functional.interpolate(coarse, size=(SIDE, SIDE), mode="bicubic")
    return (smooth + 0.05 * torch.randn(1, 3, SIDE, SIDE, generator=random)).clamp(-1, 1)


def saved(picture: Tensor, quality: int) -> Tensor:
    """By another program than the one the comparison uses."""
    pixels = np.ascontiguousarray(to_uint8(picture)[0][..., ::-1])
    _, file = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return from_uint8(cv2.imdecode(file, 1)[None, ..., ::-1])


@pytest.mark.parametrize("quality", [98, 93, 87, 70])
@pytest.mark.parametrize("kind", ["chelsea", "coffee", "grain"])
def test_a_jpeg_of_a_picture_is_no_edit_and_of_an_edit_is_one(kind: str, quality: int) -> None:
    picture = grainy() if kind == "grain" else photograph(kind)
    assert float(changed(picture, saved(picture, quality)).mean()) < 0.01
    edited = picture.clone()
    edited[STICKER] = -0.4 * edited[STICKER] + 0.3
    found = changed(picture, saved(edited, quality))
    assert float(found[STICKER].mean()) > 0.6
    found[BESIDE] = 0
    assert float(found.mean()) < 0.01


def test_an_edit_that_was_never_saved_is_found_to_the_pixel() -> None:
    picture = grainy()
    edited = picture.clone()
    edited[STICKER] = -0.4 * edited[STICKER] + 0.5
    truth = (edited - picture).abs().amax(dim=1, keepdim=True) > 2.01 / 255
    assert torch.equal(changed(picture, edited) > 0, truth)
