"""Align Face cuts faces out of photographs, Paste Back brings their edits home."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from tests.test_faces import found

SIZE = (120, 240)
FACES = found((50, 60, 9, 20), (170, 55, 12, -30))


@pytest.fixture(autouse=True)
def inference_mode() -> Iterator[None]:
    """ComfyUI's executor runs whole graphs in it."""
    with torch.inference_mode():
        yield


def photo(batch: int = 1, seed: int = 0) -> Tensor:
    return torch.rand(batch, *SIZE, 3, generator=torch.Generator().manual_seed(seed))


def meshes(*frames: Any) -> dict[str, Any]:
    """Core's FACE_LANDMARKS with the faces of each frame, none where it is None."""
    vertices = ((33, 133), (362, 263), (1,), (61,), (291,))

    def face(points: Tensor) -> dict[str, Any]:
        mesh = points.mean(dim=0).repeat(478, 1)
        for own, point in zip(vertices, points, strict=True):
            mesh[list(own)] = point
        return {"landmarks_xy": mesh.numpy(), "score": 0.9}

    return {
        "frames": [[] if faces is None else [face(points) for points in faces.landmarks] for faces in frames]
    }


def aligned(nodes: dict[str, Any], bundle: Any, image: Tensor, *frames: Any, **options: Any) -> Any:
    defaults = {"face": "all", "align": "auto", "size": 0, "landmarks": meshes(*frames)}
    return nodes["AlignFace"].execute(image, bundle, **(defaults | options))


def test_faces_come_out_upright_and_edits_go_home(nodes: dict[str, Any], bundle: Any) -> None:
    image = photo(2)
    crop, pictures, overlay, *_ = aligned(nodes, bundle, image, FACES, found((60, 60, 10, 5))).result
    assert pictures.shape == (3, 32, 32, 3) and overlay.shape == image.shape
    result, where, *_ = nodes["Edit"].execute(bundle, "Smiling", 2.0, crop=crop).result
    assert result.shape == image.shape and where.shape == image.shape[:3]
    outside = (where == 0)[..., None].expand_as(image)
    assert torch.equal(result[outside], image[outside])
    assert all((where[index] > 0).any() for index in range(2)) and not torch.equal(result, image)


def test_the_bundle_travels_with_the_crops(nodes: dict[str, Any], bundle: Any) -> None:
    image = photo()
    crop = aligned(nodes, bundle, image, FACES)[0]
    asked = {"attribute": "Smiling", "strength": 2.0, "crop": crop}
    assert torch.equal(nodes["Edit"].execute(**asked)[0], nodes["Edit"].execute(bundle, **asked)[0])
    inverted, wired = nodes["Invert"].execute(crop=crop), nodes["Invert"].execute(bundle, crop=crop)
    assert torch.equal(inverted[1], wired[1])
    without = nodes["AlignFace"].execute(image, face="all", landmarks=meshes(FACES))[0]
    for given in ({"crop": without}, {"image": image}):
        with pytest.raises(Exception, match="Connect bundle from Load Edit Bundle, or crop"):
            nodes["Invert"].execute(**given)


def test_what_was_not_edited_comes_back_with_its_very_values(nodes: dict[str, Any], bundle: Any) -> None:
    image = photo()
    crop, pictures, *_ = aligned(nodes, bundle, image, FACES, size=64).result
    assert pictures.shape == (2, 64, 64, 3)
    result, where = nodes["PasteBack"].execute(crop, pictures).result
    assert torch.equal(result, image) and not where.any()
    pictures[1, 20:40, 20:40] = 1 - pictures[1, 20:40, 20:40]
    result, where = nodes["PasteBack"].execute(crop, pictures).result
    assert torch.equal(result[:, :, :100], image[:, :, :100]) and where[:, :, 120:].any()


@pytest.mark.parametrize(
    "way", ["saved", "saved by ComfyUI", "half", "double", "double and back", "saved half"]
)
def test_saving_and_resizing_a_crop_is_no_edit(nodes: dict[str, Any], bundle: Any, way: str) -> None:
    astronaut = pytest.importorskip("skimage.data").astronaut

    image = torch.from_numpy(astronaut()[None]).float() / 255
    face = found((245, 120, 30, 12))
    crop, pictures, *_ = aligned(nodes, bundle, image, face, size=128).result
    sticker = pictures.clone()
    sticker[:, 40:60, 50:90] = torch.tensor([0.9, 0.1, 0.2])
    for edited, changes in ((pictures, False), (sticker, True)):
        result, where = nodes["PasteBack"].execute(crop, passed(edited, way)).result
        assert torch.equal(result[where == 0], image[where == 0])
        assert bool(where.any()) == changes, way
        if changes:
            covered = nodes["PasteBack"].execute(crop, sticker).result[1] > 0
            both, either = (covered & (where > 0)).sum(), (covered | (where > 0)).sum()
            assert both / either > 0.7, way


@pytest.mark.parametrize("method", ["nearest-exact", "area", "bilinear", "bicubic"])
@pytest.mark.parametrize("side", [64, 200, 1024])
def test_a_crop_that_was_only_resized_is_not_edited(
    nodes: dict[str, Any], bundle: Any, side: int, method: str
) -> None:
    """By core's nodes, whose first method is the roughest, and from a crop coarser than the photograph."""
    image = F.interpolate(photo(seed=3).movedim(-1, 1), size=(480, 960), mode="bicubic", antialias=True)
    image = image.clamp(0, 1).movedim(1, -1)
    given = found((200, 240, 36, 20))
    crop, pictures, *_ = aligned(nodes, bundle, image, given, size=128).result
    smooth = {"align_corners": False, "antialias": True} if method.startswith("bi") else {}
    sticker = pictures.clone()
    sticker[:, 40:60, 50:90] = torch.tensor([0.9, 0.1, 0.2])
    for edited, changes in ((pictures, False), (sticker, True)):
        moved = F.interpolate(edited.movedim(-1, 1), size=(side, side), mode=method, **smooth)
        saved = moved.movedim(1, -1).clamp(0, 1).mul(255).round() / 255
        result, where = nodes["PasteBack"].execute(crop, saved).result
        assert bool(where.any()) == changes
        assert torch.equal(result, image) != changes


def passed(pictures: torch.Tensor, way: str) -> torch.Tensor:
    """IMAGEs after a way of saving and resizing."""
    size = pictures.shape[1]
    if "half" in way or "double" in way:
        other = (size // 2,) * 2 if "half" in way else (size * 2,) * 2
        moved = F.interpolate(pictures.movedim(-1, 1), size=other, mode="bilinear", antialias=True)
        if way != "double":
            moved = F.interpolate(moved, size=(size, size), mode="bicubic", antialias=True)
        pictures = moved.movedim(1, -1).clamp(0, 1)
    if "saved" in way:
        return (pictures * 255).add(0 if "Comfy" in way else 0.5).floor() / 255
    return pictures


def test_a_mask_of_the_photographs_size_lies_on_the_photograph(nodes: dict[str, Any], bundle: Any) -> None:
    image = photo()
    crop, pictures, *_ = aligned(nodes, bundle, image, FACES, size=64).result
    mask = torch.zeros(image.shape[:3])
    mask[:, 40:80, 30:70] = 1
    result, where = nodes["PasteBack"].execute(crop, 1 - pictures, mask).result
    assert where.any() and not where[mask == 0].any() and not where[:, :, 120:].any()
    assert torch.equal(result[mask == 0], image[mask == 0])
    small = mask[:, ::2, ::2]
    result, where = nodes["PasteBack"].execute(crop, 1 - pictures, small).result
    assert where.any() and not where[:, :, 120:].any(), "a mask that is no square is no crop's"


def test_a_picture_is_no_mask(nodes: dict[str, Any], bundle: Any) -> None:
    crop, pictures, *_ = aligned(nodes, bundle, photo(), FACES).result
    with pytest.raises(ValueError, match="must be a MASK.*Convert Image to Mask"):
        nodes["PasteBack"].execute(crop, pictures, pictures)


def test_a_picture_may_be_taken_as_it_is(nodes: dict[str, Any], bundle: Any) -> None:
    image = photo()
    crop, pictures, *_ = aligned(nodes, bundle, image, align="never", size=120).result
    assert torch.equal(pictures, image[:, :, 60:180]) and len(crop.crops) == 1


def test_masks_say_where_the_crops_lie_and_what_of_them_is_no_photograph(
    nodes: dict[str, Any], bundle: Any
) -> None:
    image = photo(2)
    faces = found((50, 60, 9, 20)), found((8, 8, 12, 0))
    *_, where, padding = aligned(nodes, bundle, image, *faces, size=64).result
    assert where.shape == image.shape[:3] and padding.shape == (2, 64, 64)
    assert where[0, 60, 50] == 1 and where[0, 60, 200] == 0
    assert not padding[0].any() and padding[1, 0, 0] == 1 and padding[1, 40, 40] == 0


def test_a_face_is_chosen_by_number(nodes: dict[str, Any], bundle: Any) -> None:
    for number in (0, 1):
        crop, *_ = aligned(nodes, bundle, photo(), FACES, face=f"face {number}").result
        assert len(crop.crops) == 1
    with pytest.raises(Exception, match="no face 5"):
        aligned(nodes, bundle, photo(), FACES, face="face 5")


def test_faces_come_from_left_to_right_however_sure(nodes: dict[str, Any], bundle: Any) -> None:
    crop, *_ = aligned(nodes, bundle, photo(), found((170, 55, 12, -30), (50, 60, 9, 20))).result
    assert [one.place.centre[0] < 120 for one in crop.crops] == [True, False]


def test_what_does_not_fit_is_said(nodes: dict[str, Any], bundle: Any) -> None:
    with pytest.raises(Exception, match="Picture 1: no face"):
        aligned(nodes, bundle, photo(2), FACES, None)
    with pytest.raises(Exception, match="of 1 pictures"):
        aligned(nodes, bundle, photo(2), FACES)
    with pytest.raises(Exception, match="Known: largest"):
        aligned(nodes, bundle, photo(), FACES, face="mine")
    crop, pictures, *_ = aligned(nodes, bundle, photo(), FACES).result
    paste = nodes["PasteBack"].execute
    for arguments in (
        (crop, pictures[:1]),
        (crop, pictures[:, 1:]),
        (crop, pictures, torch.ones(3, 32, 32)),
    ):
        with pytest.raises(ValueError, match="crops|square"):
            paste(*arguments)


def test_faces_are_looked_for_where_no_landmarks_are_given(nodes: dict[str, Any], bundle: Any) -> None:
    with pytest.raises(Exception, match="no face was found"):
        aligned(nodes, bundle, photo(), landmarks=None)


def test_without_a_bundle_faces_of_photographs_are_cut_out_in_any_size(nodes: dict[str, Any]) -> None:
    astronaut = pytest.importorskip("skimage.data").astronaut()
    image = torch.from_numpy(astronaut / 255.0)[None].float()
    crop, pictures, overlay, mask, _ = nodes["AlignFace"].execute(image, size=200).result
    assert pictures.shape == (1, 200, 200, 3) and overlay.shape == image.shape and 0 < mask.mean() < 0.5
    pasted = nodes["PasteBack"].execute(crop, pictures)[0]
    assert (pasted - image).abs().max() < 0.01, "nothing was changed, so nothing changes"
    assert nodes["AlignFace"].execute(image)[1].shape == (1, 1024, 1024, 3)
    with pytest.raises(Exception, match="no bundle whose detector"):
        nodes["AlignFace"].execute(image, detector="bundle")
