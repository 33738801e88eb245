"""A result is written as its source was: depth, greyness, opacity, colour profile, metadata, JPEG coding."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image, ImageCms, JpegImagePlugin, PngImagePlugin

from ood_core.errors import ImageError
from ood_core.files.levels import to_uint8
from ood_core.files.pictures import LoadedImage, load_image, read_image, save_like

SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
GREY = SRGB[:16] + b"GRAY" + SRGB[20:]
XMP = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:Description tiff:Orientation="6"/></x:xmpmeta>'


def noise(*shape: int, levels: int = 256, seed: int = 0) -> np.ndarray:
    dtype = np.uint16 if levels > 256 else np.uint8
    return np.random.default_rng(seed).integers(0, levels, shape, dtype=dtype)


def png(levels: np.ndarray, colour: int, filtered: int = 0, between: bytes = b"") -> bytes:
    """A PNG of 16 bits a channel, its rows unfiltered or as differences to the left (filter 1)."""
    height, width, channels = levels.shape
    rows = levels.astype(">u2").reshape(height, -1).view(np.uint8)
    if filtered:
        rows = rows - np.pad(rows, ((0, 0), (2 * channels, 0)))[:, : rows.shape[1]]
    body = zlib.compress(b"".join(bytes([filtered]) + row.tobytes() for row in rows))
    header = struct.pack(">IIBBBBB", width, height, 16, colour, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", body), (b"IEND", b""))
    coded = [struct.pack(">I", len(d)) + k + d + struct.pack(">I", zlib.crc32(k + d)) for k, d in chunks]
    return b"\x89PNG\r\n\x1a\n" + coded[0] + between + b"".join(coded[1:])


def again(path: Path, suffix: str = "") -> tuple[LoadedImage, LoadedImage, list[str]]:
    """The file read; what was written from it, read; and what was said to be lost."""
    source = read_image(path)
    target = path.with_name(f"result{suffix or path.suffix}")
    lost = save_like(target, source.image, source, overwrite=True)
    return source, read_image(target), lost


@pytest.mark.parametrize("suffix", [".png", ".webp", ".tiff", ".bmp"])
def test_every_pixel_of_a_lossless_format_comes_back(tmp_path: Path, suffix: str) -> None:
    Image.fromarray(noise(9, 7, 3)).save(
        tmp_path / f"a{suffix}", **({"lossless": True} if suffix == ".webp" else {})
    )
    source, result, lost = again(tmp_path / f"a{suffix}")
    assert torch.equal(source.image, result.image) and not lost


@pytest.mark.parametrize(("colour", "channels"), [(2, 3), (6, 4)])
@pytest.mark.parametrize("filtered", [0, 1])
@pytest.mark.parametrize("suffix", [".png", ".tif"])
def test_16_bit_colour_keeps_every_bit(
    tmp_path: Path, colour: int, channels: int, filtered: int, suffix: str
) -> None:
    levels = noise(70, 9, channels, levels=65536)
    (tmp_path / "deep.png").write_bytes(png(levels, colour, filtered))
    source, result, lost = again(tmp_path / "deep.png", suffix)
    expected = torch.from_numpy(levels.astype(np.float32) / 65535).movedim(-1, 0)[None]
    assert torch.allclose((source.image + 1) / 2, expected[:, :3], atol=1e-6)
    assert torch.equal(source.image, result.image) and result.metadata.depth == 16 and not lost
    assert channels == 3 or (source.alpha is not None and torch.equal(source.alpha, result.alpha))
    third, _, _ = again(tmp_path / f"result{suffix}", ".png" if suffix == ".tif" else ".tif")
    assert torch.equal(third.image, source.image)


@pytest.mark.parametrize("suffix", [".png", ".tif"])
def test_16_bit_grey_stays_16_bit_grey(tmp_path: Path, suffix: str) -> None:
    levels = noise(16, 9, levels=65536)
    Image.fromarray(levels).save(tmp_path / f"deep{suffix}")
    again(tmp_path / f"deep{suffix}")
    assert np.array_equal(np.asarray(Image.open(tmp_path / f"result{suffix}")), levels)


@pytest.mark.parametrize("mode", ["L", "LA"])
def test_a_grey_picture_stays_grey(tmp_path: Path, mode: str) -> None:
    picture = Image.fromarray(noise(8, 8)).convert(mode)
    picture.save(tmp_path / "grey.png", icc_profile=GREY)
    again(tmp_path / "grey.png")
    result = Image.open(tmp_path / "result.png")
    assert result.mode == mode and np.array_equal(np.asarray(result), np.asarray(picture))
    assert result.info["icc_profile"] == GREY


@pytest.mark.parametrize("target", [".png", ".jpg", ".webp", ".tif"])
@pytest.mark.parametrize("source", [".png", ".jpg", ".webp", ".tif"])
def test_metadata_travels_between_all_formats(tmp_path: Path, source: str, target: str) -> None:
    exif, xmp = Image.Exif(), PngImagePlugin.PngInfo()
    exif[0x0112], exif[0x013B], exif[0x8769] = 6, "the artist", {0x829A: 0.01}
    xmp.add_itxt("XML:com.adobe.xmp", XMP.decode())
    own = {".png": {"pnginfo": xmp}, ".tif": {}}.get(source, {"xmp": XMP})
    if source == ".tif":
        exif[700] = XMP
    Image.new("RGB", (20, 10), "red").save(
        tmp_path / f"a{source}", exif=exif.tobytes(), icc_profile=SRGB, dpi=(300, 150), **own
    )
    before, result, lost = again(tmp_path / f"a{source}", target)
    assert result.image.shape == (1, 3, 20, 10) and result.icc == SRGB
    kept = Image.open(tmp_path / f"result{target}")
    assert kept.getexif()[0x013B] == "the artist" and 0x0112 not in kept.getexif()
    assert kept.getexif().get_ifd(0x8769)[0x829A] == 0.01
    assert result.metadata.xmp is not None and b"xmpmeta" in result.metadata.xmp
    assert b"Orientation" not in result.metadata.xmp
    if source != ".webp" and target != ".webp":
        assert result.metadata.dpi == pytest.approx((150, 300), abs=1)
    assert lost == (["the resolution in dpi"] if target == ".webp" != source else [])


def test_16_bit_colour_carries_metadata_too(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x013B], exif[0x8769] = "the artist", {0x829A: 0.01}
    small = tmp_path / "small.png"
    Image.new("RGB", (9, 5)).save(small, exif=exif, icc_profile=SRGB, dpi=(300, 300))
    chunks = small.read_bytes()
    between = chunks[33 : chunks.index(b"IDAT") - 4]
    (tmp_path / "deep.png").write_bytes(png(noise(5, 9, 3, levels=65536), 2, between=between))
    for suffix in (".png", ".tif"):
        _, result, lost = again(tmp_path / "deep.png", suffix)
        kept = Image.open(tmp_path / f"result{suffix}").getexif()
        assert kept[0x013B] == "the artist" and kept.get_ifd(0x8769)[0x829A] == 0.01
        assert result.icc == SRGB and result.metadata.dpi == pytest.approx((300, 300), abs=1) and not lost


def test_png_texts_and_colour_chunks_are_kept(tmp_path: Path) -> None:
    info = PngImagePlugin.PngInfo()
    info.add_text("Title", "holiday")
    info.add_itxt("Author", "Zoë")
    info.add(b"gAMA", struct.pack(">I", 45455))
    Image.new("RGB", (4, 4)).save(tmp_path / "a.png", pnginfo=info)
    again(tmp_path / "a.png")
    result = Image.open(tmp_path / "result.png")
    result.load()
    assert result.text == {"Title": "holiday", "Author": "Zoë"}  # type: ignore[attr-defined]
    assert result.info["gamma"] == 0.45455
    assert again(tmp_path / "a.png", ".jpg")[2] == ["PNG text"]


@pytest.mark.parametrize("subsampling", [0, 1, 2])
@pytest.mark.parametrize("quality", [50, 90])
def test_a_jpeg_is_coded_as_it_was(tmp_path: Path, subsampling: int, quality: int) -> None:
    smooth = Image.fromarray(noise(4, 4, 3)).resize((64, 48), Image.Resampling.BICUBIC)
    smooth.save(tmp_path / "a.jpg", quality=quality, subsampling=subsampling, comment=b"hello")
    source, result, _ = again(tmp_path / "a.jpg")
    first, second = Image.open(tmp_path / "a.jpg"), Image.open(tmp_path / "result.jpg")
    assert first.quantization == second.quantization  # type: ignore[attr-defined]
    assert JpegImagePlugin.get_sampling(second) == subsampling and second.info["comment"] == b"hello"
    changed = np.abs(to_uint8(source.image).astype(int) - to_uint8(result.image))
    assert changed.mean() < 1


def test_what_cannot_be_kept_is_said(tmp_path: Path) -> None:
    (tmp_path / "deep.png").write_bytes(png(noise(5, 9, 3, levels=65536), 2))
    assert again(tmp_path / "deep.png", ".jpg")[2] == ["depth beyond 8 bits"]
    (tmp_path / "deep.png").write_bytes(png(noise(5, 9, 2, levels=65536), 4))
    assert again(tmp_path / "deep.png", ".tif")[2] == []
    assert again(tmp_path / "deep.png", ".webp")[2] == ["depth beyond 8 bits"]
    Image.new("CMYK", (4, 4)).save(tmp_path / "cmyk.jpg", icc_profile=SRGB[:16] + b"CMYK" + SRGB[20:])
    lost = " ".join(again(tmp_path / "cmyk.jpg")[2])
    assert "CMYK colours" in lost and "colour profile" in lost
    frames = [Image.new("RGB", (4, 4), colour) for colour in ("red", "blue")]
    frames[0].save(tmp_path / "two.tif", save_all=True, append_images=frames[1:])
    assert again(tmp_path / "two.tif")[2] == ["all but the first of its 2 pictures"]


@pytest.mark.parametrize("compression", ["tiff_lzw", "tiff_adobe_deflate", "packbits"])
def test_a_tiff_is_compressed_as_it_was(tmp_path: Path, compression: str) -> None:
    Image.fromarray(noise(9, 7, 3)).save(tmp_path / "a.tif", compression=compression)
    source, result, _ = again(tmp_path / "a.tif")
    assert torch.equal(source.image, result.image)
    assert Image.open(tmp_path / "result.tif").info["compression"] == compression


@pytest.mark.parametrize("mode", ["L", "LA", "RGB", "RGBA"])
def test_a_packed_tiff_keeps_what_the_camera_said(tmp_path: Path, mode: str) -> None:
    exif = Image.Exif()
    exif[0x013B], exif[0x8769], exif[0x8825] = "the artist", {0x829A: 0.01}, {1: "N"}
    pixels = noise(9, 7, {"L": 1, "LA": 2, "RGB": 3, "RGBA": 4}[mode])
    picture = Image.fromarray(pixels[:, :, 0] if mode == "L" else pixels)
    picture.save(tmp_path / "camera.png", exif=exif)
    again(tmp_path / "camera.png", ".tif")
    source = read_image(tmp_path / "result.tif")
    save_like(tmp_path / "again.tif", source.image, source)
    kept = Image.open(tmp_path / "again.tif")
    assert kept.mode == mode and np.array_equal(np.asarray(kept), np.asarray(picture))
    assert kept.getexif()[0x013B] == "the artist" and kept.getexif().get_ifd(0x8769)[0x829A] == 0.01
    assert kept.getexif().get_ifd(0x8825)[1] == "N" and kept.info["compression"] == "tiff_adobe_deflate"


def test_transparency_is_never_dropped_silently(tmp_path: Path) -> None:
    Image.fromarray(noise(4, 4, 4)).save(tmp_path / "a.png")
    source = read_image(tmp_path / "a.png")
    with pytest.raises(ImageError, match="no transparency"):
        save_like(tmp_path / "a.jpg", source.image, source)
    with pytest.raises(ImageError, match="already exists"):
        save_like(tmp_path / "a.png", source.image, source)
    assert load_image(tmp_path / "a.png").shape == (1, 3, 4, 4)


@pytest.mark.parametrize("target", [".png", ".jpg", ".webp", ".tif"])
def test_xmp_travels_without_exif(tmp_path: Path, target: str) -> None:
    Image.new("RGB", (4, 4)).save(tmp_path / "a.jpg", xmp=XMP)
    _, result, lost = again(tmp_path / "a.jpg", target)
    assert result.metadata.xmp is not None and b"xmpmeta" in result.metadata.xmp
    assert [what for what in lost if "dpi" not in what] == []
