"""Pictures go in and come out unharmed, whatever their format; what cannot be read is refused plainly."""

from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms

from ood_core.errors import ImageError, ShapeError
from ood_core.files import formats
from ood_core.files.levels import from_uint8, mask_to_uint8, to_uint8
from ood_core.files.pictures import load_image, load_mask, read_image, save_image, save_mask
from ood_core.files.sheets import labelled_strip
from ood_core.images import centre_square, resize_area, resize_bicubic, resize_bilinear

ORIENTATION = 0x0112
ZERO_BY_ZERO_BMP = b"BM" + struct.pack("<IHHIIiiHHIIiiII", 54, 0, 0, 54, 40, 0, 0, 1, 24, *[0] * 6)


def noise(*shape: int, levels: int = 256, seed: int = 0) -> np.ndarray:
    dtype = np.uint16 if levels > 256 else np.uint8
    return np.random.default_rng(seed).integers(0, levels, shape, dtype=dtype)


def test_every_8_bit_level_survives_float_and_back() -> None:
    pixels = np.arange(256, dtype=np.uint8).reshape(1, 16, 16, 1).repeat(3, axis=3)
    image = from_uint8(pixels)
    assert image.min() == -1 and image.max() == 1
    assert np.array_equal(to_uint8(image), pixels)


@settings(deadline=None, max_examples=25)
@given(st.integers(1, 40), st.integers(1, 40), st.integers(0, 2**31))
def test_a_png_read_and_saved_is_the_same_png_bit_for_bit(height: int, width: int, seed: int) -> None:
    pixels = noise(height, width, 3, seed=seed)
    assert np.array_equal(to_uint8(from_uint8(pixels[None]))[0], pixels)


@pytest.mark.parametrize("suffix", [".png", ".webp", ".tiff", ".tif", ".bmp"])
def test_lossless_formats_keep_every_pixel(tmp_path: Path, suffix: str) -> None:
    pixels, path = noise(9, 7, 3), tmp_path / f"picture{suffix}"
    save_image(path, from_uint8(pixels[None]))
    assert np.array_equal(to_uint8(load_image(path))[0], pixels)


@pytest.mark.parametrize("suffix", [".png", ".webp", ".tiff"])
def test_alpha_is_read_apart_and_written_back_with_the_colours_under_it(tmp_path: Path, suffix: str) -> None:
    pixels, source = noise(8, 8, 4), tmp_path / "rgba.png"
    Image.fromarray(pixels).save(source)
    loaded = read_image(source)
    assert loaded.alpha is not None and loaded.alpha.shape == (1, 1, 8, 8)
    result = tmp_path / f"result{suffix}"
    save_image(result, loaded.image, alpha=loaded.alpha)
    assert np.array_equal(np.asarray(Image.open(result)), pixels)


def test_greyscale_palette_and_bilevel_pictures_become_rgb(tmp_path: Path) -> None:
    grey = noise(8, 8)
    for mode in ("L", "P", "1", "LA", "CMYK"):
        path = tmp_path / f"{mode}.tiff"
        Image.fromarray(grey).convert(mode).save(path)
        loaded = read_image(path)
        assert loaded.image.shape == (1, 3, 8, 8)
        assert (loaded.alpha is not None) == (mode == "LA")
    assert np.array_equal(to_uint8(load_image(tmp_path / "L.tiff"))[0, :, :, 0], grey)


def test_a_palette_with_transparency_has_alpha(tmp_path: Path) -> None:
    picture = Image.fromarray(noise(8, 8, levels=4)).convert("P")
    picture.save(tmp_path / "palette.png", transparency=0)
    alpha = read_image(tmp_path / "palette.png").alpha
    assert alpha is not None and set(alpha.unique().tolist()) == {0.0, 1.0}


@pytest.mark.parametrize("suffix", [".png", ".tiff"])
def test_16_bit_greyscale_is_scaled_not_clipped(tmp_path: Path, suffix: str) -> None:
    levels, path = noise(16, 16, levels=65536), tmp_path / f"deep{suffix}"
    Image.fromarray(levels).save(path)
    image = load_image(path)
    expected = torch.from_numpy(levels.astype(np.float32) / 65535)
    assert torch.allclose((image[0, 0] + 1) / 2, expected, atol=1e-6)
    assert np.abs(to_uint8(image)[0, :, :, 1].astype(int) - levels / 257).max() <= 0.501


def test_16_bit_colour_is_scaled_not_clipped(tmp_path: Path) -> None:
    levels = noise(4, 5, 3, levels=65536)
    (tmp_path / "deep.png").write_bytes(png_16_bit_rgb(levels))
    assert np.abs(to_uint8(load_image(tmp_path / "deep.png"))[0].astype(int) - levels / 257).max() <= 1


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".webp", ".tiff"])
def test_exif_orientation_is_applied_once_and_cleared(tmp_path: Path, suffix: str) -> None:
    exif = Image.Exif()
    exif[ORIENTATION] = 6  # stored on its side
    exif[0x013B] = "the artist"
    path, result = tmp_path / f"turned{suffix}", tmp_path / "result.png"
    Image.new("RGB", (20, 10), "red").save(path, exif=exif)
    loaded = read_image(path)
    assert loaded.image.shape == (1, 3, 20, 10)
    save_image(result, loaded.image, icc=loaded.icc, exif=loaded.exif)
    kept = Image.open(result).getexif()
    assert ORIENTATION not in kept and kept[0x013B] == "the artist"
    assert load_image(result).shape == (1, 3, 20, 10)


def test_camera_fields_stay_but_the_thumbnail_of_the_unedited_picture_goes(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x8769] = {0x829A: 0.01, 0x927C: b"maker note"}
    exif[0x8825] = {1: "N"}
    path = tmp_path / "camera.jpg"
    Image.new("RGB", (8, 8)).save(path, exif=exif)
    loaded = read_image(path)
    save_image(tmp_path / "result.jpg", loaded.image, exif=loaded.exif)
    kept = Image.open(tmp_path / "result.jpg").getexif()
    assert set(kept.get_ifd(0x8769)) == {0x829A} and kept.get_ifd(0x8825)[1] == "N"


@pytest.mark.filterwarnings("error")
def test_broken_exif_does_not_cost_the_picture(tmp_path: Path) -> None:
    path = tmp_path / "odd.jpg"
    Image.new("RGB", (8, 8)).save(path, exif=b"Exif\x00\x00MM\x00*\xff\xff\xff\xff")
    assert load_image(path).shape == (1, 3, 8, 8)


def test_the_colour_profile_travels_if_it_describes_rgb(tmp_path: Path) -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    Image.new("RGB", (4, 4)).save(tmp_path / "rgb.png", icc_profile=profile)
    loaded = read_image(tmp_path / "rgb.png")
    save_image(tmp_path / "result.webp", loaded.image, icc=loaded.icc)
    assert Image.open(tmp_path / "result.webp").info["icc_profile"] == profile
    Image.new("CMYK", (4, 4)).save(tmp_path / "cmyk.jpg", icc_profile=profile[:16] + b"CMYK" + profile[20:])
    assert read_image(tmp_path / "cmyk.jpg").icc is None


def test_a_mask_is_the_brightness_of_a_picture(tmp_path: Path) -> None:
    mask = torch.rand(1, 1, 6, 5, generator=torch.Generator().manual_seed(0))
    save_mask(tmp_path / "mask.png", mask)
    loaded = load_mask(tmp_path / "mask.png")
    assert loaded.shape == (1, 1, 6, 5) and (loaded - mask).abs().max() <= 0.5 / 255 + 1e-6
    assert np.array_equal(mask_to_uint8(loaded), mask_to_uint8(mask))


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("text.png", b"not a picture at all", "is not a readable PNG"),
        ("empty.png", b"", "is empty"),
        ("animation.png", b"GIF89a\x01\x00\x01\x00\x00\x00\x00;", "is a GIF"),
        ("zero.bmp", ZERO_BY_ZERO_BMP, "is not a readable PNG"),
    ],
)
def test_what_is_no_picture_is_refused(tmp_path: Path, name: str, content: bytes, says: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ImageError, match=says) as refusal:
        load_image(tmp_path / name)
    assert name in str(refusal.value) and "\n" not in str(refusal.value)


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".webp", ".tiff", ".bmp"])
@pytest.mark.parametrize("part", [0.1, 0.5, 0.9])
def test_truncated_files_are_refused(tmp_path: Path, suffix: str, part: float) -> None:
    path = tmp_path / f"cut{suffix}"
    save_image(path, from_uint8(noise(1, 64, 64, 3)))
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * part)])
    with pytest.raises(ImageError, match="cut"):
        load_image(path)


def test_missing_files_and_folders_are_named(tmp_path: Path) -> None:
    with pytest.raises(ImageError, match="gone.png: there is no such file"):
        load_image(tmp_path / "gone.png")
    with pytest.raises(ImageError, match="is a folder"):
        load_image(tmp_path)


def test_depths_without_a_white_are_refused(tmp_path: Path) -> None:
    Image.fromarray(np.full((4, 4), 0.5, np.float32)).save(tmp_path / "float.tiff")
    Image.fromarray(np.full((4, 4), 70000, np.int32)).save(tmp_path / "int.tiff")
    for name in ("float.tiff", "int.tiff"):
        with pytest.raises(ImageError, match="8 or 16 bits"):
            load_image(tmp_path / name)


def test_a_decompression_bomb_is_refused_before_it_is_unpacked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Image.new("1", (40_000, 30_000)).save(tmp_path / "bomb.png")
    with pytest.raises(ImageError, match="80,000,000 pixels"):
        load_image(tmp_path / "bomb.png")
    monkeypatch.setattr(formats, "MAX_PIXELS", 15)
    Image.new("L", (4, 4)).save(tmp_path / "small.png")
    with pytest.raises(ImageError, match="more than 15 pixels"):
        load_image(tmp_path / "small.png")


def test_nothing_is_overwritten_unless_asked(tmp_path: Path) -> None:
    path = tmp_path / "result.png"
    save_image(path, torch.zeros(1, 3, 4, 4))
    before = path.read_bytes()
    with pytest.raises(ImageError, match="already exists"):
        save_image(path, torch.ones(1, 3, 4, 4))
    assert path.read_bytes() == before
    save_image(path, torch.ones(1, 3, 4, 4), overwrite=True)
    assert load_image(path).min() == 1


def test_a_failed_write_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(self: Image.Image, path: Path, *_: object, **__: object) -> None:
        path.write_bytes(b"half a picture")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Image.Image, "save", full)
    with pytest.raises(ImageError, match="No space left on device"):
        save_image(tmp_path / "result.png", torch.zeros(1, 3, 4, 4))
    assert list(tmp_path.iterdir()) == []


def test_what_cannot_be_written_is_said(tmp_path: Path) -> None:
    image, alpha = torch.zeros(1, 3, 4, 4), torch.ones(1, 1, 4, 4)
    (tmp_path / "file").write_text("")
    with pytest.raises(ImageError, match="cannot be written"):
        save_image(tmp_path / "file" / "result.png", image)
    with pytest.raises(ImageError, match="cannot be written as '.gif'"):
        save_image(tmp_path / "result.gif", image)
    with pytest.raises(ImageError, match="keeps no transparency"):
        save_image(tmp_path / "result.jpg", image, alpha=alpha)
    with pytest.raises(ImageError, match="not finite"):
        save_image(tmp_path / "result.png", image / 0)
    with pytest.raises(ShapeError, match="batch of 2"):
        save_image(tmp_path / "result.png", image.repeat(2, 1, 1, 1))
    with pytest.raises(ShapeError, match="alpha is 2×4"):
        save_image(tmp_path / "result.png", image, alpha=alpha[..., :2])
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_shrinking_by_a_whole_number_is_the_mean_of_each_block() -> None:
    image = torch.rand(2, 3, 8, 12, generator=torch.Generator().manual_seed(0)) * 2 - 1
    blocks = image.reshape(2, 3, 4, 2, 4, 3).mean(dim=(3, 5))
    assert torch.allclose(resize_area(image, (4, 4)), blocks, atol=1e-6)
    assert torch.equal(resize_area(image, (8, 12)), image)


@pytest.mark.parametrize("resize", [resize_area, resize_bicubic])
def test_growing_never_overshoots_and_does_not_mix_samples(resize) -> None:  # type: ignore[no-untyped-def]
    image = (torch.rand(2, 3, 8, 8, generator=torch.Generator().manual_seed(0)) > 0.5).float() * 2 - 1
    image[1] /= 2
    grown = resize(image, 24)
    assert grown.shape == (2, 3, 24, 24)
    assert grown[0].abs().max() <= 1 and grown[1].abs().max() <= 0.5
    assert torch.equal(resize(image[1:], 24), grown[1:])


def test_bilinear_keeps_a_constant_and_its_range() -> None:
    assert torch.allclose(resize_bilinear(torch.full((1, 1, 5, 7), 0.25), (11, 3)), torch.tensor(0.25))


@pytest.mark.parametrize(("height", "width", "corner"), [(4, 4, (0, 0)), (4, 9, (0, 2)), (7, 4, (1, 0))])
def test_the_centre_square_is_in_the_middle(height: int, width: int, corner: tuple[int, int]) -> None:
    image = torch.arange(3 * height * width).reshape(1, 3, height, width)
    square, box = centre_square(image)
    assert square.shape == (1, 3, 4, 4) and (box.top, box.left) == corner
    assert torch.equal(square, box.crop(image))


def test_a_strip_shows_every_stage_under_its_title() -> None:
    picture, mask, wide = torch.ones(1, 3, 32, 32), torch.zeros(1, 1, 16, 16), -torch.ones(1, 3, 8, 16)
    strip = labelled_strip({"input": picture, "mask": mask, "wide": wide}, height=64)
    assert strip.width > 64 + 64 + 128 and strip.height > 64
    assert strip.getpixel((40, 40)) == (255, 255, 255)
    with pytest.raises(ShapeError):
        labelled_strip({})


def png_16_bit_rgb(levels: np.ndarray) -> bytes:
    """A PNG that Pillow cannot write: three channels of 16 bits."""
    rows = b"".join(b"\x00" + row.astype(">u2").tobytes() for row in levels)
    header = struct.pack(">IIBBBBB", levels.shape[1], levels.shape[0], 16, 2, 0, 0, 0)
    stream = io.BytesIO(b"\x89PNG\r\n\x1a\n")
    stream.seek(0, io.SEEK_END)
    for kind, data in ((b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b"")):
        stream.write(struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)))
    return stream.getvalue()
