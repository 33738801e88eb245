"""Photographs of any size with any number of faces come back changed only where the edits are."""

from __future__ import annotations

import math

import pytest
import torch

from ood_core.alignment import Faces, face_alignment, face_crops, no_faces
from ood_core.alignment.frame import Frame
from ood_core.errors import FaceError, NoFaceError, ShapeError
from ood_core.pipeline import edit, edit_crops
from tests.conftest import make_tiny_bundle

BUNDLE = make_tiny_bundle()
FACE = torch.tensor([[-1.0, -1.0], [1.0, -1.0], [0.0, 0.2], [-0.7, 1.2], [0.7, 1.2]])


def picture(height: int, width: int, seed: int = 0) -> torch.Tensor:
    return torch.rand(1, 3, height, width, generator=torch.Generator().manual_seed(seed)) * 2 - 1


def found(*places: tuple[float, float, float, float]) -> Faces:
    """Faces at (x, y), so large, turned clockwise by so many degrees; the first is the surest."""
    landmarks = []
    for x, y, size, degrees in places:
        c, s = size * math.cos(math.radians(degrees)), size * math.sin(math.radians(degrees))
        landmarks.append(FACE @ torch.tensor([[c, s], [-s, c]]) + torch.tensor([x, y]))
    points = torch.stack(landmarks)
    boxes = torch.cat([points.amin(dim=1), points.amax(dim=1)], dim=1)
    return Faces(boxes, torch.linspace(0.9, 0.5, len(points)), points)


THREE = found((40, 50, 8, 20), (120, 60, 14, -35), (200, 80, 6, 170))


@pytest.mark.parametrize(("which", "count"), [("largest", 1), ("all", 3), (2, 1)])
def test_only_the_chosen_faces_change(which: str | int, count: int) -> None:
    image = picture(120, 240)
    result = edit(image, BUNDLE, {"Smiling": 2.0}, face=which, detector=lambda _: THREE)
    assert result.result.shape == image.shape and len(result.pair.crops) == count
    outside = (result.change == 0).expand_as(image)
    assert torch.equal(result.result[outside], image[outside]) and not torch.equal(result.result, image)
    assert len(result.cleaned) == count


def test_faces_edited_together_are_edited_as_each_alone() -> None:
    image = picture(120, 240)
    together = edit(image, BUNDLE, {"Smiling": 2.0}, face="all", detector=lambda _: THREE).result
    expected = image
    for index in range(3):
        alone = edit(image, BUNDLE, {"Smiling": 2.0}, face=index, detector=lambda _: THREE)
        expected = torch.where(alone.change > 0, alone.result, expected)
    apart = (together - expected).abs() > 1e-3
    assert apart.float().mean() < 0.01  # only where two squares overlap


def test_photographs_of_different_sizes_are_edited_as_each_alone() -> None:
    photos = [
        face_crops(picture(90, 130), BUNDLE.frame, found((60, 40, 9, 12))),
        face_crops(picture(64, 64, seed=1), BUNDLE.frame, None, align="never", number=1),
        face_crops(
            picture(200, 90, seed=2), BUNDLE.frame, found((40, 90, 7, -60), (50, 40, 4, 5)), "all", number=2
        ),
    ]
    together = edit_crops([crop for crops in photos for crop in crops], BUNDLE, {"Old": 1.5})
    for crops, result in zip(photos, together.results, strict=True):
        alone = edit_crops(crops, BUNDLE, {"Old": 1.5})
        torch.testing.assert_close(result, alone.result, atol=1e-4, rtol=0)
    with pytest.raises(ShapeError, match="several sizes .64×64, 90×200, 130×90"):
        together.result  # noqa: B018


def test_an_aligned_picture_is_not_resampled() -> None:
    nearly = found((50, 51, 100 / 7.2, 1.5))
    frame = Frame(eyes=1.8, mouth=1.6, spread=0.12)
    photo = face_crops(picture(100, 100), frame, nearly)
    assert photo[0].place == (0, 0, 100, 100)
    always = face_crops(picture(100, 100), frame, nearly, align="always")
    assert always[0].place.box is None
    far = face_crops(picture(100, 100), frame, found((50, 51, 100 / 7.2, 15)))
    assert far[0].place.box is None


def test_a_mask_of_ones_own_holds_for_every_face() -> None:
    image, mask = picture(120, 240), torch.zeros(1, 1, 120, 240)
    mask[..., 130:] = 1
    result = edit(image, BUNDLE, {"Smiling": 2.0}, face="all", mask=mask, detector=lambda _: THREE)
    assert torch.equal(result.result[..., :130], image[..., :130])
    assert not torch.equal(result.result[..., 130:], image[..., 130:]) and torch.equal(result.change, mask)
    with pytest.raises(ShapeError, match="120, 240"):
        edit(image, BUNDLE, {"Smiling": 2.0}, mask=mask[..., 1:], detector=lambda _: THREE)


def test_a_hundred_faces_are_edited_batch_after_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ood_core.sources._BATCH", 7 * BUNDLE.resolution**2)
    many = found(*((15 + 30 * (n % 10), 15 + 30 * (n // 10), 3.0, 9.0 * n) for n in range(100)))
    image = picture(300, 300)
    result = edit(image, BUNDLE, {"Smiling": 2.0}, face="all", detector=lambda _: many)
    assert len(result.cleaned) == 100
    outside = (result.change == 0).expand_as(image)
    assert torch.equal(result.result[outside], image[outside])


def test_no_edit_gives_the_photograph_back() -> None:
    image = picture(120, 240)
    assert torch.equal(
        edit(image, BUNDLE, {"Smiling": 0.0}, face="all", detector=lambda _: THREE).result, image
    )


def test_no_face_is_an_error_that_says_what_to_do() -> None:
    with pytest.raises(NoFaceError, match="no face was found"):
        edit(picture(40, 40), BUNDLE, {"Old": 1.0}, detector=lambda _: no_faces())
    result = edit(picture(40, 40), BUNDLE, {"Old": 1.0}, align="never", detector=lambda _: no_faces())
    assert result.result.shape == (1, 3, 40, 40)


def test_what_is_no_photograph_or_choice_is_refused() -> None:
    with pytest.raises(ShapeError, match="picture must be"):
        face_crops(picture(8, 8)[0], BUNDLE.frame, THREE)
    with pytest.raises(FaceError, match="auto, never, always"):
        face_crops(picture(8, 8), BUNDLE.frame, THREE, align="maybe")  # type: ignore[arg-type]
    with pytest.raises(FaceError, match="no face 7"):
        face_crops(picture(120, 240), BUNDLE.frame, THREE, "7")


@pytest.mark.parametrize("size", [(1, 1), (1, 2000), (2000, 1)])
def test_degenerate_pictures_pass_or_are_refused_plainly(size: tuple[int, int]) -> None:
    image = picture(*size)
    assert (
        edit(image, BUNDLE, {"Old": 1.0}, align="never", detector=lambda _: no_faces()).result.shape
        == image.shape
    )
    face = face_alignment(found((0, 0, 5, 3)).landmarks[0], Frame(), size) if max(size) > 1 else None
    assert (
        face is None
        or edit(image, BUNDLE, {"Old": 1.0}, detector=lambda _: found((0, 0, 5, 3))).result.shape
        == image.shape
    )
