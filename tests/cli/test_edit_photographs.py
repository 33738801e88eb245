"""`ood edit` on photographs: faces are found, cut out upright, edited and put back into their file."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from ood_core.alignment import Alignment
from ood_core.composition import paste_square
from ood_core.domains.portraits import landmarks, render, sample_factors
from ood_core.files.levels import to_uint8
from ood_core.files.pictures import load_image, load_mask, save_image
from tests.cli.test_edit import MakePicture, Ood, names, refuses

PLACES = ((90.0, 100.0, 150.0, 20.0), (260.0, 110.0, 110.0, -15.0))
SIZE = (200, 340)


class OodPhotographs(Ood):
    """The command as people type it: with faces looked for."""

    align = ()


@pytest.fixture
def ood(capsys: pytest.CaptureFixture[str], tiny_bundle_folder: Path) -> OodPhotographs:
    return OodPhotographs(capsys, tiny_bundle_folder)


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "results"


@pytest.fixture(scope="module")
def scene() -> tuple[torch.Tensor, torch.Tensor]:
    """A drawn photograph of two people, turned, and their landmarks."""
    factors = sample_factors(2, torch.Generator().manual_seed(5))
    portraits, points = render(factors, 160).image, landmarks(factors, 160)
    picture = torch.rand(1, 3, *SIZE, generator=torch.Generator().manual_seed(0)) * 0.3
    where = []
    for portrait, own, (x, y, side, degrees) in zip(portraits, points, PLACES, strict=True):
        angle = math.radians(degrees)
        place = Alignment((x, y), (side / 2 * math.cos(angle), side / 2 * math.sin(angle)), SIZE)
        picture = paste_square(picture, portrait[None], place)
        a, b, c, d, e, f = place.to_picture(160)
        px, py = own.unbind(-1)
        where.append(torch.stack([a * px + b * py + c, d * px + e * py + f], dim=-1))
    return picture, torch.stack(where)


@pytest.fixture
def photo(tmp_path: Path, scene: tuple[torch.Tensor, torch.Tensor]) -> Path:
    save_image(tmp_path / "holiday.png", scene[0])
    return tmp_path / "holiday.png"


@pytest.fixture
def points(tmp_path: Path, scene: tuple[torch.Tensor, torch.Tensor]) -> Path:
    path = tmp_path / "faces.json"
    path.write_text(json.dumps({"holiday.png": scene[1].tolist()}))
    return path


@pytest.mark.parametrize("suffix", [".png", ".webp", ".tif", ".bmp"])
def test_the_photograph_comes_back_changed_only_where_the_edit_is(
    ood: Ood, tmp_path: Path, photo: Path, out: Path, suffix: str
) -> None:
    source = tmp_path / f"trip{suffix}"
    save_image(source, load_image(photo))
    assert ood(source, "--edit", "Smiling=2", "--face", "all", "--stages", "-o", out)[::2] == (0, [])
    before, after = load_image(source), load_image(out / f"trip_result{suffix}")
    outside = (load_mask(out / "trip_mask.png") == 0).expand_as(before)
    assert not torch.equal(before, after) and outside.float().mean() > 0.2
    changed = (before != after).any(dim=1, keepdim=True)
    mask = load_mask(out / "trip_mask.png")
    assert not (changed & (mask == 0)).sum() > 0.01 * changed.sum()  # the mask's file holds 8 bits
    assert torch.equal(before[..., :5, :], after[..., :5, :])


def test_the_largest_face_is_edited_unless_others_are_asked_for(ood: Ood, photo: Path, out: Path) -> None:
    before = load_image(photo)
    for face, sides in (("largest", [True, False]), ("all", [True, True])):
        assert ood(photo, "--edit", "Smiling=2", "--face", face, "-o", out, "--force")[0] == 0
        after = load_image(out / "holiday_result.png")
        halves = [
            not torch.equal(before[..., part], after[..., part]) for part in (slice(180), slice(200, None))
        ]
        assert halves == sides
    refuses(ood(photo, "--edit", "Smiling", "--face", "9", "-o", out / "x"), "no face 9", "2 faces")
    refuses(ood(photo, "--edit", "Smiling", "--face", "mine", "-o", out / "x"), "largest, all, or a number")


def test_landmarks_of_ones_own_are_used(
    ood: Ood, tmp_path: Path, photo: Path, points: Path, make_picture: MakePicture, out: Path
) -> None:
    assert ood(photo, "--edit", "Smiling=2", "--landmarks", points, "--face", "1", "-o", out)[0] == 0
    before, after = load_image(photo), load_image(out / "holiday_result.png")
    assert torch.equal(before[..., :150], after[..., :150]) and not torch.equal(before, after)
    points.write_text(points.read_text().replace("holiday", "other"))
    code, _, said = ood(
        photo, "--edit", "Smiling", "--landmarks", points, "--align", "never", "-o", out / "o"
    )
    assert code == 0 and said == ["note: --landmarks speaks of other.png, which is none of the pictures"]
    points.write_text("{")
    refuses(ood(photo, "--edit", "Smiling", "--landmarks", points, "-o", out / "x"), "faces.json")


def test_a_picture_without_a_face_is_left_alone_and_costs_only_itself(
    ood: Ood, tmp_path: Path, photo: Path, make_picture: MakePicture, out: Path
) -> None:
    noise = make_picture(tmp_path / "noise.png", 90, 90)
    said = ood(noise, photo, "--edit", "Smiling", "-o", out)
    refuses(said, "noise.png", "no face was found", "--landmarks FILE", "--align never")
    assert names(out) == {"holiday_result.png"}
    assert ood(noise, "--edit", "Smiling", "--align", "never", "-o", out)[0] == 0


def test_a_second_run_does_only_what_is_left(ood: Ood, tmp_path: Path, photo: Path, out: Path) -> None:
    folder = tmp_path / "album"
    for name in ("a.png", "b.png", "c.png"):
        save_image(folder / name, load_image(photo))
    assert ood(folder / "b.png", "--edit", "Smiling", "-o", out)[0] == 0
    before = (out / "b_result.png").stat().st_mtime_ns
    status, lines, said = ood(folder, "--edit", "Smiling", "-o", out, "--resume")
    assert status == 0 and [Path(line).name for line in lines] == ["a_result.png", "c_result.png"]
    assert said == ["note: 1 picture was edited before"]
    assert (out / "b_result.png").stat().st_mtime_ns == before
    refuses(ood(folder, "--edit", "Smiling", "-o", out, "--resume", "--force"), "--force", "--resume")


def test_a_photograph_from_a_camera_keeps_its_file(ood: Ood, tmp_path: Path, photo: Path, out: Path) -> None:
    exif = Image.Exif()
    exif[0x0112], exif[0x013B] = 8, "the artist"
    sideways = Image.open(photo).transpose(Image.Transpose.ROTATE_270)
    sideways.save(tmp_path / "camera.jpg", exif=exif.tobytes(), quality=80, subsampling=2)
    assert ood(tmp_path / "camera.jpg", "--edit", "Smiling=2", "-o", out)[0] == 0
    first, second = Image.open(tmp_path / "camera.jpg"), Image.open(out / "camera_result.jpg")
    assert second.size == SIZE[::-1] and first.quantization == second.quantization  # type: ignore[attr-defined]
    assert dict(second.getexif()) == {0x013B: "the artist"}
    before, after = load_image(tmp_path / "camera.jpg"), load_image(out / "camera_result.jpg")
    far = np.abs(to_uint8(before)[:, :, 250:].astype(int) - to_uint8(after)[:, :, 250:])
    assert far.mean() < 3 and not torch.equal(before, after)


def test_what_a_result_cannot_keep_is_said(ood: Ood, tmp_path: Path, photo: Path, out: Path) -> None:
    pages = [Image.open(photo), Image.new("RGB", (5, 5))]
    pages[0].save(tmp_path / "pages.tif", save_all=True, append_images=pages[1:])
    status, _, said = ood(tmp_path / "pages.tif", "--edit", "Smiling", "-o", out)
    assert status == 0 and len(said) == 1 and "does not keep all but the first of its 2 pictures" in said[0]
    refuses(
        ood(tmp_path / "gone.jpg", "--edit", "Smiling", "--format", "png", "-o", out),
        "gone.jpg",
        "no such file",
    )


def test_an_aligned_portrait_is_not_cut_out_again(ood: Ood, tmp_path: Path, out: Path) -> None:
    embedded = Path(__file__).parents[2] / "ood_core/bundles/portraits-128"
    portrait, results = embedded / "examples/waving.png", []
    for align in ("auto", "never"):
        arguments = (portrait, "--edit", "Smiling", "--align", align, "-o", out / align)
        assert ood(*arguments, bundle=embedded)[0] == 0
        results.append(load_image(out / align / "waving_result.png"))
    assert torch.equal(*results)
