"""Photographs of any size with any number of faces come back changed only where the edits are."""

from __future__ import annotations

import math

import pytest
import torch

from ood_core.alignment import Faces, face_alignment, no_faces
from ood_core.alignment.frame import Frame
from ood_core.errors import FaceError, NoFaceError, ShapeError
from ood_core.photographs import edit_photo, edit_photographs, place_faces
from ood_core.pipeline import edit
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
    result = edit_photo(image, BUNDLE, {"Smiling": 2.0}, which, detector=lambda _: THREE)
    assert result.final.shape == image.shape and len(result.photograph.alignments) == count
    outside = (result.mask == 0).expand_as(image)
    assert torch.equal(result.final[outside], image[outside]) and not torch.equal(result.final, image)
    assert len(result.squares.final) == count


def test_faces_edited_together_are_edited_as_each_alone() -> None:
    image = picture(120, 240)
    together = edit_photo(image, BUNDLE, {"Smiling": 2.0}, "all", detector=lambda _: THREE).final
    expected = image
    for index in range(3):
        alone = edit_photo(image, BUNDLE, {"Smiling": 2.0}, index, detector=lambda _: THREE)
        expected = torch.where(alone.mask > 0, alone.final, expected)
    apart = (together - expected).abs() > 1e-3
    assert apart.float().mean() < 0.01  # only where two squares overlap


def test_photographs_of_different_sizes_are_edited_as_each_alone() -> None:
    photos = [
        place_faces(picture(90, 130), BUNDLE.frame, found((60, 40, 9, 12))),
        place_faces(picture(64, 64, seed=1), BUNDLE.frame, None, align="never"),
        place_faces(picture(200, 90, seed=2), BUNDLE.frame, found((40, 90, 7, -60), (50, 40, 4, 5)), "all"),
    ]
    together = edit_photographs(photos, BUNDLE, {"Old": 1.5})
    for photo, result in zip(photos, together, strict=True):
        alone = edit_photographs([photo], BUNDLE, {"Old": 1.5})[0]
        torch.testing.assert_close(result.final, alone.final, atol=1e-4, rtol=0)


@pytest.mark.parametrize("mode", ["faithful", "paper"])
@pytest.mark.parametrize("size", [(50, 70), (32, 32), (20, 31)])
def test_never_aligning_is_the_plain_edit_bit_for_bit(mode, size: tuple[int, int]) -> None:  # type: ignore[no-untyped-def]
    image = picture(*size)
    photo = place_faces(image, BUNDLE.frame, None, align="never")
    result = edit_photographs([photo], BUNDLE, {"Smiling": 1.0}, mode)[0]
    assert torch.equal(result.final, edit(image, BUNDLE, {"Smiling": 1.0}, mode).final)


def test_an_aligned_picture_is_not_resampled() -> None:
    nearly = found((50, 51, 100 / 7.2, 1.5))
    frame = Frame(eyes=1.8, mouth=1.6, spread=0.12)
    photo = place_faces(picture(100, 100), frame, nearly)
    assert photo.alignments[0].box == (0, 0, 100, 100)
    always = place_faces(picture(100, 100), frame, nearly, align="always")
    assert always.alignments[0].box is None
    far = place_faces(picture(100, 100), frame, found((50, 51, 100 / 7.2, 15)))
    assert far.alignments[0].box is None


def test_a_mask_of_ones_own_holds_for_every_face() -> None:
    image, mask = picture(120, 240), torch.zeros(1, 1, 120, 240)
    mask[..., 130:] = 1
    result = edit_photo(image, BUNDLE, {"Smiling": 2.0}, "all", mask=mask, detector=lambda _: THREE)
    assert torch.equal(result.final[..., :130], image[..., :130])
    assert not torch.equal(result.final[..., 130:], image[..., 130:]) and torch.equal(result.mask, mask)
    with pytest.raises(ShapeError, match="120, 240"):
        edit_photo(image, BUNDLE, {"Smiling": 2.0}, mask=mask[..., 1:], detector=lambda _: THREE)


def test_a_hundred_faces_are_edited_batch_after_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ood_core.photographs._BATCH", 7 * BUNDLE.resolution**2)
    many = found(*((15 + 30 * (n % 10), 15 + 30 * (n // 10), 3.0, 9.0 * n) for n in range(100)))
    image = picture(300, 300)
    result = edit_photo(image, BUNDLE, {"Smiling": 2.0}, "all", detector=lambda _: many)
    assert len(result.squares.final) == 100
    outside = (result.mask == 0).expand_as(image)
    assert torch.equal(result.final[outside], image[outside])


def test_no_edit_gives_the_photograph_back() -> None:
    image = picture(120, 240)
    assert torch.equal(
        edit_photo(image, BUNDLE, {"Smiling": 0.0}, "all", detector=lambda _: THREE).final, image
    )


def test_no_face_is_an_error_that_says_what_to_do() -> None:
    with pytest.raises(NoFaceError, match="no face was found"):
        edit_photo(picture(40, 40), BUNDLE, {"Old": 1.0}, detector=lambda _: no_faces())
    result = edit_photo(picture(40, 40), BUNDLE, {"Old": 1.0}, align="never", detector=lambda _: no_faces())
    assert result.photograph.faces is None


def test_what_is_no_photograph_or_choice_is_refused() -> None:
    with pytest.raises(ShapeError, match="photograph must be"):
        place_faces(picture(8, 8)[0], BUNDLE.frame, THREE)
    with pytest.raises(FaceError, match="auto, never, always"):
        place_faces(picture(8, 8), BUNDLE.frame, THREE, align="maybe")  # type: ignore[arg-type]
    with pytest.raises(FaceError, match="no face 7"):
        place_faces(picture(120, 240), BUNDLE.frame, THREE, "7")


@pytest.mark.parametrize("size", [(1, 1), (1, 2000), (2000, 1)])
def test_degenerate_pictures_pass_or_are_refused_plainly(size: tuple[int, int]) -> None:
    image = picture(*size)
    assert (
        edit_photo(image, BUNDLE, {"Old": 1.0}, align="never", detector=lambda _: no_faces()).final.shape
        == image.shape
    )
    face = face_alignment(found((0, 0, 5, 3)).landmarks[0], Frame(), size) if max(size) > 1 else None
    assert (
        face is None
        or edit_photo(image, BUNDLE, {"Old": 1.0}, detector=lambda _: found((0, 0, 5, 3))).final.shape
        == image.shape
    )
